/*
 * Slack's mrkdwn and plain text to DOM nodes. The text is never trusted: it becomes text nodes and a closed set
 * of elements.
 */

import { timeNode } from "./dates.js";
import { el } from "./dom.js";
import { emojiChar } from "./emoji.js";
import { channel, state, user } from "./state.js";

const EMOJI = /^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/i;
const BARE_URL = /\bhttps?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}*_~]/g;
const STYLES = { "*": "strong", _: "em", "~": "s" };
const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);

export const unescapeText = (text) =>
  text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
export const escapeText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A link that cannot run code: unknown schemes are shown as plain text. */
export function safeLink(url, ...label) {
  let scheme;
  try {
    scheme = new URL(url, location.href).protocol;
  } catch {
    scheme = "";
  }
  if (!SAFE_SCHEMES.has(scheme)) return el("span", {}, ...label);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer", class: "link" }, ...label);
}

export function mentionOfUser(id, label) {
  const own = id === state.me;
  return el(
    "span",
    { class: `mention${own ? " mention-own" : ""}`, "data-user": id },
    `@${label || user(id).real_name || user(id).name}`,
  );
}

export function mentionOfChannel(id, label) {
  return el(
    "button",
    { type: "button", class: "mention mention-channel", "data-channel": id },
    `#${label || channel(id)?.name || id}`,
  );
}

export function emojiNode(name) {
  const sign = emojiChar(name);
  return sign
    ? el("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, sign)
    : document.createTextNode(`:${name}:`);
}

/** A composition text object ({type: "plain_text"|"mrkdwn", text, emoji?}) as nodes. */
export function textNodes(text) {
  if (!text) return [];
  if (typeof text === "string") return plainNodes(text);
  return text.type === "mrkdwn" ? mrkdwnNodes(text.text) : plainNodes(text.text, text.emoji !== false);
}

/** Plain text: exact characters, with emoji names turned into emoji unless forbidden. */
export function plainNodes(text, withEmoji = true) {
  if (!withEmoji) return [document.createTextNode(text)];
  const out = new Writer();
  for (let at = 0; at < text.length;) at += emojiAt(text, at, out) || out.letter(text[at]);
  return out.done();
}

class Writer {
  constructor({ links = false, entities = false } = {}) {
    this.nodes = [];
    this.pending = "";
    this.links = links;
    this.entities = entities;
  }

  letter(character) {
    this.pending += character;
    return 1;
  }

  node(node) {
    this.flush();
    this.nodes.push(node);
  }

  flush() {
    const text = this.entities ? unescapeText(this.pending) : this.pending;
    if (text) this.nodes.push(...withBars(text, this.links ? linked : (part) => [document.createTextNode(part)]));
    this.pending = "";
  }

  done() {
    this.flush();
    return this.nodes;
  }
}

/* Bars that apps draw with block characters look different in every font: draw them. */
const BAR = /[█▓■▰⣿]{0,60}[░▒□▱⣀]{0,60}/gu;
const SHORTEST_BAR = 5;

function withBars(text, rest) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(BAR)) {
    if (found[0].length < SHORTEST_BAR) continue;
    if (found.index > from) nodes.push(...rest(text.slice(from, found.index)));
    nodes.push(barNode(found[0]));
    from = found.index + found[0].length;
  }
  return from < text.length ? [...nodes, ...rest(text.slice(from))] : nodes;
}

function barNode(drawn) {
  const share = Math.round((100 * drawn.replace(/[░▒□▱⣀]/gu, "").length) / drawn.length);
  return el(
    "span",
    { class: "bar", role: "img", "aria-label": `${share} percent`, "data-text": drawn },
    el("i", { style: { "--share": `${share}%` } }),
  );
}

function linked(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(BARE_URL)) {
    if (found.index > from) nodes.push(document.createTextNode(text.slice(from, found.index)));
    nodes.push(safeLink(found[0], found[0]));
    from = found.index + found[0].length;
  }
  if (from < text.length) nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

function emojiAt(text, at, out) {
  if (text[at] !== ":") return 0;
  const found = EMOJI.exec(text.slice(at, at + 80));
  if (!found || !emojiChar(found[1])) return 0;
  out.node(emojiNode(found[1]));
  return found[0].length;
}

/** Slack mrkdwn as nodes: code blocks, quotes, hanging list items and inline styles. */
export function mrkdwnNodes(text) {
  return text.split(/```/).flatMap((part, place, parts) => {
    const closed = place < parts.length - 1 || place % 2 === 0;
    if (place % 2 && closed) return [el("pre", { class: "code-block" }, el("code", {}, ...plainCode(part)))];
    const before = place > 0 ? part.replace(/^\n/, "") : part;
    return lineNodes(closed ? before : `\`\`\`${before}`);
  });
}

