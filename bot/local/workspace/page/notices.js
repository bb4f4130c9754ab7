/*
 * Bars above the channel: what is being set up and how far it is. Finished ones fade away. The sample catalog's
 * card lives here too.
 */

import * as api from "./api.js";
import { shareFiles } from "./actions.js";
import { el, icon, iconButton, reconcile } from "./dom.js";
import { announce, botIsIn, state } from "./state.js";
import { report } from "./toasts.js";

const DONE_STAYS_MS = 5000;
const SAMPLE_KEY = "workspace.sample-used";

const PATIENCE_MS = 1500; // a connection lost for a moment is not worth a word

const gone = new Set();
const leaving = new Set();

export const noticeBars = el("div", { class: "notices", role: "status", "aria-live": "polite" });
export const sampleShelf = el("div", { class: "sample-shelf" });

export function drawNotices() {
  const bars = [...state.notices.values()].filter((one) => one.text && !one.sample && !gone.has(one.id));
  reconcile(noticeBars, bars, {
    entry: (one) => ({ key: one.id, signature: JSON.stringify(one) }),
    build: buildNotice,
    patch: patchNotice,
  });
  bars.filter((one) => one.done).forEach(leave);
  drawSample();
}

let lost = null;

/** Say that the connection is gone, once that has lasted a moment; take it back when it is there again. */
export function watchConnection() {
  if (state.connection === "open") {
    clearTimeout(lost);
    lost = null;
    state.notices.delete(LOST.id);
    drawNotices();
  } else if (state.connection === "lost")
    lost ??= setTimeout(() => {
      state.notices.set(LOST.id, LOST);
      drawNotices();
    }, PATIENCE_MS);
}

const LOST = {
  id: "connection",
  text: "The workspace does not answer. Trying again…",
  percent: null,
  done: false,
  level: "warn",
};

function buildNotice(notice) {
  const words = el("span", { class: "notice-text" });
  const bar = el("progress", { max: "100", "aria-label": "Progress" });
  const face = el("span", { class: "notice-face" });
  const node = el(
    "div",
    { class: "notice" },
    face,
    words,
    el("span", { class: "notice-percent" }),
    bar,
    iconButton("close", "Hide", () => {
      gone.add(notice.id);
      drawNotices();
    }),
  );
  patchNotice(node, notice);
  return node;
}

function patchNotice(node, notice) {
  const known = typeof notice.percent === "number";
  const level = notice.done && notice.level !== "error" ? "success" : (notice.level ?? "info");
  node.className = `notice notice-${level}${notice.done ? " notice-done" : ""}`;
  node
    .querySelector(".notice-face")
    .replaceChildren(
      notice.done || level !== "info" ? icon(level === "warn" ? "warning" : level) : el("span", { class: "spinner" }),
    );
  node.querySelector(".notice-text").textContent = notice.text;
  node.querySelector(".notice-percent").textContent = known && !notice.done ? `${Math.round(notice.percent)} %` : "";
  const bar = node.querySelector("progress");
  bar.hidden = notice.done || level === "error";
  if (known) bar.value = notice.percent;
  else bar.removeAttribute("value");
  return true;
}

/* A bar that is done may come back to life under the same id; only then it stays. */
function leave(notice) {
  if (leaving.has(notice.id) || notice.level === "error") return;
  leaving.add(notice.id);
  setTimeout(() => {
    leaving.delete(notice.id);
    if (!state.notices.get(notice.id)?.done) return;
    state.notices.delete(notice.id);
    drawNotices();
  }, DONE_STAYS_MS);
}

/* ---- the sample catalog ---- */

const sampleNotice = () => [...state.notices.values()].find((one) => one.sample?.url);
const wasUsed = (notice) => sessionStorage.getItem(SAMPLE_KEY) === `${notice.id}/${notice.sample.name}`;

export const sampleOnOffer = () => {
  const notice = sampleNotice();
  return notice && !wasUsed(notice) && botIsIn(state.place.channel) && state.place.tab !== "home" ? notice : null;
};

function drawSample() {
  const notice = sampleOnOffer();
  const key = notice ? notice.id + notice.sample.name : "";
  if (sampleShelf.dataset.shown === key) return;
  sampleShelf.dataset.shown = key;
  sampleShelf.replaceChildren(...(notice ? [sampleCard(notice)] : []));
}

function sampleCard(notice) {
  const use = el(
    "button",
    { type: "button", class: "button button-primary", onclick: () => useSample(notice, use) },
    "Use the sample catalog",
  );
  return el(
    "div",
    { class: "sample-card" },
    el("span", { class: "file-face file-sheet" }, icon("sheet")),
    el(
      "span",
      { class: "sample-words" },
      el("strong", {}, notice.text || "No catalog at hand?"),
      el("small", {}, notice.sample.name),
    ),
    use,
    iconButton("close", "No thanks", () => putAway(notice)),
  );
}

async function useSample(notice, button) {
  button.setAttribute("aria-busy", "true");
  try {
    const file = await api.fetchAsFile(notice.sample.url, notice.sample.name);
    if (await shareFiles([file], { channel: state.place.channel })) putAway(notice);
  } catch (error) {
    report(error);
  } finally {
    button.setAttribute("aria-busy", "false");
  }
}

function putAway(notice) {
  sessionStorage.setItem(SAMPLE_KEY, `${notice.id}/${notice.sample.name}`);
  announce("notices");
}
