/* Faces and names of people and of the app. */

import { el, icon } from "./dom.js";
import { isBot, user } from "./state.js";

const initials = (name) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0] ?? "")
    .join("")
    .toUpperCase();

const cssColor = (color) => (/^#?[0-9a-f]{6}$/i.test(color ?? "") ? `#${color.replace("#", "")}` : "#8a8178");

/**
 * A round-cornered face: initials on the person's colour, a tuning fork for the app. Sizes: tiny, small, medium,
 * large.
 */
export function avatar(id, size = "medium") {
  if (isBot(id)) return el("span", { class: `avatar avatar-${size} avatar-app`, "aria-hidden": "true" }, icon("fork"));
  const one = user(id);
  return el(
    "span",
    { class: `avatar avatar-${size}`, "aria-hidden": "true", style: { "--face": cssColor(one.color) } },
    initials(one.real_name || one.name),
  );
}

export const nameOf = (id) => user(id).real_name || user(id).name;
export const firstName = (id) => nameOf(id).split(" ")[0];

/** "You", "You and Ben", "Ana, Ben and 2 others". */
export function namesOf(ids, myself) {
  const names = ids.map((id) => (id === myself ? "You" : nameOf(id))).sort((one) => (one === "You" ? -1 : 0));
  if (names.length <= 1) return names.join("");
  return names.length > 4
    ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} others`
    : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
