/* rich_text blocks, markdown blocks: structured or standard markdown text to DOM nodes. */

import { el } from "./dom.js";
import { dateNode, emojiNode, mentionOfChannel, mentionOfUser, plainNodes, safeLink } from "./mrkdwn.js";

const STYLE_TAGS = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code", highlight: "mark" };

export function richText(block) {
  return el("div", { class: "rich-text" }, ...groupLists(block.elements ?? []).map(richPart));
}

const richPart = (part) => (part.lists ? nestedLists(part.lists) : (PARTS[part.type]?.(part) ?? el("div")));

const PARTS = {
  rich_text_section: (part) => el("div", { class: "rich-section" }, ...inlines(part.elements)),
  rich_text_quote: (part) => el("blockquote", { class: "quote" }, ...inlines(part.elements)),
  rich_text_preformatted: (part) => el("pre", { class: "code-block" }, el("code", {}, ...inlines(part.elements))),
};

/* Slack sends every indent level as a list of its own; neighbours belong together. */
function groupLists(parts) {
  const grouped = [];
  for (const part of parts) {
    if (part.type !== "rich_text_list") grouped.push(part);
    else if (grouped.at(-1)?.lists) grouped.at(-1).lists.push(part);
    else grouped.push({ lists: [part] });
  }
  return grouped;
}

function nestedLists(lists) {
  return el(
    "div",
    { class: "rich-lists" },
    ...lists.map((list) => {
      const ordered = list.style === "ordered";
      const props = {
        class: "rich-list",
        style: { "--indent": String(list.indent ?? 0) },
        start: ordered ? (list.offset ?? 0) + 1 : null,
      };
      return el(ordered ? "ol" : "ul", props, ...list.elements.map((item) => el("li", {}, ...inlines(item.elements))));
    }),
  );
}

const inlines = (elements) => (elements ?? []).map(inline);

function inline(part) {
  const node = INLINES[part.type]?.(part) ?? document.createTextNode(part.text ?? "");
  return Object.entries(part.style ?? {}).reduce(
    (inner, [name, wanted]) => (wanted && STYLE_TAGS[name] ? styled(name, inner) : inner),
    node,
  );
}

const styled = (name, inner) => el(STYLE_TAGS[name], { class: name === "code" ? "code" : null }, inner);

