/* Short notes in the corner: errors, warnings, messages elsewhere. */

import { el, icon, iconButton } from "./dom.js";

const STAYS_MS = { error: 9000, warn: 7000, info: 4500, message: 6000 };
const MOST_AT_ONCE = 4;
const ICONS = { error: "error", warn: "warning", info: "info", message: "chat" };

const shelf = el("div", { class: "toasts", role: "status", "aria-live": "polite" });

export function mountToasts(parent) {
  parent.append(shelf);
}

/**
 * Show a note. `content` is a string or nodes; `onOpen` makes it a button. The same text is not shown twice at a
 * time.
 */
export function toast(level, content, { onOpen = null } = {}) {
  const kind = STAYS_MS[level] ? level : "info";
  const nodes = typeof content === "string" ? [content] : content;
  const node = el(
    "div",
    { class: `toast toast-${kind}` },
    icon(ICONS[kind]),
    body(nodes, onOpen),
    iconButton("close", "Dismiss", () => node.remove()),
  );
  const twin = [...shelf.children].find((one) => one.textContent === node.textContent);
  twin?.remove();
  raise(node);
  setTimeout(() => node.remove(), STAYS_MS[kind]);
}

/* An open modal dialog makes everything outside it inert, so the shelf moves into the topmost one. */
function raise(node) {
  const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (shelf.parentElement !== host) host.append(shelf);
  shelf.append(node);
  if (shelf.children.length > MOST_AT_ONCE) shelf.firstElementChild.remove();
}

/** Bring the notes back to the page before a dialog goes away. */
export function rescueToasts() {
  document.body.append(shelf);
}

function body(nodes, onOpen) {
  if (!onOpen) return el("div", { class: "toast-text" }, ...nodes);
  return el(
    "button",
    {
      type: "button",
      class: "toast-text toast-open",
      onclick: (event) => {
        event.currentTarget.closest(".toast").remove();
        onOpen();
      },
    },
    ...nodes,
  );
}

export function report(error) {
  if (!(error instanceof Error) || !error.code) console.error(error);
  toast("error", error.message || "Something went wrong. Nothing was changed.");
}
