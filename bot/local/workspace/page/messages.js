/* A list of messages (a channel's or a thread's): days, grouping, what is new, and a scroll position that stays put. */

import { el, icon, reconcile } from "./dom.js";
import { buildMessage, patchMessage } from "./message.js";
import { nearbyDay } from "./dates.js";
import { authorOf, isReply } from "./state.js";

const GROUP_SECONDS = 300; // messages of one author closer than this share one head
const AT_BOTTOM_PX = 80;

const signatures = new WeakMap();

function signatureOf(message) {
  if (!signatures.has(message)) signatures.set(message, JSON.stringify(message));
  return signatures.get(message);
}

/** A scrolling list. `show(messages, facts)` draws; facts are {channel, inThread, newSince, onThread, me, head}. */
export function messageList(label) {
  const log = el("div", { class: "log", role: "log", "aria-label": label, "aria-relevant": "additions" });
  const head = el("div", { class: "log-head" });
  const foot = el(
    "button",
    { type: "button", class: "jump", hidden: true, onclick: () => toBottom(true) },
    icon("down"),
    el("span", {}, "Newest messages"),
  );
  const inner = el("div", { class: "log-inner" }, head, log);
  const scroller = el("div", { class: "scroller", tabindex: "-1" }, inner);
  const node = el("div", { class: "list" }, scroller, foot);
  let stuck = true;

  const atBottom = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_BOTTOM_PX;
  const toBottom = (smoothly) => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: smoothly && !calm ? "smooth" : "instant" });
  };
  scroller.addEventListener(
    "scroll",
    () => {
      stuck = atBottom();
      foot.hidden = stuck;
    },
    { passive: true },
  );
  new ResizeObserver(() => stuck && toBottom(false)).observe(inner);
  new ResizeObserver(() => stuck && toBottom(false)).observe(scroller);

  log.addEventListener("keydown", walk);

  function show(messages, facts) {
    const wasAt = scroller.scrollTop;
    const sticky = stuck || facts.fresh;
    drawHead(head, facts.head);
    reconcile(log, rowsOf(messages, facts), ROWS);
    oneTabStop(log);
    if (facts.fresh) arrive(facts);
    else if (sticky) toBottom(false);
    else if (scroller.scrollTop !== wasAt) scroller.scrollTop = wasAt;
    foot.hidden = atBottom();
  }

  function arrive(facts) {
    stuck = true;
    const line = facts.newSince && log.querySelector(".new-line");
    if (line) line.scrollIntoView({ block: "center" });
    else toBottom(false);
    stuck = atBottom();
  }

  return { node, show, toBottom };
}

/* The whole list is one stop for the Tab key; the arrows walk through it. */
function oneTabStop(log) {
  const all = [...log.querySelectorAll(":scope > .message")];
  if (all.some((node) => node === document.activeElement)) return;
  all.forEach((node, place) => {
    node.tabIndex = place === all.length - 1 ? 0 : -1;
  });
}

function walk(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step || !event.target.classList.contains("message")) return;
  const all = [...event.currentTarget.querySelectorAll(":scope > .message")];
  const next = all[all.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function drawHead(head, build) {
  head.replaceChildren(...(build ? [build()] : []));
}

const ROWS = {
  entry: (row) =>
    row.kind === "message"
      ? { key: row.message.ts, signature: `${row.compact}|${row.people}|${row.me}|${signatureOf(row.message)}` }
      : { key: row.key, signature: row.text },
  build: (row) => (row.kind === "message" ? buildMessage(row) : divider(row)),
  patch: (node, row) => row.kind === "message" && node.row?.me === row.me && patchMessage(node, row),
};

const divider = (row) =>
  el("div", { class: row.kind === "new" ? "new-line" : "day-line", role: "separator" }, el("span", {}, row.text));

function rowsOf(messages, facts) {
  const rows = [];
  let before = null;
  for (const message of messages) {
    if (!facts.inThread && isReply(message) && message.subtype !== "thread_broadcast" && !message.ephemeral) continue;
    const day = dayOf(message);
    if (!facts.inThread && day !== (before && dayOf(before))) rows.push({ kind: "day", key: `day-${day}`, text: day });
    const isNew = facts.newSince === message.ts;
    if (isNew) rows.push({ kind: "new", key: "new", text: "New" });
    rows.push({
      kind: "message",
      message,
      compact: rows.at(-1)?.kind === "message" && belongs(before, message),
      ...facts,
    });
    if (facts.inThread && !before && messages.length > 1)
      rows.push({
        kind: "day",
        key: "replies",
        text: `${messages.length - 1} ${messages.length === 2 ? "reply" : "replies"}`,
      });
    before = message;
  }
  return rows;
}

function belongs(before, message) {
  const close = Number(message.ts) - Number(before.ts) < GROUP_SECONDS;
  return (
    close &&
    authorOf(before) === authorOf(message) &&
    Boolean(before.ephemeral) === Boolean(message.ephemeral) &&
    !before.reply_count
  );
}

function dayOf(message) {
  const date = new Date(Number(message.ts) * 1000);
  const near = nearbyDay(date);
  const text =
    near ?? new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" }).format(date);
  return text[0].toUpperCase() + text.slice(1);
}
