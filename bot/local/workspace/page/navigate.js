/*
 * Where the person is (channel, thread, tab), kept in the address so that reload and back work, and loading what
 * is shown there.
 */

import * as api from "./api.js";
import { announce, channel, inOrder, seen, shelve, state, threadKey } from "./state.js";
import { report } from "./toasts.js";

const arriving = new Map(); // shelf key -> frames that came while that shelf was being loaded

/** The place in the address: #/<user>/<channel>/<thread ts or "home"> */
export function readAddress() {
  const [, userId, channelId, rest] = location.hash.split("/");
  return {
    user: userId || null,
    channel: channelId || null,
    thread: rest && rest !== "home" ? rest : null,
    tab: rest === "home" ? "home" : "messages",
  };
}

function writeAddress() {
  const { channel: id, thread, tab } = state.place;
  const rest = tab === "home" ? "/home" : thread ? `/${thread}` : "";
  const wanted = `#/${state.me}/${id}${rest}`;
  if (location.hash !== wanted) history.pushState(null, "", wanted);
}

/** Show a channel, with a thread or the app's Home tab if asked for. */
export async function go({ channel: id = state.place.channel, thread = null, tab = "messages" }) {
  const left = state.place.channel;
  if (left !== id) state.newSince.delete(left);
  const unread = channel(id)?.unread ?? 0;
  state.place = { channel: id, thread, tab };
  if (tab !== "home") seen(id);
  writeAddress();
  announce("place");
  await Promise.all([loadPlace(unread), tab === "home" ? openHome() : null]);
}

/** Fetch again everything that is on screen; also after a reconnect. */
export async function loadPlace(unread = 0) {
  const { channel: id, thread } = state.place;
  await Promise.all([
    load(state.messages, id, "history", { channel: id }),
    thread ? load(state.replies, threadKey(id, thread), "replies", { channel: id, ts: thread }) : null,
  ]);
  markFirstUnread(id, unread);
  announce("messages", { channel: id });
}

function markFirstUnread(id, unread) {
  const first = unread ? inOrder(state.messages.get(id)).at(-unread) : null;
  if (first && !state.newSince.has(id)) state.newSince.set(id, first.ts);
}

async function load(map, key, path, query) {
  arriving.set(key, []);
  try {
    const { messages } = await api.get(path, { user: state.me, ...query });
    shelve(map, key, messages);
    for (const replay of arriving.get(key) ?? []) replay();
  } catch (error) {
    report(error);
    if (!map.has(key)) shelve(map, key, []);
  } finally {
    arriving.delete(key);
  }
}

/** If this channel (or one of its threads) is being loaded, do `replay` once more when the older picture is in. */
export function replayAfterLoad(channelId, replay) {
  for (const [key, frames] of arriving) if (key === channelId || key.startsWith(`${channelId}/`)) frames.push(replay);
}

async function openHome() {
  try {
    const { view } = await api.post("home", { user: state.me });
    if (view) state.home = view;
  } catch (error) {
    report(error);
  }
  announce("home");
}

export const openThread = (ts) => go({ thread: ts });
export const closeThread = () => go({});

/** The first place to show: the address if it makes sense, else the first channel the app is in. */
export function firstPlace(address) {
  const wanted = channel(address.channel);
  const open = [...state.channels.values()].filter((one) => !one.is_im && !one.is_archived);
  const fallback = open.find((one) => one.members?.includes(state.app.bot_user)) ?? open[0];
  return wanted ? { channel: wanted.id, thread: address.thread, tab: address.tab } : { channel: fallback?.id ?? null };
}

export const appChannel = () =>
  [...state.channels.values()].find((one) => one.is_im && (one.members ?? [state.me]).includes(state.me));
