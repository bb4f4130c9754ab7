/* Where one types: drafts per place, staged files, suggestions, Enter to send. */

import * as api from "./api.js";
import { runShortcut, shareFiles } from "./actions.js";
import { el, icon, iconButton } from "./dom.js";
import { emojiChar } from "./emoji.js";
import { grow } from "./fields.js";
import { readableSize } from "./files.js";
import { openEmojiPicker } from "./picker.js";
import { channel, channelName, on, state } from "./state.js";
import { suggestionBox, suggestionsFor } from "./suggest.js";
import { report } from "./toasts.js";

const drafts = new Map(); // `${me}/${channel}/${thread}` -> {text, files}

/** A composer for the channel or, with `inThread`, for the open thread. Returns {node, refresh(), focus()}. */
export function composer({ inThread = false } = {}) {
  const input = el("textarea", {
    class: "composer-input",
    rows: "1",
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    dataset: { focus: inThread ? "composer-thread" : "composer" },
  });
  const self = { inThread, input, staged: el("div", { class: "staged" }), key: "" };
  self.suggestions = suggestionBox(input, (option, from) => complete(self, option, from));
  self.send = el(
    "button",
    { type: "button", class: "send", "aria-label": "Send", title: "Send (Enter)", onclick: () => submit(self) },
    icon("send"),
  );
  self.picker = el("input", {
    type: "file",
    multiple: true,
    class: "visually-hidden",
    tabindex: "-1",
    "aria-label": "Files to share",
    onchange: () => {
      stage(self, [...self.picker.files]);
      self.picker.value = "";
    },
  });
  self.uploads = el("div", { class: "uploads", "aria-live": "polite" });
  self.node = el(
    "div",
    { class: "composer-area" },
    self.uploads,
    self.suggestions.node,
    el("div", { class: "composer" }, self.staged, input, tools(self)),
  );
  listen(self);
  return { node: self.node, refresh: () => refresh(self), focus: () => input.focus() };
}

function tools(self) {
  const insert = (text) => insertText(self, text);
  const slash = self.inThread ? null : iconButton("slash", "Run a command", () => startCommand(self));
  return el(
    "div",
    { class: "composer-tools" },
    iconButton("clip", "Attach files", () => self.picker.click()),
    self.picker,
    slash,
    iconButton("at", "Mention somebody", () => insert(needsSpace(self) ? " @" : "@")),
    iconButton("smile", "Emoji", (event) =>
      openEmojiPicker(event.currentTarget, (name) => insert(`${emojiChar(name) ?? `:${name}:`}`)),
    ),
    el("span", { class: "composer-hint" }, "Enter to send, Shift + Enter for a new line"),
    self.send,
  );
}

function startCommand(self) {
  self.input.value = "/";
  typed(self);
  self.input.focus();
}

const needsSpace = (self) => /\S$/.test(self.input.value.slice(0, self.input.selectionStart));

function insertText(self, text) {
  self.input.focus();
  self.input.setRangeText(text, self.input.selectionStart, self.input.selectionEnd, "end");
  typed(self);
}

function listen(self) {
  const { input } = self;
  input.addEventListener("input", () => typed(self));
  input.addEventListener("click", () => suggest(self));
  input.addEventListener("blur", () => self.suggestions.update(null));
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (self.suggestions.key(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit(self);
    }
  });
  input.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    stage(self, [...event.clipboardData.files]);
  });
  on("uploads", () => drawUploads(self));
}

function typed(self) {
  draftOf(self).text = self.input.value;
  grow(self.input);
  readiness(self);
  suggest(self);
}

const suggest = (self) => self.suggestions.update(suggestionsFor(self.input.value, self.input.selectionStart, self));

function complete(self, option, from) {
  if (option.shortcut) {
    setText(self, "");
    runShortcut(option.shortcut, state.place.channel);
    return;
  }
  self.input.setRangeText(option.insert, from, self.input.selectionStart, "end");
  typed(self);
  self.input.focus();
}

/* ---- drafts ---- */

function draftOf(self) {
  if (!drafts.has(self.key)) drafts.set(self.key, { text: "", files: [] });
  return drafts.get(self.key);
}

function refresh(self) {
  const { channel: id, thread } = state.place;
  const key = `${state.me}/${id}/${self.inThread ? thread : ""}`;
  const place = channel(id);
  self.input.placeholder = self.inThread ? "Reply…" : `Message ${channelName(id)}`;
  self.input.setAttribute("aria-label", self.input.placeholder);
  self.node.classList.toggle("composer-closed", Boolean(place?.is_archived));
  if (key === self.key) return;
  self.key = key;
  setText(self, draftOf(self).text);
  self.suggestions.update(null);
  drawStaged(self);
}

function setText(self, text) {
  self.input.value = text;
  draftOf(self).text = text;
  grow(self.input);
  readiness(self);
}

function readiness(self) {
  const draft = draftOf(self);
  const ready = Boolean(self.input.value.trim() || draft.files.length);
  self.send.classList.toggle("ready", ready);
  self.send.setAttribute("aria-disabled", String(!ready));
}

/* ---- files waiting to be sent ---- */

function stage(self, files) {
  draftOf(self).files.push(...files);
  drawStaged(self);
  self.input.focus();
}

function drawStaged(self) {
  const { files } = draftOf(self);
  self.staged.replaceChildren(
    ...files.map((file) =>
      el(
        "span",
        { class: "staged-file" },
        icon("file"),
        el("span", {}, file.name, el("small", {}, readableSize(file.size))),
        iconButton("close", `Remove ${file.name}`, () => {
          files.splice(files.indexOf(file), 1);
          drawStaged(self);
        }),
      ),
    ),
  );
  readiness(self);
}

function drawUploads(self) {
  if (self.inThread !== Boolean(state.place.thread)) return;
  self.uploads.replaceChildren(
    ...(state.uploads ?? []).map((one) =>
      el(
        "div",
        { class: "upload" },
        icon("clip"),
        el("span", {}, `Sharing ${one.name}…`),
        el("progress", { max: "1", value: String(one.share), "aria-label": `Sharing ${one.name}` }),
      ),
    ),
  );
}

/* ---- sending ---- */

async function submit(self) {
  const draft = draftOf(self);
  const text = self.input.value.trim();
  const files = draft.files;
  if (!text && !files.length) return;
  const target = { channel: state.place.channel, thread_ts: self.inThread ? state.place.thread : null };
  draft.files = [];
  setText(self, "");
  drawStaged(self);
  self.suggestions.update(null);
  if (!(await deliver(text, files, target))) restore(self, draft, text, files);
}

async function deliver(text, files, target) {
  if (files.length) return shareFiles(files, { ...target, text });
  try {
    return await api.post("send", { user: state.me, ...target, thread_ts: target.thread_ts ?? undefined, text });
  } catch (error) {
    report(error);
    return null;
  }
}

/* What could not be sent comes back, unless something new is being typed already. */
function restore(self, draft, text, files) {
  if (draft.text || draft.files.length) return;
  Object.assign(draft, { text, files });
  if (draftOf(self) !== draft) return;
  setText(self, text);
  drawStaged(self);
}
