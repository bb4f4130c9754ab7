/* Things that float above the page: popovers, menus, searchable option lists, the confirm dialog. */

import { el, isNarrow } from "./dom.js";
import { textNodes } from "./mrkdwn.js";

const GAP = 6; // px between the anchor and what floats
const SEARCH_FROM = 7; // option lists at least this long get a search box

let current = null;

/**
 * Open `content` next to `anchor` (a sheet from below on a phone). One at a time; Escape and a press outside
 * close it.
 */
export function openPopover(anchor, content, { label, onClose = () => {}, className = "" } = {}) {
  closePopover();
  const host = anchor.closest("dialog") ?? document.body;
  const box = el("div", { class: `popover ${className}`, role: "dialog", "aria-label": label }, content);
  const shade = el("div", { class: "popover-shade", onpointerdown: () => closePopover() });
  host.append(shade, box);
  current = { anchor, box, shade, onClose };
  anchor.setAttribute("aria-expanded", "true");
  box.addEventListener("keydown", closeOnEscape);
  place();
  return box;
}

function closeOnEscape(event) {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  closePopover({ refocus: true });
}

export function closePopover({ refocus = false } = {}) {
  if (!current) return;
  const { anchor, box, shade, onClose } = current;
  current = null;
  const inside = box.contains(document.activeElement);
  box.remove();
  shade.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (refocus || inside) anchor.focus({ preventScroll: true });
  onClose();
}

export const popoverIsOpen = () => current !== null;

function place() {
  if (!current || isNarrow()) return;
  const { anchor, box } = current;
  const spot = anchor.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const below = window.innerHeight - spot.bottom - GAP;
  const top = below >= size.height || below >= spot.top ? spot.bottom + GAP : spot.top - GAP - size.height;
  const left = Math.min(Math.max(GAP, spot.left), window.innerWidth - size.width - GAP);
  box.style.top = `${Math.max(GAP, Math.min(top, window.innerHeight - size.height - GAP))}px`;
  box.style.left = `${left}px`;
}

window.addEventListener("resize", place);

/** A menu of actions: items are {label, icon?, danger?, run} or "divider". */
export function openMenu(anchor, items, { label }) {
  const rows = items.map((item) => (item === "divider" ? el("hr") : menuItem(item)));
  const menu = el("div", { class: "menu", role: "menu", "aria-label": label, onkeydown: roam }, ...rows);
  openPopover(anchor, menu, { label, className: "popover-menu" });
  menu.querySelector("[role=menuitem]")?.focus();
}

function menuItem(item) {
  const run = () => {
    closePopover({ refocus: true });
    item.run();
  };
  const text = typeof item.label === "string" ? [item.label] : textNodes(item.label);
  const note = item.note ? el("small", {}, item.note) : null;
  return el(
    "button",
    { type: "button", role: "menuitem", class: item.danger ? "menu-item danger" : "menu-item", onclick: run },
    item.icon ?? null,
    el("span", {}, ...text, note),
  );
}

function roam(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const rows = [...event.currentTarget.querySelectorAll("[role=menuitem]")];
  const next = (rows.indexOf(document.activeElement) + step + rows.length) % rows.length;
  rows[next].focus();
}

let lists = 0;

/**
 * A listbox. `groups` are {label?, options: [{key, label (text object or string), description?, picture?}]};
 * `picked` a Set of keys.
 * `onPick(key)` runs per choice; a single-choice list then closes, a multiple one stays open and re-reads `picked`.
 */
export function openOptions(anchor, { label, groups, picked, multiple = false, onPick, onClose }) {
  const list = el("div", {
    class: "options",
    role: "listbox",
    "aria-label": label,
    "aria-multiselectable": multiple ? "true" : null,
    tabindex: "0",
    id: `options-${(lists += 1)}`,
  });
  const count = groups.reduce((sum, group) => sum + group.options.length, 0);
  const search = el("input", {
    class: "options-search",
    type: "text",
    role: "combobox",
    placeholder: "Search",
    "aria-label": `Search ${label}`,
    "aria-expanded": "true",
    "aria-controls": list.id,
    autocomplete: "off",
  });
  const view = { list, search, groups, picked, multiple, onPick, active: 0 };
  const box = openPopover(anchor, el("div", { class: "options-box" }, count >= SEARCH_FROM ? search : null, list), {
    label,
    onClose,
    className: "popover-options",
  });
  search.addEventListener("input", () => {
    view.active = 0;
    drawOptions(view);
  });
  box.addEventListener("keydown", (event) => optionKeys(event, view));
  drawOptions(view);
  place();
  (count >= SEARCH_FROM && !isNarrow() ? search : list).focus();
}

