/*
 * Block Kit modals: the app's stack of views, drawn into one dialog. What was typed survives updates that keep
 * the ids.
 */

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { el, iconButton } from "./dom.js";
import { slackFileSource } from "./files.js";
import { FormState } from "./formstate.js";
import { textNodes } from "./mrkdwn.js";
import { avatar } from "./people.js";
import { closePopover } from "./popover.js";
import { state } from "./state.js";
import { report, rescueToasts } from "./toasts.js";

const forms = new Map(); // view id -> {values: FormState, errors: {block_id: sentence}, hash}

const parts = {
  title: el("h2", { id: "modal-title", tabindex: "-1" }),
  body: el("div", { class: "modal-body" }),
  problem: el("p", { class: "modal-problem", role: "alert", hidden: true }),
  close: el("button", { type: "button", class: "button", onclick: () => closeView(false) }),
  submit: el("button", { type: "submit", class: "button button-primary modal-submit" }),
  back: iconButton("back", "Back", () => closeView(false)),
};
const face = el("span", { class: "modal-face" });
const form = el(
  "form",
  { class: "modal-form", novalidate: true, onsubmit: submit },
  el(
    "header",
    { class: "modal-head" },
    parts.back,
    face,
    parts.title,
    iconButton("close", "Close", () => closeView(true)),
  ),
  parts.body,
  parts.problem,
  el("footer", { class: "modal-foot" }, parts.close, parts.submit),
);
const dialog = el("dialog", { class: "modal", "aria-labelledby": "modal-title", "aria-modal": "true" }, form);
let shownId = null;

export function mountModal(parent) {
  parent.append(dialog);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    closeView(false);
  });
  form.addEventListener("fieldchange", forgetError);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) form.requestSubmit();
  });
}

const top = () => state.stack.at(-1);

/** Draw the stack as the server has it now; an empty one closes the dialog. */
export function drawModal() {
  const current = top();
  const open = new Set(state.stack.map((one) => one.id));
  for (const id of forms.keys()) if (!open.has(id)) forms.delete(id);
  if (!current) return hide();
  const memory = remember(current);
  const fresh = shownId !== current.id;
  if (fresh) parts.body.replaceChildren();
  shownId = current.id;
  fill(current.view, memory);
  if (!dialog.open) show();
  if (fresh) focusFirst();
}

function remember({ id, hash, errors, view }) {
  if (!forms.has(id)) forms.set(id, { values: new FormState(view.state?.values), errors: {}, hash });
  const memory = forms.get(id);
  if (errors) memory.errors = { ...errors };
  else if (memory.hash !== hash) memory.errors = {};
  memory.hash = hash;
  return memory;
}

function fill(view, memory) {
  parts.title.replaceChildren(...textNodes(view.title));
  face.replaceChildren(avatar(state.app.bot_user, "small"));
  parts.back.hidden = state.stack.length < 2;
  parts.close.replaceChildren(...textNodes(view.close ?? "Close"));
  parts.submit.replaceChildren(...textNodes(view.submit ?? "Submit"));
  parts.submit.hidden = !view.submit && !view.blocks.some((block) => block.type === "input");
  memory.values.prune(view.blocks);
  renderBlocks(parts.body, view.blocks, surface(memory));
  drawProblem(view, memory);
}

/* An error for a block that is not shown still has to be said. */
function drawProblem(view, memory) {
  const shown = new Set(view.blocks.filter((block) => block.type === "input").map((block) => block.block_id));
  const lost = Object.entries(memory.errors)
    .filter(([id]) => !shown.has(id))
    .map(([, text]) => text);
  parts.problem.hidden = !lost.length;
  parts.problem.textContent = lost.join(" ");
}

function surface(memory) {
  const viewId = shownId;
  return {
    values: memory.values,
    errors: memory.errors,
    surface: "modal",
    fileSource: slackFileSource,
    act: (action) =>
      api.post("click", {
        user: state.me,
        container: { type: "view", view_id: viewId },
        action,
        state: memory.values.json(),
      }),
    upload: async (files) => (await api.upload(files, { user: state.me })).files,
  };
}

function show() {
  dialog.showModal();
  dialog.classList.remove("busy");
}

function hide() {
  shownId = null;
  if (!dialog.open) return;
  closePopover();
  rescueToasts();
  dialog.close();
  parts.body.replaceChildren();
}

function focusFirst() {
  const first = parts.body.querySelector(".has-error [data-focus], .block-input [data-focus]");
  if (first && matchMedia("(hover: hover)").matches) first.focus();
  else parts.title.focus();
  parts.body.scrollTop = 0;
}

async function submit(event) {
  event.preventDefault();
  const current = top();
  if (!current || dialog.classList.contains("busy")) return;
  const memory = forms.get(current.id);
  setBusy(true);
  try {
    await api.post("submit", { user: state.me, view_id: current.id, state: memory.values.json() });
  } catch (error) {
    if (error.reply?.errors) showErrors(current, memory, error.reply.errors);
    else report(error);
  } finally {
    setBusy(false);
  }
}

function setBusy(busy) {
  dialog.classList.toggle("busy", busy);
  parts.submit.setAttribute("aria-busy", String(busy));
}

function showErrors(current, memory, errors) {
  memory.errors = { ...errors };
  if (top()?.id !== current.id) return;
  drawModal();
  const first = parts.body.querySelector(".has-error");
  first?.scrollIntoView({ block: "center" });
  first?.querySelector("[data-focus]")?.focus({ preventScroll: true });
}

/* Typing into a field takes its complaint away. */
function forgetError(event) {
  const block = event.target.closest(".block");
  const memory = forms.get(shownId);
  if (!memory?.errors[block?.dataset.block]) return;
  delete memory.errors[block.dataset.block];
  block.classList.remove("has-error");
  block.querySelector(".field-error")?.remove();
}

async function closeView(all) {
  const current = top();
  if (!current) return hide();
  try {
    await api.post("close", { user: state.me, view_id: current.id, all });
  } catch (error) {
    report(error);
    state.stack = all ? [] : state.stack.slice(0, -1);
    drawModal();
  }
}
