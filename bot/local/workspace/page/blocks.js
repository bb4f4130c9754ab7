/*
 * Block Kit blocks to DOM. `renderBlocks` patches in place: a block that did not change keeps its node, focus
 * and scroll.
 */

import { el, icon, reconcile } from "./dom.js";
import { element } from "./elements.js";
import { elementsOf } from "./formstate.js";
import { textNodes } from "./mrkdwn.js";
import { markdown, richText } from "./richtext.js";

let labels = 0;

/**
 * Show `blocks` in `parent`. `ctx` is the surface: {values: FormState, act(action), upload(files), errors?:
 * {block_id: sentence}, fileSource(id)}.
 */
export function renderBlocks(parent, blocks, ctx) {
  const keys = keysFor(blocks, [...parent.children]);
  reconcile(
    parent,
    blocks.map((block, place) => ({ block, key: keys[place] })),
    {
      entry: ({ block, key }) => ({ key, signature: signatureOf(block, ctx.errors?.[block.block_id] ?? null) }),
      build: ({ block }) => renderBlock(block, ctx),
    },
  );
}

const acts = (block) => elementsOf(block).length > 0;
const shapeOf = (block) => [block.type, ...elementsOf(block).map((one) => one.action_id)].join(" ");

/*
 * A block without elements is the same block whatever id an update gave it; one with elements must send its
 * current id.
 */
function signatureOf(block, problem) {
  const { block_id: _id, ...rest } = block;
  return JSON.stringify(acts(block) ? [block, problem] : rest);
}

/*
 * Which node belongs to which block: by id, else (ids that were made up change with every update) the first left
 * over with the same elements.
 */
function keysFor(blocks, nodes) {
  const known = new Set(nodes.map((node) => node.reconcileKey));
  const wanted = new Set(blocks.map((block) => block.block_id));
  const orphans = nodes.filter((node) => !wanted.has(node.reconcileKey));
  return blocks.map((block, place) => {
    if (!acts(block)) return `place-${place}`;
    if (known.has(block.block_id)) return block.block_id;
    const heir = orphans.findIndex((node) => node.shape === shapeOf(block));
    return heir < 0 ? (block.block_id ?? `place-${place}`) : orphans.splice(heir, 1)[0].reconcileKey;
  });
}

function renderBlock(block, ctx) {
  const build = BLOCKS[block.type];
  const node = build
    ? build(block, ctx)
    : el("div", { class: "unsupported" }, `(a ${block.type} block can't be shown here)`);
  node.classList.add("block", `block-${block.type}`);
  node.dataset.block = block.block_id ?? "";
  node.shape = shapeOf(block);
  return node;
}

const header = (block) => el("h3", {}, ...textNodes(block.text));

function section(block, ctx) {
  const text = block.text ? el("div", { class: "section-text" }, ...textNodes(block.text)) : null;
  const fields = block.fields
    ? el("div", { class: "fields" }, ...block.fields.map((field) => el("div", { class: "field" }, ...textNodes(field))))
    : null;
  const body = el("div", { class: "section-body" }, text, fields);
  return el(
    "div",
    { class: block.accessory ? "with-accessory" : null },
    body,
    block.accessory ? accessory(block, ctx) : null,
  );
}

function accessory(block, ctx) {
  const node =
    block.accessory.type === "image"
      ? picture(block.accessory, ctx, "accessory-image")
      : element(block.accessory, block.block_id, ctx);
  return el("div", { class: "accessory" }, node);
}

function context(block, ctx) {
  return el(
    "div",
    {},
    ...block.elements.map((one) =>
      one.type === "image"
        ? picture(one, ctx, "context-image")
        : el("span", { class: "context-text" }, ...textNodes(one)),
    ),
  );
}

const actions = (block, ctx) =>
  el("div", { class: "actions" }, ...block.elements.map((one) => element(one, block.block_id, ctx)));

function image(block, ctx) {
  const title = block.title ? el("figcaption", {}, ...textNodes(block.title)) : null;
  return el("figure", {}, title, picture(block, ctx, "block-picture"));
}

function picture(spec, ctx, className) {
  const source = spec.image_url ?? (spec.slack_file ? ctx.fileSource(spec.slack_file) : "");
  const safe = /^(https?:|\/|data:image\/(png|jpeg|gif|webp);)/i.test(source) ? source : "";
  const node = el("img", { class: className, src: safe, alt: spec.alt_text ?? "", loading: "lazy", decoding: "async" });
  node.addEventListener(
    "error",
    () =>
      node.replaceWith(
        el("span", { class: "picture-missing" }, icon("image"), spec.alt_text || "Picture not available"),
      ),
    { once: true },
  );
  return node;
}

