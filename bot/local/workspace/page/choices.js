/* Choosing elements: selects (static, users, conversations, channels; one or many), checkboxes, radio buttons. */

import { avatar } from "./people.js";
import { el, icon } from "./dom.js";
import { textNodes } from "./mrkdwn.js";
import { openOptions } from "./popover.js";
import { channel, channelName, people, state, user } from "./state.js";

const option = (spec) => ({ key: spec.value, label: spec.text, description: spec.description, raw: spec });
const person = (one) => ({ key: one.id, label: one.real_name || one.name, picture: () => avatar(one.id, "tiny") });
const place = (one) => ({ key: one.id, label: channelName(one.id), picture: () => icon(one.is_im ? "chat" : "hash") });

const openChannels = () => [...state.channels.values()].filter((one) => !one.is_im && !one.is_archived);
const openConversations = () => [...state.channels.values()].filter((one) => !one.is_archived);

/* Per source: the option groups, the keys in Slack's state value, and how a key is shown. */
const SOURCES = {
  static: {
    groups: (spec) =>
      (spec.option_groups ?? [{ options: spec.options ?? [] }]).map((group) => ({
        label: group.label,
        options: group.options.map(option),
      })),
    one: "selected_option",
    many: "selected_options",
    initialOne: "initial_option",
    initialMany: "initial_options",
    keyOf: (raw) => raw.value,
    rawOf: (spec, key) => staticOptions(spec).find((raw) => raw.value === key),
    labelOf: (raw) => raw.text,
  },
  users: idSource(
    "user",
    "users",
    () => people().map(person),
    (id) => user(id).real_name || id,
  ),
  channels: idSource(
    "channel",
    "channels",
    () => openChannels().map(place),
    (id) => channelName(id),
  ),
  conversations: idSource(
    "conversation",
    "conversations",
    () => openConversations().map(place),
    (id) => (channel(id) ? channelName(id) : id),
  ),
};

function idSource(one, many, options, labelOf) {
  return {
    groups: () => [{ options: options() }],
    one: `selected_${one}`,
    many: `selected_${many}`,
    initialOne: `initial_${one}`,
    initialMany: `initial_${many}`,
    keyOf: (id) => id,
    rawOf: (_spec, id) => id,
    labelOf,
  };
}

const staticOptions = (spec) =>
  spec.option_groups ? spec.option_groups.flatMap((group) => group.options) : (spec.options ?? []);

function select(sourceName, multiple) {
  const source = SOURCES[sourceName];
  const field = multiple ? source.many : source.one;
  const initialField = multiple ? source.initialMany : source.initialOne;
  return (spec, bound) => {
    const initial = { type: spec.type, [field]: spec[initialField] ?? (multiple ? [] : null) };
    const view = { spec, source, multiple, field, bound, value: bound.ctx.values.start(bound.blockId, spec, initial) };
    view.node = selectButton(view);
    drawSelect(view);
    return view.node;
  };
}

function selectButton(view) {
  const { spec, bound } = view;
  const props = {
    class: view.multiple ? "select select-multi" : "select",
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    "aria-labelledby": bound.labelId,
  };
  return el("button", {
    type: "button",
    ...props,
    dataset: { focus: spec.action_id, action: spec.action_id },
    onclick: () => openSelect(view),
  });
}

const chosen = (view) => (view.multiple ? view.value[view.field] : [view.value[view.field]].filter(Boolean));

function drawSelect(view) {
  const raws = chosen(view);
  const labels = raws.map((raw) =>
    el("span", { class: view.multiple ? "chip" : "select-value" }, ...textNodes(view.source.labelOf(raw))),
  );
  const hint = el("span", { class: "select-placeholder" }, ...textNodes(view.spec.placeholder ?? "Select…"));
  view.node.replaceChildren(el("span", { class: "select-values" }, ...(labels.length ? labels : [hint])), icon("down"));
}

function openSelect(view) {
  const before = view.value;
  const picked = new Set(chosen(view).map(view.source.keyOf));
  const label = view.spec.placeholder?.text ?? "options";
  const toggle = (key) => {
    if (view.multiple && picked.has(key)) picked.delete(key);
    else picked.add(key);
  };
  const onPick = (key) => {
    if (!view.multiple) picked.clear();
    if (view.multiple && !picked.has(key) && picked.size >= (view.spec.max_selected_items ?? Infinity)) return;
    toggle(key);
    choose(view, [...picked]);
    if (!view.multiple) tell(view, before);
  };
  const onClose = () => {
    if (view.multiple && view.value !== before) tell(view, before);
  };
  openOptions(view.node, {
    label,
    groups: view.source.groups(view.spec),
    picked,
    multiple: view.multiple,
    onPick,
    onClose,
  });
}

function choose(view, keys) {
  const raws = keys.map((key) => view.source.rawOf(view.spec, key)).filter(Boolean);
  store(view, { type: view.spec.type, [view.field]: view.multiple ? raws : (raws[0] ?? null) });
}

function store(view, value) {
  view.value = value;
  view.bound.ctx.values.set(view.bound.blockId, view.spec.action_id, value);
  drawSelect(view);
  view.node.dispatchEvent(new CustomEvent("fieldchange", { bubbles: true }));
}

async function tell(view, before) {
  if (view.bound.live && !(await view.bound.fire(view.value, view.node))) store(view, before);
}

/* ---- checkboxes and radio buttons ---- */

let groups = 0;

function boxes(kind) {
  const many = kind === "checkbox";
  return (spec, bound) => {
    const initial = many
      ? { type: spec.type, selected_options: spec.initial_options ?? [] }
      : { type: spec.type, selected_option: spec.initial_option ?? null };
    const value = bound.ctx.values.start(bound.blockId, spec, initial);
    const ticked = new Set(
      (many ? value.selected_options : [value.selected_option].filter(Boolean)).map((one) => one.value),
    );
    const group = el("div", {
      class: "boxes",
      role: many ? "group" : "radiogroup",
      "aria-labelledby": bound.labelId,
      dataset: { action: spec.action_id },
    });
    const name = `boxes-${(groups += 1)}`;
    group.append(
      ...spec.options.map((one) => box(kind, name, one, ticked.has(one.value), `${spec.action_id}/${one.value}`)),
    );
    group.addEventListener("change", () => boxesChanged(group, spec, bound, many));
    return group;
  };
}

function box(kind, name, spec, checked, focus) {
  const input = el("input", { type: kind, name, value: spec.value, checked, dataset: { focus } });
  const note = spec.description ? el("small", {}, ...textNodes(spec.description)) : null;
  return el("label", { class: "box" }, input, el("span", {}, ...textNodes(spec.text), note));
}

function boxesChanged(group, spec, bound, many) {
  const ticked = new Set([...group.querySelectorAll("input:checked")].map((input) => input.value));
  const options = spec.options.filter((one) => ticked.has(one.value));
  const value = many
    ? { type: spec.type, selected_options: options }
    : { type: spec.type, selected_option: options[0] ?? null };
  bound.ctx.values.set(bound.blockId, spec.action_id, value);
  group.dispatchEvent(new CustomEvent("fieldchange", { bubbles: true }));
  if (bound.live) bound.fire(value, group);
}

export const choiceElements = {
  static_select: select("static", false),
  multi_static_select: select("static", true),
  users_select: select("users", false),
  multi_users_select: select("users", true),
  channels_select: select("channels", false),
  multi_channels_select: select("channels", true),
  conversations_select: select("conversations", false),
  multi_conversations_select: select("conversations", true),
  checkboxes: boxes("checkbox"),
  radio_buttons: boxes("radio"),
};
