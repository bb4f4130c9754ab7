/* The head of the channel column: name, topic, members, the app's tabs, the channel's menu. */

import { changeChannel } from "./actions.js";
import { ask } from "./dialogs.js";
import { el, icon, iconButton } from "./dom.js";
import { go } from "./navigate.js";
import { avatar, nameOf } from "./people.js";
import { confirmed, openMenu } from "./popover.js";
import { openDrawer } from "./sidebar.js";
import { botIsIn, channel, state } from "./state.js";

export const header = el("header", { class: "channel-head" });

export function drawHeader() {
  const here = channel(state.place.channel);
  if (!here) return;
  const drawer = iconButton("menu", "Open the list of channels", openDrawer, {
    class: "icon-button drawer-button",
    "aria-controls": "sidebar",
  });
  const waiting = [...state.channels.values()].some((one) => one.id !== here.id && one.unread > 0);
  drawer.classList.toggle("has-unread", waiting);
  header.replaceChildren(drawer, ...(here.is_im ? appHead() : channelHead(here)));
}

function channelHead(here) {
  const topic = typeof here.topic === "string" ? here.topic : here.topic?.value;
  const title = el(
    "div",
    { class: "channel-title" },
    el("h1", {}, icon(here.is_archived ? "lock" : "hash"), here.name),
    topic ? el("p", {}, topic) : null,
  );
  const menu = iconButton(
    "more",
    "Channel menu",
    (event) => openMenu(event.currentTarget, channelMenu(here), { label: "Channel" }),
    { "aria-haspopup": "menu" },
  );
  return [title, faces(here), menu];
}

function faces(here) {
  const members = here.members ?? [];
  const names = members.map(nameOf).join(", ");
  return el(
    "div",
    { class: "faces", role: "img", "aria-label": `Members: ${names}`, title: names },
    ...members.slice(0, 4).map((id) => avatar(id, "tiny")),
    el("span", {}, String(members.length)),
  );
}

function channelMenu(here) {
  const inside = botIsIn(here.id);
  const bot = inside
    ? {
        label: `Remove ${state.app.name} from here`,
        icon: icon("close"),
        run: () => changeChannel("remove_bot", { channel: here.id }),
      }
    : {
        label: `Invite ${state.app.name}`,
        icon: icon("plus"),
        run: () => changeChannel("invite_bot", { channel: here.id }),
      };
  const archive = here.is_archived
    ? { label: "Unarchive", icon: icon("lock"), run: () => changeChannel("unarchive", { channel: here.id }) }
    : { label: "Archive", icon: icon("lock"), danger: true, run: () => archiveChannel(here) };
  return [bot, { label: "Rename", icon: icon("edit"), run: () => rename(here) }, "divider", archive];
}

async function rename(here) {
  const name = await ask({ title: "Rename the channel", label: "Name", value: here.name });
  if (name) changeChannel("rename", { channel: here.id, name });
}

async function archiveChannel(here) {
  if (
    await confirmed({
      title: `Archive #${here.name}?`,
      text: "Nobody can write there until it is unarchived.",
      confirm: "Archive",
      style: "danger",
    })
  )
    changeChannel("archive", { channel: here.id });
}

function appHead() {
  const { tab, channel: id } = state.place;
  const title = el(
    "div",
    { class: "channel-title app-title" },
    avatar(state.app.bot_user, "small"),
    el("h1", {}, state.app.name),
    el("span", { class: "badge" }, "App"),
  );
  if (!state.app.home) return [title];
  return [
    title,
    el(
      "div",
      { class: "tabs", role: "tablist", "aria-label": state.app.name },
      tabButton("Home", "home", tab, id),
      tabButton("Messages", "messages", tab, id),
    ),
  ];
}

function tabButton(words, name, current, id) {
  return el(
    "button",
    {
      type: "button",
      class: "tab",
      role: "tab",
      "aria-selected": String(name === current),
      dataset: { tab: name },
      onclick: () => go({ channel: id, tab: name }),
    },
    words,
  );
}
