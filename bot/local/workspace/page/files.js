/* Files in messages: a picture is shown, anything else is a card with its name, kind, size and a download. */

import { fileUrl } from "./api.js";
import { el, icon } from "./dom.js";
import { state } from "./state.js";

const SHEETS = new Set(["csv", "tsv", "xlsx", "xls", "ods", "parquet", "json", "jsonl"]);
const PICTURES = /^image\/(png|jpe?g|gif|webp)$/;

const extension = (name) => (name.includes(".") ? name.split(".").pop().toLowerCase() : "");

export function readableSize(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, "KB"] : [bytes / 1_000_000, "MB"];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

export function fileNode(file) {
  if (file.mode === "tombstone" || !file.name)
    return el("div", { class: "file-card file-gone" }, icon("trash"), el("span", {}, "This file was deleted."));
  return PICTURES.test(file.mimetype ?? "") ? pictureCard(file) : fileCard(file);
}

function fileCard(file) {
  const kind = extension(file.name);
  const url = fileUrl(file, state.me);
  const face = el(
    "span",
    { class: `file-face file-${SHEETS.has(kind) ? "sheet" : "other"}` },
    icon(SHEETS.has(kind) ? "sheet" : "file"),
  );
  const about = el(
    "span",
    { class: "file-about" },
    el("strong", {}, file.title || file.name),
    el("small", {}, `${kind.toUpperCase() || "File"} · ${readableSize(file.size ?? 0)}`),
  );
  return el(
    "a",
    {
      class: "file-card",
      href: url,
      download: file.name,
      "aria-label": `Download ${file.name}, ${readableSize(file.size ?? 0)}`,
    },
    face,
    about,
    icon("download"),
  );
}

function pictureCard(file) {
  const url = fileUrl(file, state.me);
  const picture = el("img", {
    src: url,
    alt: file.alt_txt || file.title || file.name,
    loading: "lazy",
    decoding: "async",
  });
  return el(
    "figure",
    { class: "file-picture" },
    el("figcaption", {}, file.title || file.name),
    el("a", { href: url, target: "_blank", rel: "noopener", "aria-label": `Open ${file.name}` }, picture),
  );
}

/** The address of an image block's slack_file ({id} or {url}). */
export function slackFileSource(reference) {
  const id = reference.id ?? /(F0?[A-Z0-9]{6,})/.exec(reference.url ?? "")?.[1];
  return id ? fileUrl({ id, name: "image" }, state.me) : "";
}