const plainCode = (part) => [
  unescapeText(
    part.replace(/^\n|\n$/g, "").replace(/<(?:https?:|mailto:)[^|>]*\|([^>]*)>|<((?:https?:|mailto:)[^>]*)>/g, "$1$2"),
  ),
];

function lineNodes(text) {
  const nodes = [];
  let quote = null;
  const lines = text.split("\n");
  lines.forEach((line, place) => {
    const quoted = /^(?:&gt;|>)\s?/.exec(line);
    if (quoted) {
      if (quote) quote.append(el("br"));
      else nodes.push((quote = el("blockquote", { class: "quote" })));
      quote.append(...inlineNodes(line.slice(quoted[0].length)));
      return;
    }
    const afterBlock = quote !== null || nodes.at(-1)?.classList?.contains("hanging");
    quote = null;
    if (place > 0 && !afterBlock) nodes.push(el("br"));
    nodes.push(...oneLine(line));
  });
  return nodes;
}

function oneLine(line) {
  const item = /^(\s*)(•|◦|▪|-|\d{1,3}[.)])\s+(?=\S)/.exec(line);
  if (!item) return inlineNodes(line);
  const depth = Math.min(item[1].length, 8);
  const marker = item[2] === "-" ? "–" : item[2];
  return [
    el(
      "span",
      { class: "hanging", style: { "--depth": `${depth * 0.5}em` } },
      el("span", { class: "hanging-marker" }, marker),
      el("span", {}, ...inlineNodes(line.slice(item[0].length))),
    ),
  ];
}

function inlineNodes(text) {
  const out = new Writer({ links: true, entities: true });
  for (let at = 0; at < text.length;) {
    at +=
      tokenAt(text, at, out) ||
      codeAt(text, at, out) ||
      styleAt(text, at, out) ||
      emojiAt(text, at, out) ||
      out.letter(text[at]);
  }
  return out.done();
}

function tokenAt(text, at, out) {
  if (text[at] !== "<") return 0;
  const end = text.indexOf(">", at);
  if (end < 0) return 0;
  const [target, ...rest] = text.slice(at + 1, end).split("|");
  const node = tokenNode(target, rest.join("|"));
  if (!node) return 0;
  out.node(node);
  return end - at + 1;
}

function tokenNode(target, label) {
  const shown = unescapeText(label);
  if (/^@[UWB]/.test(target)) return mentionOfUser(target.slice(1), shown);
  if (/^#[CGD]/.test(target)) return mentionOfChannel(target.slice(1), shown);
  if (target.startsWith("!")) return specialNode(target.slice(1), shown);
  if (/^(https?:|mailto:|tel:|\/)/i.test(target))
    return safeLink(
      unescapeText(target),
      ...(label ? plainNodes(shown) : [unescapeText(target).replace(/^mailto:/, "")]),
    );
  return null;
}

function specialNode(command, label) {
  const [name, ...parts] = command.split("^");
  if (name === "date") return dateNode(Number(parts[0]), parts[1] ?? "", label, parts[2]);
  if (name === "subteam") return el("span", { class: "mention" }, label || "@group");
  return el("span", { class: "mention mention-own" }, `@${name}`);
}

export function dateNode(seconds, form, fallback, link) {
  const time = timeNode(seconds, form, fallback);
  return link ? safeLink(link, time) : time;
}

/**
 * *bold*, _italic_ and ~struck~ need a word edge outside and no space inside, and end on the same line.
 */
function styleAt(text, at, out) {
  const tag = STYLES[text[at]];
  if (
    !tag ||
    isWord(text[at - 1]) ||
    !/\S/.test(text[at + 1] ?? " ") ||
    text[at + 1] === text[at] ||
    text[at - 1] === text[at]
  )
    return 0;
  const end = closing(text, at);
  if (end < 0) return 0;
  out.node(el(tag, {}, ...inlineNodes(text.slice(at + 1, end))));
  return end - at + 1;
}

const isWord = (character) => character !== undefined && /[\p{L}\p{N}]/u.test(character);

function closing(text, at) {
  const mark = text[at];
  for (let end = at + 2; end < text.length; end += 1) {
    if (text[end] === "<") end = Math.max(end, text.indexOf(">", end));
    if (text[end] === mark && /\S/.test(text[end - 1]) && !isWord(text[end + 1])) return end;
  }
  return -1;
}

function codeAt(text, at, out) {
  if (text[at] !== "`") return 0;
  const end = text.indexOf("`", at + 1);
  if (end <= at + 1) return 0;
  const inside = text.slice(at + 1, end);
  out.node(
    new RegExp(`^(?:${BAR.source})$`, "u").test(inside) && inside.length >= SHORTEST_BAR
      ? barNode(inside)
      : el("code", { class: "code" }, ...plainCode(inside)),
  );
  return end - at + 1;
}
