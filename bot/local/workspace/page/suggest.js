/* Suggestions while typing: commands, people, channels, emoji. */

import { el, icon } from "./dom.js";
import { emojiChar, findEmoji } from "./emoji.js";
import { avatar } from "./people.js";
import { state } from "./state.js";

const MOST = 8;

/** What could complete the text before the caret: {from, options: [{insert, label, note?, face}]} or null. */
export function suggestionsFor(text, caret, { inThread }) {
  const before = text.slice(0, caret);
  if (before.startsWith("/")) return inThread ? null : commands(before);
  const word = /(^|\s)([@#:])([\p{L}\p{N}_+-]*)$/u.exec(before);
  if (!word) return null;
  const from = before.length - word[3].length - 1;
  const options = FINDERS[word[2]](word[3].toLowerCase()).slice(0, MOST);
  return options.length ? { from, options } : null;
}

const FINDERS = { "@": somebody, "#": somewhere, ":": emoji };

function somebody(word) {
  const names = [...state.users.values()].filter((one) => `${one.name} ${one.real_name}`.toLowerCase().includes(word));
  return names.map((one) => ({
    insert: `@${one.real_name || one.name} `,
    label: one.real_name || one.name,
    note: one.title,
    face: avatar(one.id, "tiny"),
  }));
}

function somewhere(word) {
  const open = [...state.channels.values()].filter((one) => !one.is_im && one.name.includes(word));
  return open.map((one) => ({ insert: `#${one.name} `, label: one.name, note: one.topic, face: icon("hash") }));
}

function emoji(word) {
  if (word.length < 2) return [];
  return findEmoji(word, MOST).map(([name]) => ({
    insert: `:${name}: `,
    label: `:${name}:`,
    face: el("span", { class: "emoji" }, emojiChar(name)),
  }));
}

function commands(before) {
  const [first, ...rest] = before.split(" ");
  const options = rest.length ? subcommands(first, rest.join(" ")) : allCommands(first);
  return options.length ? { from: 0, options: options.slice(0, MOST + 4) } : null;
}

function allCommands(typed) {
  const known = state.app.commands.filter((one) => one.command.startsWith(typed.toLowerCase()));
  const global = state.app.shortcuts.filter(
    (one) => one.type !== "message" && `/${one.name.toLowerCase()}`.startsWith(typed.toLowerCase()),
  );
  return [
    ...known.map((one) => ({
      insert: `${one.command} `,
      label: one.command,
      hint: one.usage_hint,
      note: one.description,
      face: avatar(state.app.bot_user, "tiny"),
    })),
    ...global.map((one) => ({
      shortcut: one.callback_id,
      insert: "",
      label: one.name,
      note: one.description,
      face: icon("bolt"),
    })),
  ];
}

/* A usage hint such as "[new|catalog|write]" also tells the words that can follow. */
function subcommands(name, typed) {
  const command = state.app.commands.find((one) => one.command === name);
  const words = (command?.usage_hint ?? "")
    .split(/[|,\n]/)
    .map((part) => /^[\s[(<]*([\p{L}-]+)/u.exec(part)?.[1])
    .filter(Boolean);
  if (words.length < 2 || typed.includes(" ")) return [];
  return words
    .filter((word) => word.startsWith(typed) && word !== typed)
    .map((word) => ({
      insert: `${name} ${word} `,
      label: `${name} ${word}`,
      face: avatar(state.app.bot_user, "tiny"),
    }));
}

let rows = 0;

/**
 * The list above the composer. Returns {node, update(found), key(event)}; `onPick(option, from)` completes the
 * text.
 */
export function suggestionBox(input, onPick) {
  const node = el("div", {
    class: "suggestions",
    role: "listbox",
    "aria-label": "Suggestions",
    id: `suggestions-${(rows += 1)}`,
    hidden: true,
  });
  let found = null;
  let active = 0;

  const update = (next) => {
    found = next;
    active = 0;
    draw();
  };
  const draw = () => {
    node.hidden = !found;
    input.setAttribute("aria-expanded", String(Boolean(found)));
    node.replaceChildren(
      ...(found?.options ?? []).map((option, place) => row(option, place === active, () => choose(place))),
    );
    input.setAttribute("aria-activedescendant", found ? node.children[active].id : "");
    node.children[active]?.scrollIntoView({ block: "nearest" });
  };
  const choose = (place) => {
    const { from, options } = found;
    update(null);
    onPick(options[place], from);
  };

  function key(event) {
    if (!found) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      active = (active + step + found.options.length) % found.options.length;
      draw();
      return true;
    }
    if (event.key === "Escape") {
      update(null);
      return true;
    }
    const complete = found.options[active].insert.trim() === input.value.trim();
    if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !complete)) {
      choose(active);
      return true;
    }
    return false;
  }

  input.setAttribute("aria-controls", node.id);
  return { node, update, key };
}

function row(option, active, choose) {
  const words = el(
    "span",
    { class: "suggestion-words" },
    el("strong", {}, option.label),
    option.hint ? el("code", {}, option.hint) : null,
    option.note ? el("small", {}, option.note) : null,
  );
  return el(
    "div",
    {
      class: active ? "suggestion active" : "suggestion",
      role: "option",
      id: `suggestion-${(rows += 1)}`,
      "aria-selected": String(active),
      onpointerdown: (event) => {
        event.preventDefault();
        choose();
      },
    },
    el("span", { class: "suggestion-face" }, option.face),
    words,
  );
}