function drawOptions(view) {
  const wanted = view.search.value.trim().toLowerCase();
  const rows = view.groups.flatMap((group) => optionGroup(group, wanted, view));
  view.list.replaceChildren(...(rows.length ? rows : [el("p", { class: "options-none" }, "Nothing matches.")]));
  markActive(view);
}

function optionGroup(group, wanted, view) {
  const rows = group.options
    .filter((option) => spoken(option).toLowerCase().includes(wanted))
    .map((option) => optionRow(option, view));
  const title = group.label && rows.length ? [el("div", { class: "options-group" }, ...textNodes(group.label))] : [];
  return [...title, ...rows];
}

const spoken = (option) => (typeof option.label === "string" ? option.label : (option.label?.text ?? ""));

function optionRow(option, view) {
  const chosen = view.picked.has(option.key);
  const label = el(
    "span",
    { class: "option-text" },
    el("span", {}, ...textNodes(option.label)),
    option.description ? el("small", {}, ...textNodes(option.description)) : null,
  );
  const row = el(
    "div",
    {
      class: "option",
      role: "option",
      id: `option-${(lists += 1)}`,
      "aria-selected": String(chosen),
      onclick: () => pick(view, option.key),
    },
    option.picture?.() ?? null,
    label,
  );
  row.optionKey = option.key;
  return row;
}

function pick(view, key) {
  if (!view.multiple) closePopover({ refocus: true });
  view.onPick(key);
  if (view.multiple) drawOptions(view);
}

function markActive(view) {
  const rows = [...view.list.querySelectorAll("[role=option]")];
  view.active = Math.max(0, Math.min(view.active, rows.length - 1));
  rows.forEach((row, place) => row.classList.toggle("option-active", place === view.active));
  const active = rows[view.active];
  for (const one of [view.search, view.list]) one.setAttribute("aria-activedescendant", active?.id ?? "");
  active?.scrollIntoView({ block: "nearest" });
  return active;
}

function optionKeys(event, view) {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -1e6, End: 1e6 }[event.key];
  const typing = event.target === view.search;
  if (step && !(typing && ["Home", "End"].includes(event.key))) view.active += step;
  else if (event.key === "Enter" || (event.key === " " && !typing)) pickActive(view);
  else return;
  event.preventDefault();
  event.stopPropagation();
  if (step) markActive(view);
}

function pickActive(view) {
  const active = markActive(view);
  if (active) pick(view, active.optionKey);
}

/** Slack's confirm object ({title, text, confirm, deny, style?}) as a dialog. Resolves to true when confirmed. */
export function confirmed({ title, text, confirm, deny, style }) {
  return new Promise((resolve) => {
    const answer = (yes) => () => {
      dialog.close();
      dialog.remove();
      resolve(yes);
    };
    const yes = el(
      "button",
      {
        type: "button",
        class: `button ${style === "danger" ? "button-danger" : "button-primary"}`,
        onclick: answer(true),
      },
      ...textNodes(confirm ?? "OK"),
    );
    const no = el(
      "button",
      { type: "button", class: "button", onclick: answer(false) },
      ...textNodes(deny ?? "Cancel"),
    );
    const heading = el("h2", { id: "confirm-title" }, ...textNodes(title ?? "Are you sure?"));
    const dialog = el(
      "dialog",
      { class: "confirm", "aria-labelledby": "confirm-title" },
      heading,
      el("p", {}, ...textNodes(text)),
      el("div", { class: "confirm-buttons" }, no, yes),
    );
    dialog.addEventListener("cancel", answer(false));
    document.body.append(dialog);
    dialog.showModal();
    (style === "danger" ? no : yes).focus();
  });
}
