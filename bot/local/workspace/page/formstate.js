/*
 * What a person typed and chose on one surface (a message, a modal, the Home tab), in the shape of Slack's
 * state.values.
 */

export class FormState {
  /** `known` is a state.values to begin with, as after a reload. */
  constructor(known = {}) {
    this.values = new Map(
      Object.entries(known).map(([blockId, actions]) => [blockId, new Map(Object.entries(actions))]),
    ); // block_id -> Map(action_id -> state value)
  }

  get(blockId, actionId) {
    return this.values.get(blockId)?.get(actionId);
  }

  set(blockId, actionId, value) {
    if (!this.values.has(blockId)) this.values.set(blockId, new Map());
    this.values.get(blockId).set(actionId, value);
  }

  /** The kept value of an element; the first time, its initial one. Unchanged ids keep what was typed. */
  start(blockId, element, initial) {
    const kept = this.get(blockId, element.action_id);
    if (kept && kept.type === element.type) return kept;
    this.set(blockId, element.action_id, initial);
    return initial;
  }

  /** Forget elements that are no longer shown. `blocks` is what the surface shows now. */
  prune(blocks) {
    const shown = new Map(
      blocks.map((block) => [block.block_id, new Set(elementsOf(block).map((one) => one.action_id))]),
    );
    for (const [blockId, actions] of this.values) {
      for (const actionId of [...actions.keys()]) if (!shown.get(blockId)?.has(actionId)) actions.delete(actionId);
      if (!actions.size) this.values.delete(blockId);
    }
  }

  json() {
    return {
      values: Object.fromEntries([...this.values].map(([blockId, actions]) => [blockId, Object.fromEntries(actions)])),
    };
  }
}

/** All interactive elements of a block, wherever Block Kit puts them. */
export function elementsOf(block) {
  const own = [
    block.element,
    block.accessory,
    ...(block.type === "rich_text" ? [] : (block.elements ?? [])),
    ...(block.actions ?? []),
  ];
  const inner = (block.child_blocks ?? []).flatMap(elementsOf);
  return [...own.filter((one) => one?.action_id), ...inner];
}
