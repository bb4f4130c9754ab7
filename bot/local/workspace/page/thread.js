/* The thread panel: the parent, its replies, a composer of its own. */

import { composer } from "./composer.js";
import { dropzone } from "./dropzone.js";
import { el, iconButton, isNarrow } from "./dom.js";
import { messageList } from "./messages.js";
import { closeThread } from "./navigate.js";
import { channelName, inOrder, state, threadKey } from "./state.js";

const where = el("small", {});
const list = messageList("Thread");
const writer = composer({ inThread: true });
const body = el("div", { class: "thread-body" }, list.node, writer.node);
export const threadPane = el(
  "aside",
  { class: "thread", "aria-label": "Thread", hidden: true },
  el(
    "header",
    { class: "thread-head" },
    el("div", {}, el("h2", {}, "Thread"), where),
    iconButton("close", "Close thread", () => closeThread()),
  ),
  body,
);

threadPane.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && closeThread());
dropzone(body, { inThread: true });
let shown = null;

export function drawThread() {
  const { channel, thread } = state.place;
  threadPane.hidden = !thread;
  document.body.classList.toggle("thread-open", Boolean(thread));
  if (!thread) {
    shown = null;
    return;
  }
  const key = `${state.me}/${threadKey(channel, thread)}`;
  const shelf = state.replies.get(threadKey(channel, thread));
  where.textContent = channelName(channel);
  writer.refresh();
  if (!shelf) return;
  list.show(inOrder(shelf), {
    channel,
    inThread: true,
    fresh: shown !== key,
    me: state.me,
    people: state.users.size,
    onThread: () => {},
  });
  if (shown !== key && !isNarrow()) writer.focus();
  shown = key;
}

export const threadToBottom = () => list.toBottom(true);
