/* The left side: the workspace, its channels, the app, and who one is. */

import { changeChannel, uninstall } from "./actions.js";
import { ask } from "./dialogs.js";
import { el, icon, iconButton } from "./dom.js";
import { appChannel, go } from "./navigate.js";
import { avatar, nameOf } from "./people.js";
import { confirmed, openMenu } from "./popover.js";
import { people, state } from "./state.js";

const body = el("div", { class: "sidebar-body" });
const shade = el("div", { class: "drawer-shade", onclick: () => closeDrawer() });
export const sidebar = el("nav", { class: "sidebar", "aria-label": "Workspace", id: "sidebar" }, body);

let switchPerson = () => {};

export function mountSidebar(parent, { onSwitch }) {
  switchPerson = onSwitch;
  parent.append(sidebar, shade);
  sidebar.addEventListener("keydown", (event) => event.key === "Escape" && closeDrawer());
}

export function openDrawer() {
  document.body.classList.add("drawer-open");
  sidebar.querySelector("[aria-current], button")?.focus();
}

export const closeDrawer = () => document.body.classList.remove("drawer-open");

export function drawSidebar() {
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const channels = [...state.channels.values()].filter((one) => !one.is_im);
  body.replaceChildren(
    workspaceHead(),
    el(
      "div",
      { class: "sidebar-scroll" },
      group(
        "Channels",
        [...channels.filter((one) => !one.is_archived), ...channels.filter((one) => one.is_archived)].map(channelRow),
        iconButton("plus", "Create a channel", createChannel),
      ),
      group("Apps", [appRow()]),
    ),
    whoAmI(),
  );
  if (focused) [...body.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === focused)?.focus();
}

function workspaceHead() {
  const words = { open: "Connected", connecting: "Connecting…", lost: "Reconnecting…" }[state.connection];
  const menu = (event) =>
    openMenu(
      event.currentTarget,
      [{ label: `Uninstall ${state.app.name}`, danger: true, icon: icon("trash"), run: removeApp }],
      { label: "Workspace" },
    );
  return el(
    "header",
    { class: "workspace-head" },
    el("span", { class: "workspace-mark", "aria-hidden": "true" }, icon("chat")),
    el(
      "span",
      { class: "workspace-name" },
      el("strong", {}, state.team.name || "Local workspace"),
      el("small", { class: `connection connection-${state.connection}`, role: "status" }, words),
    ),
    iconButton("more", "Workspace menu", menu, { "aria-haspopup": "menu" }),
  );
}

const group = (title, rows, extra = null) =>
  el("section", { class: "sidebar-group" }, el("div", { class: "sidebar-title" }, el("h2", {}, title), extra), ...rows);

function channelRow(one) {
  const here = state.place.channel === one.id;
  const unread = !here && one.unread > 0;
  const props = {
    class: ["sidebar-row", here && "here", unread && "unread", one.is_archived && "archived"].filter(Boolean).join(" "),
    "aria-current": here ? "page" : null,
    dataset: { focus: `channel/${one.id}`, channel: one.id },
  };
  return el(
    "button",
    { type: "button", ...props, onclick: () => visit({ channel: one.id }) },
    icon(one.is_archived ? "lock" : "hash"),
    el("span", { class: "sidebar-name" }, one.name),
    unread ? unreadBadge(one.unread) : null,
  );
}

const unreadBadge = (count) =>
  el("span", { class: "unread-count", "aria-label": `${count} unread` }, String(Math.min(count, 99)));

function appRow() {
  const direct = appChannel();
  if (!direct) return null;
  const here = state.place.channel === direct.id;
  const unread = !here && direct.unread > 0;
  const props = {
    class: ["sidebar-row", here && "here", unread && "unread"].filter(Boolean).join(" "),
    "aria-current": here ? "page" : null,
    dataset: { focus: "app", channel: direct.id },
  };
  return el(
    "button",
    {
      type: "button",
      ...props,
      onclick: () => visit({ channel: direct.id, tab: state.app.home && !unread ? "home" : "messages" }),
    },
    avatar(state.app.bot_user, "tiny"),
    el("span", { class: "sidebar-name" }, state.app.name),
    unread ? unreadBadge(direct.unread) : null,
  );
}

function visit(place) {
  closeDrawer();
  go(place);
}

/* ---- who one is ---- */

function whoAmI() {
  return el(
    "section",
    { class: "who", "aria-label": "Who you are" },
    el("div", { class: "sidebar-title" }, el("h2", {}, "You are")),
    el("div", { class: "who-people", role: "radiogroup", "aria-label": "Switch person" }, ...people().map(personRow)),
  );
}

function personRow(one) {
  const mine = one.id === state.me;
  const props = {
    role: "radio",
    "aria-checked": String(mine),
    class: mine ? "person mine" : "person",
    title: mine ? `You are ${nameOf(one.id)}` : `Switch to ${nameOf(one.id)}`,
    dataset: { focus: `person/${one.id}`, person: one.id },
  };
  return el(
    "button",
    {
      type: "button",
      ...props,
      onclick: () => {
        closeDrawer();
        switchPerson(one.id);
      },
    },
    avatar(one.id, "small"),
    el("span", { class: "person-words" }, el("strong", {}, nameOf(one.id)), el("small", {}, one.title || one.name)),
    mine ? icon("check") : null,
  );
}

/* ---- workspace care ---- */

async function createChannel() {
  const name = await ask({ title: "Create a channel", label: "Name", action: "Create" });
  if (!name) return;
  const reply = await changeChannel("create", { name: name.toLowerCase().replace(/[^\p{L}\p{N}_-]+/gu, "-") });
  const id = reply?.channel?.id ?? reply?.channel;
  if (id && state.channels.has(id)) visit({ channel: id });
}

async function removeApp() {
  const question = {
    title: `Uninstall ${state.app.name}?`,
    text: "It loses its access to this workspace and deletes what it holds.",
    confirm: "Uninstall",
    style: "danger",
  };
  if (await confirmed(question)) uninstall();
}
