/* Interactive elements of Block Kit: the table of types, buttons and menus, and what pressing one does. */

import { choiceElements } from "./choices.js";
import { el, icon } from "./dom.js";
import { fieldElements } from "./fields.js";
import { safeLink, textNodes } from "./mrkdwn.js";
import { confirmed, openMenu } from "./popover.js";
import { report } from "./toasts.js";

const SHORTEST_BUSY_MS = 350; // long enough to be seen, and to swallow a double click

/**
 * Build one element. `ctx` is the surface: {values: FormState, act(action), upload(files), surface}.
 * `live` says whether a change is told to the app at once (actions and accessories) or waits for submit (input blocks).
 */
export function element(spec, blockId, ctx, { live = true, labelId = null } = {}) {
  const build = BUILDERS[spec.type];
  if (!build) return el("span", { class: "unsupported" }, `(${spec.type} can't be shown here)`);
  const node = build(spec, {
    blockId,
    ctx,
    live,
    labelId,
    fire: (value, control) => fire(spec, blockId, ctx, value, control ?? node),
  });
  return node;
}

/** Tell the app, after Slack's confirm dialog if there is one. Resolves to false if the person thought better of it. */
async function fire(spec, blockId, ctx, value, control) {
  if (control.ariaBusy === "true") return false;
  if (spec.confirm && !(await confirmed(spec.confirm))) return false;
  control.ariaBusy = "true";
  const pause = new Promise((resolve) => {
    setTimeout(resolve, SHORTEST_BUSY_MS);
  });
  try {
    await ctx.act({ type: spec.type, action_id: spec.action_id, block_id: blockId, ...value });
    await pause;
  } catch (error) {
    report(error);
  } finally {
    control.ariaBusy = "false";
  }
  return true;
}

function button(spec, { fire: press }) {
  const look = { primary: "button button-primary", danger: "button button-danger" }[spec.style] ?? "button";
  const props = {
    class: look,
    "aria-label": spec.accessibility_label,
    dataset: { focus: spec.action_id ?? "", action: spec.action_id ?? "" },
  };
  const value = { text: spec.text, ...(spec.value === undefined ? {} : { value: spec.value }) };
  if (spec.url) return linkButton(spec, props, () => press(value));
  return el(
    "button",
    { type: "button", ...props, onclick: (event) => press(value, event.currentTarget) },
    ...textNodes(spec.text),
  );
}

function linkButton(spec, props, press) {
  const link = safeLink(spec.url, ...textNodes(spec.text));
  link.className = `${props.class} button-link`;
  Object.assign(link.dataset, props.dataset);
  if (spec.action_id) link.addEventListener("click", press);
  return link;
}

function overflow(spec, { fire: press }) {
  const open = (event) =>
    openMenu(
      event.currentTarget,
      spec.options.map((option) => item(option, event.currentTarget)),
      { label: "More actions" },
    );
  const item = (option, control) => ({
    label: option.text,
    note: option.description?.text,
    run: () => {
      if (option.url) safeLink(option.url).click();
      press({ selected_option: option }, control);
    },
  });
  const props = {
    class: "button button-more",
    "aria-label": "More actions",
    "aria-haspopup": "menu",
    dataset: { focus: spec.action_id, action: spec.action_id },
  };
  return el("button", { type: "button", ...props, onclick: open }, icon("more"));
}

function feedbackButtons(spec, { fire: press }) {
  const one = (choice, sign) =>
    el(
      "button",
      {
        type: "button",
        class: "button button-quiet",
        "aria-label": choice.accessibility_label ?? choice.text.text,
        onclick: (event) => press({ text: choice.text, value: choice.value }, event.currentTarget),
      },
      sign,
      " ",
      ...textNodes(choice.text),
    );
  return el("span", { class: "feedback" }, one(spec.positive_button, "👍"), one(spec.negative_button, "👎"));
}

function iconElement(spec, { fire: press }) {
  const label = spec.accessibility_label ?? spec.text.text;
  const props = { class: "icon-button", "aria-label": label, title: label };
  return el(
    "button",
    {
      type: "button",
      ...props,
      onclick: (event) => press({ text: spec.text, value: spec.value }, event.currentTarget),
    },
    icon(spec.icon),
  );
}

const BUILDERS = {
  button,
  workflow_button: button,
  overflow,
  feedback_buttons: feedbackButtons,
  icon_button: iconElement,
  ...choiceElements,
  ...fieldElements,
};
