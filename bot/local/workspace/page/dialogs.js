/*
 * The page's own small question: one text to type. (Block Kit modals live in modal.js, confirm dialogs in
 * popover.js.)
 */

import { el } from "./dom.js";

/** Ask for one text. Resolves to the text, or null when cancelled. */
export function ask({ title, label, value = "", action = "Save", multiline = false }) {
  return new Promise((resolve) => {
    const input = el(multiline ? "textarea" : "input", {
      class: "input",
      value,
      rows: multiline ? "5" : null,
      id: "ask-input",
    });
    const finish = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const submit = (event) => {
      event.preventDefault();
      finish(input.value.trim() || null);
    };
    const cancel = el("button", { type: "button", class: "button", onclick: () => finish(null) }, "Cancel");
    const form = el(
      "form",
      { method: "dialog", onsubmit: submit },
      el("h2", { id: "ask-title" }, title),
      el("label", { for: "ask-input", class: "input-label" }, label),
      input,
      el("div", { class: "confirm-buttons" }, cancel, el("button", { class: "button button-primary" }, action)),
    );
    const dialog = el("dialog", { class: "confirm", "aria-labelledby": "ask-title" }, form);
    dialog.addEventListener("cancel", () => finish(null));
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
    input.select();
  });
}
