/* Small helpers over the DOM. Text only ever becomes text nodes: nothing here parses HTML from a string. */

const SVG_NS = "http://www.w3.org/2000/svg";

/**
 * Build an element. Props: class, dataset, style, on* listeners, aria-* and plain attributes; null and false are
 * skipped.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") node.className = value;
  else if (name === "dataset") Object.assign(node.dataset, value);
  else if (name === "style") for (const [key, part] of Object.entries(value)) node.style.setProperty(key, part);
  else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

const ICONS = {
  hash: "M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  home: "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9M10 19v-5h4v5",
  chat: "M4 5.5h16v11H10l-4.5 3.5v-3.5H4z",
  reply: "M4 5.5h16v11H10l-4.5 3.5v-3.5H4zM8 9.5h8M8 12.8h5",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.2a4.3 4.3 0 0 0 7 0M9 9.6v.1M15 9.6v.1",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  clip: "M19 11.5l-7.3 7.3a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-7.9 7.9a1.5 1.5 0 0 1-2.2-2.2l7-7",
  at: "M12 15.7a3.7 3.7 0 1 0 0-7.4 3.7 3.7 0 0 0 0 7.4zM15.7 8.3v5a2.6 2.6 0 0 0 5.3 0V12a9 9 0 1 0-3.6 7.2",
  slash: "M15.5 4.5 8.5 19.5",
  send: "M4.5 12 3.5 4.5 21 12 3.5 19.5zM4.5 12H13",
  close: "M6 6l12 12M18 6 6 18",
  back: "M14.5 5.5 8 12l6.5 6.5",
  down: "M6.5 9.5 12 15l5.5-5.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  plus: "M12 5v14M5 12h14",
  menu: "M4 7h16M4 12h16M4 17h16",
  file: "M7 3.5h7l4.5 4.5v12.5H7zM14 3.5V8h4.5",
  sheet: "M6 3.5h8.5L19 8v12.5H6zM14.5 3.5V8H19M9 12h7M9 16h7M12.5 12v6",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9.2v.1",
  download: "M12 4v11M7.5 10.8 12 15.3l4.5-4.5M5 20h14",
  eye:
    "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" +
    "M12 14.7a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4z",
  search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM16 16l4 4",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.6v.1",
  warning: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.1",
  error: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9 9l6 6M15 9l-6 6",
  success: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12.3l2.8 2.8L16 9.7",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v6M13.5 10.5v6",
  edit: "M5 19l.8-3.8L16 5l3 3L8.8 18.2zM14 7l3 3",
  copy: "M9 9h10.5v10.5H9zM6 15H4.5V4.5H15V6",
  bolt: "M13 3.5 5.5 13.5H11l-.5 7 8-10.5H13z",
  fork: "M8.5 3.5V10a3.5 3.5 0 0 0 7 0V3.5M12 13.5v7",
  gear:
    "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3" +
    "M6 6l2.1 2.1M15.9 15.9 18 18M18 6l-2.1 2.1M8.1 15.9 6 18",
};

/** One line icon from the table above; decorative, so hidden from assistive technology. */
export function icon(name) {
  const svg = document.createElementNS(SVG_NS, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG_NS, "path");
  path.setAttribute("d", ICONS[name] ?? ICONS.file);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, props = {}) {
  return el(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...props },
    icon(name),
  );
}

/**
 * Make `parent` show `items` in order, keeping every node whose key and signature did not change.
 * `entry(item)` returns {key, signature}; `build(item)` a new node; `patch(node, item)`, if given, updates instead
 * of rebuilding.
 */
export function reconcile(parent, items, { entry, build, patch }) {
  const known = new Map([...parent.children].map((node) => [node.reconcileKey, node]));
  const wanted = items.map((item) => {
    const { key, signature } = entry(item);
    const old = known.get(key);
    known.delete(key);
    return settle(old, item, { key, signature, build, patch });
  });
  for (const gone of known.values()) gone.remove();
  wanted.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
}

function settle(old, item, { key, signature, build, patch }) {
  if (old?.reconcileSignature === signature) return old;
  if (old && patch?.(old, item)) {
    old.reconcileSignature = signature;
    return old;
  }
  const node = build(item);
  node.reconcileKey = key;
  node.reconcileSignature = signature;
  if (old) swapKeepingFocus(old, node);
  return node;
}

/** Replace a node; if the caret was in it, put it back into the control with the same data-focus name. */
export function swapKeepingFocus(old, node) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const name = focused?.dataset.focus;
  const caret = name && caretOf(focused);
  old.replaceWith(node);
  if (!name) return;
  const heir = [...node.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === name);
  heir?.focus({ preventScroll: true });
  if (heir && caret) heir.setSelectionRange(...caret);
}

function caretOf(node) {
  const typed = node.tagName === "TEXTAREA" || (node.tagName === "INPUT" && node.type === "text");
  return typed ? [node.selectionStart, node.selectionEnd] : null;
}

export const isNarrow = () => window.matchMedia("(max-width: 760px)").matches;

export function debounce(wait, run) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...given), wait);
  };
}
