/* Starts the page: connects as one person, files what arrives, and redraws what it touches. */

import * as api from "./api.js";
import { channelPane, channelToBottom, drawChannel } from "./channelview.js";
import { guardWindow } from "./dropzone.js";
import { el } from "./dom.js";
import { drawHeader } from "./header.js";
import { drawHome } from "./home.js";
import { drawModal, mountModal } from "./modal.js";
import { mrkdwnNodes } from "./mrkdwn.js";
import { appChannel, firstPlace, go, loadPlace, readAddress, replayAfterLoad } from "./navigate.js";
import { drawNotices, watchConnection } from "./notices.js";
import { nameOf } from "./people.js";
import { drawSidebar, mountSidebar } from "./sidebar.js";
import { announce, authorOf, channelName, drop, isReply, keep, on, seen, state, takeBoot } from "./state.js";
import { drawThread, threadPane, threadToBottom } from "./thread.js";
import { mountToasts, toast } from "./toasts.js";

const DEFAULT_PERSON = "U0ANA";

let hangUp = () => {};

/* ---- people ---- */

function become(userId, place = null) {
  hangUp();
  Object.assign(state, {
    me: userId,
    home: null,
    stack: [],
    messages: new Map(),
    replies: new Map(),
    newSince: new Map(),
  });
  drawModal();
  let greeted = false;
  hangUp = api.connect(userId, {
    onState: (connection) => {
      state.connection = connection;
      announce("connection");
      if (connection === "lost" && !greeted) explainRefusal(userId);
    },
    onFrame: (frame) => {
      FRAMES[frame.type]?.(frame);
      if (frame.type !== "hello") return;
      arrive(greeted ? null : place);
      greeted = true;
    },
  });
}

/* A refused connection has no reason; an ordinary request has. An unknown person in the address becomes the first one. */
async function explainRefusal(userId) {
  try {
    await api.get("boot", { user: userId });
  } catch (error) {
    if (error.code === "no_such_person" && userId !== DEFAULT_PERSON) become(DEFAULT_PERSON, {});
    else if (error.code === "http_401") toast("error", "Open this page with the link that has its token in it.");
  }
}

/** After a hello: the first one goes to a place, later ones (reconnects) fetch again what is on screen. */
async function arrive(place) {
  const wanted = place?.app ? { channel: appChannel()?.id, tab: place.tab } : place;
  if (wanted || !state.channels.has(state.place.channel)) await go(firstPlace(wanted ?? {}));
  else await loadPlace();
  announce("place");
}

/* The same channel for the other person; a direct message becomes that person's own one. */
function switchPerson(userId) {
  if (userId === state.me) return;
  const { channel, tab } = state.place;
  const direct = state.channels.get(channel)?.is_im;
  become(userId, direct ? { app: true, tab } : { channel });
}

/* ---- what arrives ---- */

const FRAMES = {
  hello: (frame) => {
    takeBoot(frame);
    announce("everything");
  },
  message: (frame) => arrived(frame),
  message_changed: ({ channel, message }) => file(channel, message),
  message_deleted: ({ channel, ts }) => {
    drop(channel, ts);
    announce("messages", { channel });
  },
  modal: ({ stack }) => {
    state.stack = stack;
    announce("modal");
  },
  home: ({ view }) => {
    state.home = view;
    announce("home");
  },
  channel: ({ channel }) => channelChanged(channel),
  notice: ({ notice }) => {
    state.notices.set(notice.id, notice);
    announce("notices");
  },
  toast: ({ level, text }) => toast(level, text),
};

function file(channel, message) {
  const store = () => {
    keep(channel, message);
    announce("messages", { channel });
  };
  store();
  replayAfterLoad(channel, store);
}

function arrived({ channel, message }) {
  file(channel, message);
  const own = authorOf(message) === state.me;
  if (own) {
    scrollToOwn(channel, message);
    return;
  }
  if (isWatching(channel, message)) return;
  if (!isReply(message)) markUnread(channel, message);
  tell(channel, message);
}

function scrollToOwn(channel, message) {
  if (channel !== state.place.channel) return;
  if (!isReply(message)) channelToBottom();
  else if (message.thread_ts === state.place.thread) threadToBottom();
}

function isWatching(channel, message) {
  const { channel: here, tab } = state.place;
  if (channel !== here || tab === "home") return false;
  return isReply(message) || !document.hidden; // a reply shows as a count on its parent there
}

function markUnread(channel, message) {
  const found = state.channels.get(channel);
  if (!found) return;
  if (!found.unread && !state.newSince.has(channel)) state.newSince.set(channel, message.ts);
  found.unread = (found.unread ?? 0) + 1;
  announce("unread");
}

function tell(channel, message) {
  if (channel === state.place.channel && state.place.tab !== "home") return;
  const author = nameOf(authorOf(message));
  const words = el("span", { class: "toast-preview" }, ...mrkdwnNodes(message.text || "Sent something"));
  const onOpen = () => go({ channel, thread: isReply(message) ? message.thread_ts : null });
  toast("message", [el("strong", {}, `${author} in ${channelName(channel)}`), words], { onOpen });
}

function channelChanged(changed) {
  const known = state.channels.get(changed.id);
  state.channels.set(changed.id, { ...known, ...changed, unread: changed.unread ?? known?.unread ?? 0 });
  announce("everything");
}

/* ---- drawing ---- */

function drawTitle() {
  const waiting = [...state.channels.values()].reduce((sum, one) => sum + (one.unread ?? 0), 0);
  const count = waiting ? `(${waiting}) ` : "";
  document.title = `${count}${channelName(state.place.channel)} · ${state.team.name || "Workspace"}`;
}

function drawAll() {
  if (!state.place.channel) return;
  drawSidebar();
  drawChannel();
  drawThread();
  drawModal();
  drawTitle();
}

on("everything place", drawAll);
on("messages", ({ channel }) => {
  if (channel === state.place.channel) {
    drawChannel();
    drawThread();
  }
});
on("unread", () => {
  drawSidebar();
  drawHeader();
  drawTitle();
});
on("connection", drawSidebar);
on("connection", watchConnection);
on("modal", drawModal);
on("home", drawHome);
on("notices", drawNotices);

/* ---- start ---- */

function followLinks(event) {
  const mention = event.target.closest("[data-channel].mention-channel");
  if (mention && state.channels.has(mention.dataset.channel)) go({ channel: mention.dataset.channel });
}

function followAddress() {
  const address = readAddress();
  if (address.user && address.user !== state.me) become(address.user, address);
  else if (state.channels.has(address.channel)) go(address);
}

function seenAgain() {
  if (document.hidden || !state.place.channel) return;
  seen(state.place.channel);
  announce("unread");
}

const page = document.getElementById("page");
mountSidebar(page, { onSwitch: switchPerson });
page.append(channelPane, threadPane);
mountModal(document.body);
mountToasts(document.body);
guardWindow();
document.addEventListener("click", followLinks);
document.addEventListener("visibilitychange", seenAgain);
window.addEventListener("popstate", followAddress);
window.addEventListener("hashchange", followAddress);
const address = readAddress();
become(address.user ?? DEFAULT_PERSON, address);
