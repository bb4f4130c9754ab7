/* The channel column: head, notices, messages or the Home tab, composer. */

import { changeChannel } from "./actions.js";
import { composer } from "./composer.js";
import { dropzone } from "./dropzone.js";
import { el, icon, isNarrow } from "./dom.js";
import { drawHeader, header } from "./header.js";
import { drawHome, homePane } from "./home.js";
import { messageList } from "./messages.js";
import { openThread } from "./navigate.js";
import { drawNotices, noticeBars, sampleShelf } from "./notices.js";
import { avatar } from "./people.js";
import { botIsIn, channel, channelName, inOrder, state } from "./state.js";

const list = messageList("Messages");
const writer = composer();
const shut = el("div", { class: "channel-shut", hidden: true });
const talk = el("section", { class: "talk" }, list.node, sampleShelf, writer.node, shut);
export const channelPane = el("main", { class: "channel", id: "channel" }, header, noticeBars, talk, homePane);
let shown = null;

dropzone(talk);

export function drawChannel() {
  const { channel: id, tab } = state.place;
  const atHome = tab === "home";
  talk.hidden = atHome;
  homePane.hidden = !atHome;
  drawHeader();
  drawNotices();
  if (atHome) {
    drawHome();
    shown = null;
    return;
  }
  writer.refresh();
  drawShut();
  drawMessages(id);
}

function drawMessages(id) {
  const shelf = state.messages.get(id);
  if (!shelf) return;
  const key = `${state.me}/${id}`;
  const messages = inOrder(shelf);
  const arrived = shown !== key;
  const head = messages.length ? beginning : emptyChannel;
  list.show(messages, {
    channel: id,
    inThread: false,
    fresh: arrived,
    newSince: state.newSince.get(id),
    me: state.me,
    people: state.users.size,
    onThread: openThread,
    head,
  });
  list.node.classList.toggle("list-empty", !messages.length);
  if (arrived && !isNarrow() && !state.place.thread && !document.querySelector("dialog[open]")) writer.focus();
  shown = key;
}

export const channelToBottom = () => list.toBottom(true);

function drawShut() {
  const here = channel(state.place.channel);
  shut.hidden = !here?.is_archived;
  if (here?.is_archived)
    shut.replaceChildren(
      "This channel is archived. ",
      el(
        "button",
        { type: "button", class: "button", onclick: () => changeChannel("unarchive", { channel: here.id }) },
        "Unarchive it",
      ),
    );
}

function beginning() {
  const here = channel(state.place.channel);
  if (here.is_im)
    return el(
      "div",
      { class: "beginning" },
      avatar(state.app.bot_user, "large"),
      el("h2", {}, state.app.name),
      el("p", {}, "Your direct messages with the app. Only you two see them."),
    );
  return el(
    "div",
    { class: "beginning" },
    el("h2", {}, channelName(here.id)),
    el("p", {}, `This is where ${channelName(here.id)} begins.`),
  );
}

function emptyChannel() {
  const here = channel(state.place.channel);
  const command = state.app.commands[0]?.command ?? "/tune";
  if (!botIsIn(here.id))
    return emptyState("hash", `It is quiet in ${channelName(here.id)}`, [
      `${state.app.name} is not here. Invite it from the channel's menu, or go on in a channel where it is.`,
    ]);
  return emptyState("sheet", "Drop a catalog file here", [
    "or type ",
    el("kbd", {}, command),
    " to see where things stand.",
  ]);
}

const emptyState = (face, title, words) =>
  el(
    "div",
    { class: "empty" },
    el("span", { class: "empty-face" }, icon(face)),
    el("h2", {}, title),
    el("p", {}, ...words),
  );
