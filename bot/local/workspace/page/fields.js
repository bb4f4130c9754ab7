/* Typed elements: text, number, e-mail, URL, dates and times, files. */

import { debounce, el, icon, iconButton } from "./dom.js";
import { report } from "./toasts.js";

const TYPING_PAUSE_MS = 400; // before on_character_entered is told to the app
const COUNTER_FROM = 0.7; // the counter shows once this share of max_length is used

const announceChange = (node) => node.dispatchEvent(new CustomEvent("fieldchange", { bubbles: true }));
const focusName = (spec) => ({ focus: spec.action_id, action: spec.action_id });

/** Text-like elements differ only in the control's attributes and in multiline. */
function textField(attributes) {
  return (spec, bound) => {
    const initial = { type: spec.type, value: spec.initial_value ?? null };
    const kept = bound.ctx.values.start(bound.blockId, spec, initial);
    const props = {
      ...attributes(spec),
      class: "input",
      value: kept.value ?? "",
      placeholder: spec.placeholder?.text ?? "",
      "aria-labelledby": bound.labelId,
      dataset: focusName(spec),
    };
    const input = el(spec.multiline ? "textarea" : "input", { ...props, rows: spec.multiline ? "4" : null });
    const counter = spec.max_length ? el("span", { class: "counter", "aria-hidden": "true" }) : null;
    listenTo(input, counter, spec, bound);
    return el("div", { class: "text-field" }, input, counter);
  };
}

function listenTo(input, counter, spec, bound) {
  const triggers = spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const fireSoon = debounce(TYPING_PAUSE_MS, () => bound.fire(valueOf(), input));
  const valueOf = () => ({ type: spec.type, value: input.value === "" ? null : input.value });
  const changed = () => {
    bound.ctx.values.set(bound.blockId, spec.action_id, valueOf());
    count(input, counter, spec);
    announceChange(input);
    if (bound.live && triggers.includes("on_character_entered")) fireSoon();
  };
  input.addEventListener("input", changed);
  input.addEventListener("input", () => grow(input));
  input.addEventListener("keydown", (event) => {
    if (!bound.live || !triggers.includes("on_enter_pressed") || !isEnter(event) || (spec.multiline && event.shiftKey))
      return;
    event.preventDefault();
    bound.fire(valueOf(), input);
  });
  count(input, counter, spec);
  requestAnimationFrame(() => grow(input));
  if (spec.focus_on_load) requestAnimationFrame(() => input.focus());
}

const isEnter = (event) => event.key === "Enter" && !event.isComposing;

function count(input, counter, spec) {
  if (!counter) return;
  const used = [...input.value].length;
  counter.textContent = used >= spec.max_length * COUNTER_FROM ? `${used} / ${spec.max_length}` : "";
  counter.classList.toggle("counter-full", used >= spec.max_length);
}

/** Let a textarea be as tall as its text, within what the style sheet allows. */
export function grow(input) {
  if (input.tagName !== "TEXTAREA") return;
  input.style.height = "auto";
  if (input.scrollHeight) input.style.height = `${input.scrollHeight + 2}px`;
}

/* ---- dates and times ---- */

function dateField(type, initialKey, valueKey, toControl, fromControl) {
  return (spec, bound) => {
    const initial = { type: spec.type, [valueKey]: spec[initialKey] ?? null };
    const kept = bound.ctx.values.start(bound.blockId, spec, initial);
    const input = el("input", {
      type,
      class: "input input-short",
      value: toControl(kept[valueKey]),
      "aria-labelledby": bound.labelId,
      "aria-label": bound.labelId ? null : (spec.placeholder?.text ?? type),
      dataset: focusName(spec),
    });
    input.addEventListener("change", () => {
      const value = { type: spec.type, [valueKey]: fromControl(input.value) };
      bound.ctx.values.set(bound.blockId, spec.action_id, value);
      announceChange(input);
      if (bound.live) bound.fire(value, input);
    });
    return input;
  };
}

const same = (value) => value ?? "";
const orNull = (value) => value || null;

/* datetime-local has no zone: what is shown and picked is the reader's own time. */
function localDateTime(seconds) {
  if (!seconds) return "";
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const unixSeconds = (text) => (text ? Math.floor(new Date(text).getTime() / 1000) : null);

/* ---- files ---- */

function fileField(spec, bound) {
  const kept = bound.ctx.values.start(bound.blockId, spec, { type: spec.type, files: [] });
  const list = el("ul", { class: "file-list" });
  const accept = (spec.filetypes ?? []).map((kind) => `.${kind}`).join(",");
  const input = el("input", {
    type: "file",
    multiple: (spec.max_files ?? 10) > 1,
    accept,
    class: "visually-hidden",
    "aria-labelledby": bound.labelId,
    dataset: focusName(spec),
  });
  const view = { spec, bound, list, files: kept.files };
  input.addEventListener("change", () => takeFiles(view, input));
  const zone = el(
    "label",
    { class: "file-zone" },
    input,
    icon("clip"),
    el("span", {}, "Choose a file or drop it here"),
  );
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    takeFiles(view, { files: event.dataTransfer.files });
  });
  drawFiles(view);
  return el("div", { class: "file-field" }, zone, list);
}

async function takeFiles(view, input) {
  const files = [...input.files];
  input.value = "";
  if (!files.length) return;
  try {
    const uploaded = await view.bound.ctx.upload(files);
    keepFiles(view, [...view.files, ...uploaded].slice(-(view.spec.max_files ?? 10)));
  } catch (error) {
    report(error);
  }
}

function keepFiles(view, files) {
  view.files = files;
  view.bound.ctx.values.set(view.bound.blockId, view.spec.action_id, { type: view.spec.type, files });
  announceChange(view.list);
  drawFiles(view);
}

function drawFiles(view) {
  view.list.replaceChildren(
    ...view.files.map((file) =>
      el(
        "li",
        {},
        icon("file"),
        el("span", {}, file.name),
        iconButton("close", `Remove ${file.name}`, () =>
          keepFiles(
            view,
            view.files.filter((one) => one !== file),
          ),
        ),
      ),
    ),
  );
}

export const fieldElements = {
  plain_text_input: textField(() => ({ type: "text" })),
  rich_text_input: textField(() => ({ type: "text" })),
  email_text_input: textField(() => ({ type: "email", autocomplete: "email" })),
  url_text_input: textField(() => ({ type: "url" })),
  number_input: textField((spec) => ({
    type: "text",
    inputmode: spec.is_decimal_allowed ? "decimal" : "numeric",
    min: spec.min_value,
    max: spec.max_value,
  })),
  datepicker: dateField("date", "initial_date", "selected_date", same, orNull),
  timepicker: dateField("time", "initial_time", "selected_time", same, orNull),
  datetimepicker: dateField("datetime-local", "initial_date_time", "selected_date_time", localDateTime, unixSeconds),
  file_input: fileField,
};