const INLINES = {
  text: (part) => document.createTextNode(part.text),
  link: (part) => safeLink(part.url, part.text || part.url),
  user: (part) => mentionOfUser(part.user_id),
  channel: (part) => mentionOfChannel(part.channel_id),
  usergroup: () => el("span", { class: "mention" }, "@group"),
  broadcast: (part) => el("span", { class: "mention mention-own" }, `@${part.range}`),
  emoji: (part) => emojiNode(part.skin_tone > 1 ? `${part.name}::skin-tone-${part.skin_tone}` : part.name),
  date: (part) => dateNode(part.timestamp, part.format ?? "{date}", part.fallback ?? "", part.url),
  color: (part) =>
    el(
      "span",
      { class: "color-chip" },
      el("i", { style: { background: /^#[0-9a-f]{3,8}$/i.test(part.value) ? part.value : "none" } }),
      part.value,
    ),
};

/* ---- standard markdown, as the markdown block has it ---- */

const FENCE = /^```/;
const BULLET = /^(\s*)([-*+]|\d{1,3}[.)])\s+(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;

export function markdown(text) {
  const lines = text.split("\n");
  const out = el("div", { class: "rich-text markdown" });
  for (let at = 0; at < lines.length;) at = markdownPart(lines, at, out);
  return out;
}

function markdownPart(lines, at, out) {
  const line = lines[at];
  if (!line.trim()) return at + 1;
  if (FENCE.test(line)) return fenced(lines, at, out);
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading)
    return push(
      out,
      el(`h${Math.min(heading[1].length + 2, 6)}`, { class: `md-h${heading[1].length}` }, ...spans(heading[2])),
      at + 1,
    );
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return push(out, el("hr"), at + 1);
  if (/^>\s?/.test(line)) return quoted(lines, at, out);
  if (BULLET.test(line)) return listed(lines, at, out);
  if (line.includes("|") && TABLE_RULE.test(lines[at + 1] ?? "")) return tabled(lines, at, out);
  return paragraph(lines, at, out);
}

function push(out, node, next) {
  out.append(node);
  return next;
}

function span(lines, at, belongs) {
  let end = at;
  while (end < lines.length && belongs(lines[end])) end += 1;
  return end;
}

function fenced(lines, at, out) {
  const end = span(lines, at + 1, (line) => !FENCE.test(line));
  return push(out, el("pre", { class: "code-block" }, el("code", {}, lines.slice(at + 1, end).join("\n"))), end + 1);
}

function quoted(lines, at, out) {
  const end = span(lines, at, (line) => /^>/.test(line));
  const inner = lines.slice(at, end).map((line) => line.replace(/^>\s?/, ""));
  return push(out, el("blockquote", { class: "quote" }, ...withBreaks(inner)), end);
}

function listed(lines, at, out) {
  const end = span(lines, at, (line) => BULLET.test(line) || /^\s{2,}\S/.test(line));
  const lists = [];
  for (const line of lines.slice(at, end)) {
    const item = BULLET.exec(line);
    if (item) addItem(lists, item);
    else lists.at(-1)?.list.lastElementChild.append(" ", ...spans(line.trim()));
  }
  return push(out, el("div", { class: "rich-lists" }, ...lists.map((one) => one.list)), end);
}

function addItem(lists, [, space, marker, text]) {
  const kind = /\d/.test(marker) ? "ol" : "ul";
  const indent = Math.floor(space.length / 2);
  const last = lists.at(-1);
  const same = last?.kind === kind && last.indent === indent;
  const list = same
    ? last.list
    : el(kind, {
        class: "rich-list",
        style: { "--indent": String(indent) },
        start: kind === "ol" ? Number.parseInt(marker, 10) : null,
      });
  if (!same) lists.push({ kind, indent, list });
  list.append(el("li", {}, ...spans(text)));
}

const cells = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());

function tabled(lines, at, out) {
  const end = span(lines, at + 2, (line) => line.includes("|"));
  const head = el("tr", {}, ...cells(lines[at]).map((cell) => el("th", { scope: "col" }, ...spans(cell))));
  const body = lines
    .slice(at + 2, end)
    .map((line) => el("tr", {}, ...cells(line).map((cell) => el("td", {}, ...spans(cell)))));
  return push(
    out,
    el(
      "div",
      { class: "table-scroll" },
      el("table", { class: "table" }, el("thead", {}, head), el("tbody", {}, ...body)),
    ),
    end,
  );
}

function paragraph(lines, at, out) {
  const end = span(
    lines,
    at,
    (line) => line.trim() && !FENCE.test(line) && !/^(#{1,6}\s|>)/.test(line) && !BULLET.test(line),
  );
  return push(out, el("p", {}, ...withBreaks(lines.slice(at, Math.max(end, at + 1)))), Math.max(end, at + 1));
}

const withBreaks = (lines) => lines.flatMap((line, place) => [...(place ? [el("br")] : []), ...spans(line)]);

const SPANS = [
  [/^`([^`]+)`/, (found) => el("code", { class: "code" }, found[1])],
  [/^\*\*(\S(?:.*?\S)?)\*\*/, (found) => el("strong", {}, ...spans(found[1]))],
  [/^__(\S(?:.*?\S)?)__/, (found) => el("strong", {}, ...spans(found[1]))],
  [/^~~(\S(?:.*?\S)?)~~/, (found) => el("s", {}, ...spans(found[1]))],
  [/^\*(\S(?:[^*]*\S)?)\*/, (found) => el("em", {}, ...spans(found[1]))],
  [/^_(\S(?:[^_]*\S)?)_(?![A-Za-z0-9])/, (found) => el("em", {}, ...spans(found[1]))],
  [/^!?\[([^\]]+)\]\(([^)\s]+)\)/, (found) => safeLink(found[2], ...spans(found[1]))],
  [/^<?(https?:\/\/[^\s<>]+[^\s<>.,;:!?)])>?/, (found) => safeLink(found[1], found[1])],
  [/^\\([\\`*_{}[\]()#+.!~>-])/, (found) => document.createTextNode(found[1])],
];

function spans(text) {
  const nodes = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    const hit = spanAt(text, at);
    if (hit) {
      nodes.push(...plainNodes(plain), hit.node);
      plain = "";
    } else plain += text[at];
    at += hit ? hit.length : 1;
  }
  return plain ? [...nodes, ...plainNodes(plain)] : nodes;
}

function spanAt(text, at) {
  if (text[at] === "_" && /[A-Za-z0-9]/.test(text[at - 1] ?? "")) return null;
  for (const [form, build] of SPANS) {
    const found = form.exec(text.slice(at));
    if (found) return { node: build(found), length: found[0].length };
  }
  return null;
}
