/* The emoji picker and the skin-tone row. */

import { el } from "./dom.js";
import { GROUPS, TONES, chooseTone, chosenTone, emojiChar, findEmoji, toned } from "./emoji.js";
import { closePopover, openPopover } from "./popover.js";

/** Let the person choose an emoji; `onPick` gets its short name with the skin tone ("+1::skin-tone-3"). */
export function openEmojiPicker(anchor, onPick) {
  const body = el("div", { class: "picker-body" });
  const search = el("input", {
    type: "text",
    class: "options-search",
    placeholder: "Search emoji",
    "aria-label": "Search emoji",
    autocomplete: "off",
  });
  const pick = (name) => {
    closePopover({ refocus: true });
    onPick(toned(name));
  };
  const draw = () => body.replaceChildren(...drawn(search.value, pick));
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => event.key === "Enter" && body.querySelector("button")?.click());
  draw();
  openPopover(anchor, el("div", { class: "picker" }, search, body, toneRow(draw)), {
    label: "Emoji",
    className: "popover-picker",
  });
  if (window.matchMedia("(hover: hover)").matches) search.focus();
}

function drawn(words, pick) {
  if (!words.trim()) return GROUPS.flatMap((group) => [el("h3", {}, group.title), grid(group.emoji, pick)]);
  const found = findEmoji(words);
  return found.length ? [grid(found, pick)] : [el("p", { class: "options-none" }, "No emoji by that name.")];
}

function grid(emoji, pick) {
  return el(
    "div",
    { class: "picker-grid" },
    ...emoji.map(([name]) =>
      el(
        "button",
        { type: "button", title: `:${name}:`, "aria-label": name.replaceAll("_", " "), onclick: () => pick(name) },
        emojiChar(toned(name)),
      ),
    ),
  );
}

function toneRow(redraw) {
  const row = el("div", { class: "picker-tones", role: "radiogroup", "aria-label": "Skin tone" });
  const choose = (tone) => {
    chooseTone(tone);
    draw();
    redraw();
  };
  const draw = () =>
    row.replaceChildren(
      el("span", {}, "Skin tone"),
      ...TONES.map((tone) =>
        el(
          "button",
          {
            type: "button",
            role: "radio",
            "aria-checked": String(tone === chosenTone()),
            "aria-label": `Skin tone ${tone}`,
            onclick: () => choose(tone),
          },
          emojiChar(toned("+1", tone)),
        ),
      ),
    );
  draw();
  return row;
}
