/* Dropping files anywhere on the channel (or the thread) shares them there at once. */

import { shareFiles } from "./actions.js";
import { el, icon } from "./dom.js";
import { channel, channelName, state } from "./state.js";

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

export function dropzone(area, { inThread = false } = {}) {
  const words = el("strong", {});
  const cover = el(
    "div",
    { class: "drop-cover", hidden: true },
    el("div", {}, icon("clip"), words, el("span", {}, "The file is shared as soon as you let go.")),
  );
  let depth = 0; // dragenter and dragleave also fire for children
  const end = () => {
    depth = 0;
    cover.hidden = true;
  };

  area.append(cover);
  area.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event) || channel(state.place.channel)?.is_archived) return;
    depth += 1;
    words.textContent = `Drop it in ${inThread ? "this thread" : channelName(state.place.channel)}`;
    cover.hidden = false;
  });
  area.addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) end();
  });
  area.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    end();
    const { channel: id, thread } = state.place;
    shareFiles([...event.dataTransfer.files], { channel: id, thread_ts: inThread ? thread : null });
  });
}

/** A file dropped beside the channel must not make the browser leave the page. */
export function guardWindow() {
  for (const name of ["dragover", "drop"])
    window.addEventListener(name, (event) => carriesFiles(event) && event.preventDefault());
}
