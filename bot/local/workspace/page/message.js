/* One message: built once, then patched part by part, so an update never flickers or takes the caret away. */

import * as api from "./api.js";
import { remove, toggleReaction } from "./actions.js";
import { renderBlocks } from "./blocks.js";
import { el, icon, iconButton, reconcile } from "./dom.js";
import { emojiChar } from "./emoji.js";
import { fileNode, slackFileSource } from "./files.js";
import { FormState } from "./formstate.js";
import { agoText } from "./dates.js";
import { mrkdwnNodes } from "./mrkdwn.js";
import { avatar, nameOf, namesOf } from "./people.js";
import { openEmojiPicker } from "./picker.js";
import { authorOf, isBot, state } from "./state.js";
import { toolbar } from "./toolbar.js";

const forms = new Map(); // `${channel}/${ts}` -> FormState
const FACES_SHOWN = 3;

export const clock = (ts) =>
  new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }).format(new Date(Number(ts) * 1000));

/** `row` is {message, channel, compact, inThread, onThread(ts)}. */
export function buildMessage(row) {
  const parts = {
    meta: el("div", { class: "message-meta" }),
    note: el("div"),
    body: el("div", { class: "message-body" }),
    files: el("div", { class: "message-files" }),
    reactions: el("div", { class: "reactions" }),
    thread: el("div", { class: "thread-line" }),
  };
  const gutter = el("div", { class: "message-gutter" });
  const node = el(
    "article",
    { class: "message", tabindex: "-1", dataset: { ts: row.message.ts } },
    gutter,
    el("div", { class: "message-content" }, ...Object.values(parts)),
  );
  node.parts = { gutter, ...parts };
  node.row = row;
  attachToolbar(node);
  patchMessage(node, row);
  return node;
}

/** Bring a message's node up to date. Returns true: patching always works. */
export function patchMessage(node, row) {
  const { message } = row;
  const { gutter, meta, note, body, files, reactions, thread } = node.parts;
  node.row = row;
  node.className = [
    "message",
    node.classList.contains("tapped") && "tapped",
    row.compact && "compact",
    message.ephemeral && "ephemeral",
    message.deleted && "deleted",
  ]
    .filter(Boolean)
    .join(" ");
  node.setAttribute("aria-label", `${nameOf(authorOf(message))}, ${clock(message.ts)}`);
  once(gutter, [row.compact, authorOf(message)], () => [
    row.compact ? el("time", { class: "side-time" }, clock(message.ts)) : avatar(authorOf(message)),
  ]);
  once(meta, [row.compact, authorOf(message), message.edited?.ts, state.users.size], () => metaNodes(row));
  once(note, [message.ephemeral], () => (message.ephemeral ? [onlyYou(row)] : []));
  patchBody(body, row);
  once(files, [message.files ?? [], state.me], () => (message.files ?? []).map(fileNode));
  patchReactions(reactions, row);
  once(thread, [row.inThread, message.reply_count, message.latest_reply, message.reply_users], () =>
    row.inThread || !message.reply_count ? [] : [threadLine(row)],
  );
  return true;
}

const onlyYou = ({ channel, message }) =>
  el(
    "div",
    { class: "only-you" },
    icon("eye"),
    "Only visible to you",
    el("span", { "aria-hidden": "true" }, "·"),
    el("button", { type: "button", class: "text-button", onclick: () => remove(channel, message.ts) }, "Dismiss"),
  );

/** Redraw a part only when what it shows has changed. */
function once(part, facts, build) {
  const signature = JSON.stringify(facts);
  if (part.signature === signature) return;
  part.signature = signature;
  part.replaceChildren(...build());
}

function metaNodes({ message, compact }) {
  const author = authorOf(message);
  const edited = message.edited ? el("span", { class: "edited" }, "(edited)") : null;
  if (compact) return edited ? [edited] : [];
  const date = new Date(Number(message.ts) * 1000);
  const badge = isBot(author) ? el("span", { class: "badge" }, "App") : null;
  return [
    el("strong", { class: "author" }, message.username || nameOf(author)),
    badge,
    el("time", { datetime: date.toISOString(), title: date.toLocaleString() }, clock(message.ts)),
    edited,
  ].filter(Boolean);
}

