/* What a person does to messages and channels; each tells the server and reports a refusal as a sentence. */

import * as api from "./api.js";
import { announce, state } from "./state.js";
import { report } from "./toasts.js";

async function tried(promise) {
  try {
    return await promise;
  } catch (error) {
    report(error);
    return null;
  }
}

const as = (path, body) => tried(api.post(path, { user: state.me, ...body }));

export const remove = (channel, ts) => as("delete", { channel, ts });
export const rewrite = (channel, ts, text) => as("edit", { channel, ts, text });
export const removeFile = (file) => as("delete_file", { file });
export const changeChannel = (op, body) => as("channel", { op, ...body });
export const uninstall = () => as("uninstall", {});
export const runShortcut = (callbackId, channel, ts) => as("shortcut", { callback_id: callbackId, channel, ts });

/** Add the reaction, or take it back if it is the person's own already. */
export function toggleReaction(channel, message, name) {
  const mine = message.reactions?.find((one) => one.name === name)?.users.includes(state.me) ?? false;
  return as("react", { channel, ts: message.ts, name, remove: mine });
}

/** Upload with a progress line above the composer. Resolves to the reply, or null after a refusal. */
export async function shareFiles(files, { channel, thread_ts = null, text = "" }) {
  const upload = { name: files.map((file) => file.name).join(", "), share: 0, channel };
  state.uploads = [...(state.uploads ?? []), upload];
  const progress = (share) => {
    upload.share = share;
    announce("uploads");
  };
  progress(0);
  try {
    return await tried(api.upload(files, { user: state.me, channel, thread_ts, text }, progress));
  } finally {
    state.uploads = state.uploads.filter((one) => one !== upload);
    announce("uploads");
  }
}
