/* What can be done with a message: quick thumbs, any emoji, a thread, and the menu with the app's shortcuts. */

import { remove, removeFile, rewrite, runShortcut, toggleReaction } from "./actions.js";
import { ask } from "./dialogs.js";
import { el, icon, iconButton } from "./dom.js";
import { emojiChar, toned } from "./emoji.js";
import { unescapeText } from "./mrkdwn.js";
import { openEmojiPicker } from "./picker.js";
import { confirmed, openMenu } from "./popover.js";
import { authorOf, channel, channelName, state, user } from "./state.js";
import { report, toast } from "./toasts.js";

const QUICK = ["+1", "-1"];

/** `rowOf()` gives the message's current row. */
export function toolbar(rowOf) {
  const react = (name) => toggleReaction(rowOf().channel, rowOf().message, name);
  const { message, inThread } = rowOf();
  const quick = QUICK.map((name) => quickReaction(name, () => react(toned(name))));
  const more = iconButton(
    "more",
    "More actions",
    (event) => openMenu(event.currentTarget, menuItems(rowOf()), { label: "Message actions" }),
    { "aria-haspopup": "menu" },
  );
  if (message.ephemeral) return el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message" }, more);
  const picker = iconButton("smile", "Add a reaction", (event) => openEmojiPicker(event.currentTarget, react));
  const thread = inThread
    ? null
    : iconButton("reply", "Reply in thread", () => rowOf().onThread(threadOf(rowOf().message)));
  return el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message" }, ...quick, picker, thread, more);
}

const threadOf = (message) => message.thread_ts ?? message.ts;

function quickReaction(name, onclick) {
  const words = name === "+1" ? "Thumbs up" : "Thumbs down";
  return el(
    "button",
    {
      type: "button",
      class: "icon-button quick",
      "aria-label": words,
      title: words,
      dataset: { quick: name },
      onclick,
    },
    el("span", { class: "emoji" }, emojiChar(toned(name))),
  );
}

function menuItems(row) {
  const { message, channel: channelId } = row;
  const own = authorOf(message) === state.me;
  const shortcuts = message.ephemeral ? [] : state.app.shortcuts.filter((one) => one.type === "message");
  return [
    ...shortcuts.map((one) => ({
      label: one.name,
      note: state.app.name,
      icon: icon("bolt"),
      run: () => runShortcut(one.callback_id, channelId, message.ts),
    })),
    ...(shortcuts.length ? ["divider"] : []),
    { label: "Copy text", icon: icon("copy"), run: () => copy(readable(message)) },
    { label: "Copy link", icon: icon("copy"), run: () => copy(linkTo(channelId, message)) },
    ...(message.ephemeral
      ? ["divider", { label: "Dismiss", icon: icon("close"), run: () => remove(channelId, message.ts) }]
      : []),
    ...(own && !message.ephemeral ? ownItems(channelId, message) : []),
  ];
}

function ownItems(channelId, message) {
  const files = (message.files ?? []).filter((file) => file.name);
  return [
    "divider",
    ...(message.text ? [{ label: "Edit message", icon: icon("edit"), run: () => edit(channelId, message) }] : []),
    ...files.map((file) => ({
      label: `Delete ${file.name}`,
      danger: true,
      icon: icon("file"),
      run: () => sure("Delete this file?", "It disappears for everyone.", () => removeFile(file.id)),
    })),
    {
      label: "Delete message",
      danger: true,
      icon: icon("trash"),
      run: () => sure("Delete this message?", "It disappears for everyone.", () => remove(channelId, message.ts)),
    },
  ];
}

async function sure(title, text, run) {
  if (await confirmed({ title, text, confirm: "Delete", style: "danger" })) run();
}

async function edit(channelId, message) {
  const text = await ask({ title: "Edit message", label: "Message", value: readable(message), multiline: true });
  if (text) rewrite(channelId, message.ts, text);
}

/** A message's text as a person would have typed it. */
function readable(message) {
  const text = message.text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (_, id) => `@${user(id).real_name || id}`)
    .replace(/<#(\w+)(?:\|([^>]*))?>/g, (_, id, name) => (channel(id) ? channelName(id) : `#${name ?? id}`))
    .replace(/<([^|>!][^|>]*)(?:\|[^>]*)?>/g, "$1");
  return unescapeText(text);
}

const linkTo = (channelId, message) =>
  `${location.origin}${location.pathname}#/${state.me}/${channelId}${message.thread_ts ? `/${message.thread_ts}` : ""}`;

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("info", "Copied.");
  } catch {
    report(new Error("The browser did not allow copying."));
  }
}