function patchBody(body, row) {
  const { message } = row;
  const carded = message.blocks?.length > 1 && isBot(authorOf(message));
  body.classList.toggle("as-card", carded);
  if (message.blocks?.length) {
    if (body.signature) body.replaceChildren();
    body.signature = null;
    renderBlocks(body, message.blocks, surfaceOf(row));
    body.append(...attachments(row, body));
    return;
  }
  once(body, [message.text, message.attachments, "text"], () => [
    ...(message.text ? [el("div", { class: "message-text" }, ...mrkdwnNodes(message.text))] : []),
    ...attachments(row, body),
  ]);
}

function attachments(row, body) {
  body.querySelectorAll(":scope > .attachment").forEach((old) => old.remove());
  return (row.message.attachments ?? []).map((one) => {
    const bar = /^#?[0-9a-f]{6}$/i.test(one.color ?? "") ? `#${one.color.replace("#", "")}` : null;
    const inner = el("div", { class: "attachment", style: bar ? { "--bar": bar } : {} });
    if (one.title) inner.append(el("strong", {}, one.title));
    if (one.blocks?.length) renderBlocks(inner, one.blocks, surfaceOf(row));
    else inner.append(el("div", {}, ...mrkdwnNodes(one.text ?? one.fallback ?? "")));
    return inner;
  });
}

/* What blocks need to know of the message they are in. */
function surfaceOf({ message, channel }) {
  const key = `${channel}/${message.ts}/${state.me}`;
  if (!forms.has(key)) forms.set(key, new FormState());
  const values = forms.get(key);
  values.prune(message.blocks ?? []);
  return {
    values,
    surface: "message",
    fileSource: slackFileSource,
    act: (action) =>
      api.post("click", {
        user: state.me,
        container: { type: "message", channel, ts: message.ts },
        action,
        state: values.json(),
      }),
    upload: async (files) => (await api.upload(files, { user: state.me })).files,
  };
}

/* ---- reactions ---- */

function patchReactions(box, row) {
  const { message } = row;
  const shown = message.ephemeral || message.deleted ? [] : (message.reactions ?? []);
  reconcile(box, [...shown, ...(shown.length ? ["add"] : [])], {
    entry: (one) =>
      one === "add" ? { key: "add", signature: "add" } : { key: one.name, signature: JSON.stringify([one, state.me]) },
    build: (one) => (one === "add" ? addReaction(box) : reactionPill(one, box)),
  });
  box.row = row;
}

function reactionPill(reaction, box) {
  const mine = reaction.users.includes(state.me);
  const who = `${namesOf(reaction.users, state.me)} reacted with :${reaction.name}:`;
  const toggle = () => toggleReaction(box.row.channel, box.row.message, reaction.name);
  return el(
    "button",
    {
      type: "button",
      class: mine ? "reaction mine" : "reaction",
      "aria-pressed": String(mine),
      "aria-label": who,
      title: who,
      dataset: { focus: `reaction/${reaction.name}`, reaction: reaction.name },
      onclick: toggle,
    },
    el("span", { class: "emoji" }, emojiChar(reaction.name) ?? `:${reaction.name}:`),
    el("span", { class: "count" }, String(reaction.count ?? reaction.users.length)),
  );
}

const addReaction = (box) =>
  iconButton(
    "smile",
    "Add a reaction",
    (event) => openEmojiPicker(event.currentTarget, (name) => toggleReaction(box.row.channel, box.row.message, name)),
    { class: "reaction reaction-add" },
  );

/* ---- thread ---- */

function threadLine({ message, onThread }) {
  const faces = (message.reply_users ?? []).slice(0, FACES_SHOWN).map((id) => avatar(id, "tiny"));
  const count = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  const last = message.latest_reply
    ? el("span", { class: "thread-last" }, `Last one ${agoText(new Date(Number(message.latest_reply) * 1000))}`)
    : null;
  return el(
    "button",
    { type: "button", class: "thread-button", onclick: () => onThread(message.ts) },
    ...faces,
    el("span", { class: "thread-count" }, count),
    last,
  );
}

/* The toolbar is built when a pointer or the keyboard first needs it. */
function attachToolbar(node) {
  const raise = () => {
    if (node.row.message.deleted || node.querySelector(":scope > .toolbar")) return;
    node.append(toolbar(() => node.row));
  };
  node.addEventListener("pointerenter", raise);
  node.addEventListener("focusin", raise);
  node.addEventListener("click", (event) => {
    if (event.target.closest("button, a, input, textarea, label, summary, .toolbar")) return;
    raise();
    document.querySelectorAll(".message.tapped").forEach((other) => other !== node && other.classList.remove("tapped"));
    node.classList.toggle("tapped");
  });
}