function input(block, ctx) {
  const labelId = `label-${(labels += 1)}`;
  const problem = ctx.errors?.[block.block_id];
  const label = el(
    "div",
    { class: "input-label", id: labelId },
    ...textNodes(block.label),
    block.optional ? el("span", { class: "optional" }, " (optional)") : null,
  );
  const control = element(block.element, block.block_id, ctx, { live: Boolean(block.dispatch_action), labelId });
  const hint = block.hint ? el("div", { class: "hint" }, ...textNodes(block.hint)) : null;
  const error = problem ? el("div", { class: "field-error", role: "alert" }, icon("warning"), problem) : null;
  return el(
    "div",
    { class: problem ? "has-error" : null, role: "group", "aria-labelledby": labelId },
    label,
    control,
    error,
    hint,
  );
}

/* ---- tables ---- */

function table(block) {
  const [head, ...rows] = block.rows;
  const columns = block.column_settings ?? [];
  const top = el("tr", {}, ...head.map((cell, at) => tableCell("th", cell, columns[at])));
  const body = rows.map((row) => el("tr", {}, ...row.map((cell, at) => tableCell("td", cell, columns[at]))));
  const shown = el(
    "table",
    { class: "table" },
    block.caption ? el("caption", {}, ...textNodes(block.caption)) : null,
    el("thead", {}, top),
    el("tbody", {}, ...body),
  );
  return el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" }, shown);
}

function tableCell(tag, cell, column) {
  const content = cell.type === "rich_text" ? [richText(cell)] : [String(cell.text ?? cell.value ?? "")];
  const align = column?.align ?? (cell.type === "raw_number" ? "right" : "left");
  return el(
    tag,
    { scope: tag === "th" ? "col" : null, class: `align-${align}${column?.is_wrapped ? " wrapped" : ""}` },
    ...content,
  );
}

/* ---- the newer message furniture ---- */

const LEVEL_ICONS = { info: "info", warning: "warning", error: "error", success: "success", default: "info" };

function alert(block) {
  const level = LEVEL_ICONS[block.level] ? block.level : "default";
  return el(
    "div",
    { class: `alert alert-${level}`, role: level === "error" ? "alert" : "note" },
    icon(LEVEL_ICONS[level]),
    el("div", {}, ...textNodes(block.text)),
  );
}

function card(block, ctx) {
  const icons = block.icon ? picture(block.icon, ctx, "card-icon") : null;
  const heading = el(
    "div",
    { class: "card-heading" },
    icons,
    el(
      "div",
      {},
      el("strong", {}, ...textNodes(block.title)),
      el("div", { class: "card-subtitle" }, ...textNodes(block.subtitle)),
    ),
  );
  const buttons = block.actions?.length
    ? el("div", { class: "actions" }, ...block.actions.map((one) => element(one, block.block_id, ctx)))
    : null;
  return el(
    "div",
    { class: "card" },
    block.hero_image ? picture(block.hero_image, ctx, "card-hero") : null,
    heading,
    el("div", {}, ...textNodes(block.body)),
    buttons,
  );
}

function container(block, ctx) {
  const heading = block.rich_text_title ? [richText(block.rich_text_title)] : textNodes(block.title);
  const body = el(
    "div",
    { class: "container-body" },
    ...(block.child_blocks ?? []).map((child) => renderBlock(child, ctx)),
  );
  if (!block.is_collapsible) return el("section", { class: "container" }, el("strong", {}, ...heading), body);
  return el("details", { class: "container", open: !block.default_collapsed }, el("summary", {}, ...heading), body);
}

const TASK_SIGNS = { pending: "more", in_progress: "gear", complete: "success", error: "error" };

function task(block) {
  const details = ["details", "output"].filter((part) => block[part]).map((part) => richText(block[part]));
  return el(
    "div",
    { class: `task task-${block.status}` },
    icon(TASK_SIGNS[block.status] ?? "more"),
    el("div", {}, el("strong", {}, ...textNodes(block.title)), ...details),
  );
}

const plan = (block) =>
  el("div", { class: "plan" }, el("strong", {}, ...textNodes(block.title)), ...(block.tasks ?? []).map(task));

const BLOCKS = {
  header,
  section,
  context,
  actions,
  context_actions: actions,
  image,
  input,
  table,
  alert,
  card,
  container,
  plan,
  task_card: task,
  divider: () => el("hr"),
  rich_text: (block) => richText(block),
  markdown: (block) => markdown(block.text),
  carousel: (block, ctx) => el("div", { class: "carousel" }, ...(block.elements ?? []).map((one) => card(one, ctx))),
};
