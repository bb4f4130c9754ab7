/* What the page knows, and who wants to hear when it changes. One plain object; modules subscribe by topic. */

export const state = {
  me: null,
  team: { id: "", name: "" },
  app: { id: "", bot_user: "", name: "", commands: [], shortcuts: [], home: false },
  users: new Map(),
  channels: new Map(),
  notices: new Map(),
  place: { channel: null, thread: null, tab: "messages" },
  messages: new Map(), // channel -> Map(ts -> message), top level
  replies: new Map(), // `${channel}/${thread_ts}` -> Map(ts -> message), parent included
  newSince: new Map(), // channel -> ts of the first message not yet seen
  home: null,
  stack: [],
  connection: "connecting",
};

const listeners = new Map();

/** Call `run` whenever one of the space-separated topics is announced. */
export function on(topics, run) {
  for (const topic of topics.split(" ")) listeners.set(topic, [...(listeners.get(topic) ?? []), run]);
}

export function announce(topic, detail) {
  for (const run of listeners.get(topic) ?? []) run(detail);
}

/** Take in a full picture of the workspace (the boot reply, or a socket's hello). */
export function takeBoot(boot) {
  state.me = typeof boot.me === "object" ? boot.me.id : boot.me;
  state.team = typeof boot.team === "object" ? boot.team : { id: boot.team, name: "Local workspace" };
  state.app = { ...state.app, ...boot.app };
  state.users = byId(boot.users);
  state.channels = byId(boot.channels);
  state.notices = byId(boot.notices ?? []);
  state.stack = boot.modal ?? [];
  state.home = boot.home_view ?? null;
  if (state.place.channel) seen(state.place.channel);
}

const byId = (list) => new Map(list.map((one) => [one.id, one]));

export const user = (id) => state.users.get(id) ?? { id, name: id, real_name: id, title: "", color: "#8a8178" };
export const me = () => user(state.me);
export const channel = (id) => state.channels.get(id);
export const isBot = (id) => id === state.app.bot_user || Boolean(state.users.get(id)?.is_bot);
export const authorOf = (message) => message.user ?? (message.bot_id ? state.app.bot_user : "");
export const people = () => [...state.users.values()].filter((one) => !one.is_bot);
export const botIsIn = (id) => Boolean(channel(id)?.is_im || channel(id)?.members?.includes(state.app.bot_user));
export const isReply = (message) => Boolean(message.thread_ts && message.thread_ts !== message.ts);
export const threadKey = (channelId, ts) => `${channelId}/${ts}`;

/** A channel's name as people say it: "#product-texts", or the other person's name in a direct message. */
export function channelName(id) {
  const found = channel(id);
  if (!found) return id;
  return found.is_im ? state.app.name : `#${found.name}`;
}

export function seen(id) {
  const found = channel(id);
  if (found) found.unread = 0;
}

/** File a message that was posted or changed. Returns true if it was not known before. */
export function keep(channelId, message) {
  const fresh = isReply(message) ? keepReply(channelId, message) : keepTop(channelId, message);
  return fresh;
}

function keepTop(channelId, message) {
  const shelf = state.messages.get(channelId);
  const thread = state.replies.get(threadKey(channelId, message.ts));
  if (thread) thread.set(message.ts, message);
  if (!shelf) return true;
  const fresh = !shelf.has(message.ts);
  shelf.set(message.ts, message);
  return fresh;
}

function keepReply(channelId, message) {
  if (message.subtype === "thread_broadcast") state.messages.get(channelId)?.set(message.ts, message);
  const thread = state.replies.get(threadKey(channelId, message.thread_ts));
  if (!thread) return true;
  const fresh = !thread.has(message.ts);
  thread.set(message.ts, message);
  return fresh;
}

export function drop(channelId, ts) {
  state.messages.get(channelId)?.delete(ts);
  for (const [key, thread] of state.replies) if (key.startsWith(`${channelId}/`)) thread.delete(ts);
}

export function shelve(map, key, messages) {
  map.set(key, new Map(messages.map((message) => [message.ts, message])));
}

/** Messages of a shelf, oldest first. */
export const inOrder = (shelf) => [...(shelf?.values() ?? [])].sort((one, other) => Number(one.ts) - Number(other.ts));
