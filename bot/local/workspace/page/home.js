/* The app's Home tab. */

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { el } from "./dom.js";
import { slackFileSource } from "./files.js";
import { FormState } from "./formstate.js";
import { avatar } from "./people.js";
import { state } from "./state.js";

const body = el("div", { class: "home-body" });
export const homePane = el("section", { class: "home", "aria-label": "Home", hidden: true }, body);
let memory = { id: null, values: new FormState() };

/** Draw the view the app published for this person, in place. */
export function drawHome() {
  const { home: view } = state;
  if (!view) {
    memory = { id: null, values: new FormState() };
    body.replaceChildren(nothingYet());
    return;
  }
  if (memory.id !== view.id) {
    memory = { id: view.id, values: new FormState() };
    body.replaceChildren();
  }
  memory.values.prune(view.blocks);
  renderBlocks(body, view.blocks, surface(view, memory.values));
}

const nothingYet = () =>
  el(
    "div",
    { class: "empty" },
    avatar(state.app.bot_user, "large"),
    el("h2", {}, `${state.app.name} has nothing to show here yet`),
    el("p", {}, "Once there is a project, this page says what waits for you."),
  );

function surface(view, values) {
  return {
    values,
    surface: "home",
    fileSource: slackFileSource,
    act: (action) =>
      api.post("click", {
        user: state.me,
        container: { type: "view", view_id: view.id },
        action,
        state: values.json(),
      }),
    upload: async (files) => (await api.upload(files, { user: state.me })).files,
  };
}
