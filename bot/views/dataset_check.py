"""The card before a freeze, and its windows: what was found, kind by kind, with Fix, Drop and Keep."""

from __future__ import annotations

from typing import Any

from bot.domain.dataset_check import CheckCard, Found, Kind, KindPage, PairVerdict
from bot.domain.message import Block, Message
from bot.views import blocks as b
from bot.views.ids import Action, Callback

MOST_KINDS = 12
TEXT_SHOWN = 600
OTHER_SHOWN = 300
SAID = {PairVerdict.KEEP: "Kept as it is", PairVerdict.DROP: "Left out", PairVerdict.FIX: "Mended"}
# A person edits what no rule can mend; whether a text is like another one is no matter of words.
NO_EDIT = frozenset({"duplicate", "origin", "repeated_answer", "inconsistent_system"})


def check_card(card: CheckCard) -> Message:
    """What was found, by kind, and the two ways on: look at it, or freeze as it is."""
    if card.frozen is not None:
        text = f"The texts were checked and are frozen as version {card.frozen}. {_answers(card)}".strip()
        return Message(text=text, blocks=[b.section(f":white_check_mark: {text}")])
    if card.checking:
        text = "Checking the texts before they are frozen …"
        return Message(text=text, blocks=[b.section(f":mag: {text}")])
    if card.problem:
        return Message(text=b.esc(card.problem), blocks=[b.section(f":warning: {b.esc(card.problem)}"), _actions(card)])
    body = [b.header("Before the texts are frozen"), b.section(_headline(card)), *_kinds(card)]
    return Message(text=_spoken(card), blocks=[*body, b.context(*_facts(card)), _actions(card)])


def _headline(card: CheckCard) -> str:
    if card.blocked:
        what = " and ".join(kind.words for kind in card.kinds if kind.blocks)
        return f":no_entry: *{what}: no provider trains on that.* Mend or drop them, then freeze."
    if card.open:
        return f"{card.pairs:,} approved texts were looked at. Nothing stops you; this is what a second look may mend:"
    return f"{card.pairs:,} approved texts were looked at, and everything that was found is answered."


def _kinds(card: CheckCard) -> list[Block]:
    return [_kind(card, kind) for kind in card.kinds[:MOST_KINDS]]


def _kind(card: CheckCard, kind: Kind) -> Block:
    mark = ":no_entry: " if kind.blocks else ""
    rest = "" if kind.open == kind.total else f"\n{_left(kind)}"
    look = b.button(
        "Look at them …" if kind.total > 1 else "Look at it …", Action.CHECK_OPEN, f"{card.project_id}:{kind.code}"
    )
    return b.section(f"{mark}{b.esc(kind.words)}{rest}", accessory=look)


def _left(kind: Kind) -> str:
    return f"_{kind.open:,} without an answer_" if kind.open else "_all answered_"


def _facts(card: CheckCard) -> list[str]:
    longest = f"the longest {card.longest:,}"
    if card.longest_product:
        longest += f" ({b.esc(b.cut(card.longest_product, 60))})"
    origins = ", ".join(f"{count:,} {words}" for words, count in card.origins)
    facts = [f"About {card.tokens:,} tokens (pieces of words, as providers count), {longest}. Estimated."]
    facts += [f"Where the texts come from: {origins}."] if origins else []
    return facts + ([_answers(card)] if _answers(card) else [])


def _answers(card: CheckCard) -> str:
    parts = [f"{card.kept:,} kept as they are"] if card.kept else []
    parts += [f"{card.dropped:,} left out"] if card.dropped else []
    parts += [f"{card.fixed:,} mended"] if card.fixed else []
    return f"Answered so far: {', '.join(parts)}." if parts else ""


def _spoken(card: CheckCard) -> str:
    found = "; ".join(kind.words for kind in card.kinds if kind.open) or "everything is answered"
    stop = " Some cannot train: mend or drop them first." if card.blocked else ""
    return b.cut(b.esc(f"Before {card.pairs:,} texts are frozen: {found}.{stop}"), b.MESSAGE_TEXT)


def _actions(card: CheckCard) -> Block:
    project = str(card.project_id)
    if card.problem or card.blocked:
        return b.actions(b.button("Check again", Action.DATASET_FREEZE, project, style="primary"))
    label = "Freeze" if not card.open else "Freeze as it is"
    return b.actions(
        b.button(label, Action.DATASET_FREEZE_ON, project, style="primary"),
        b.button("Check again", Action.DATASET_FREEZE, project),
    )


# the window of one kind


def kind_modal(page: KindPage) -> dict[str, Any]:
    """Some texts with what was found in them; each answer is kept with who gave it."""
    head: list[Block] = [b.section(f"*{b.esc(page.kind.words or 'Nothing is left here')}*")]
    head += _for_all(page)
    body = [block for found in page.found for block in _found(found, page)]
    return b.modal("Before the freeze", Callback.CHECK, [*head, *body, *_turn(page)], metadata=_place(page))


def _place(page: KindPage) -> str:
    return f"{page.project_id}:{page.kind.code}:{page.page}"


def _for_all(page: KindPage) -> list[Block]:
    """One answer for all that wait, where there are several."""
    if page.kind.open < 2:
        return []
    count = f"{page.kind.open:,}"
    buttons = [_all(page, "Fix", PairVerdict.FIX)] if page.kind.can_fix else []
    buttons += [_all(page, "Drop", PairVerdict.DROP), _all(page, "Keep", PairVerdict.KEEP)]
    return [b.actions(*buttons), b.context(f"{count} texts wait for an answer.")]


def _all(page: KindPage, word: str, choice: PairVerdict) -> Block:
    sure = b.confirm(f"{word} {page.kind.open:,} texts?", "You can take each answer back.", word)
    return b.button(f"{word} all {page.kind.open:,}", f"{Action.CHECK_ALL}:{choice}", _place(page), confirm=sure)


def _found(found: Found, page: KindPage) -> list[Block]:
    card = f"  <{found.link}|Its card>" if found.link else ""
    blocks: list[Block] = [
        b.divider(),
        b.section(f"*{b.esc(b.cut(found.product, 100))}*{card}\n{b.esc(b.cut(found.message, 500))}"),
    ]
    blocks.append(b.quote(b.cut(found.text, TEXT_SHOWN)))
    if found.other_text:
        blocks += [
            b.context(f"The other: {b.esc(b.cut(found.other_product, 100))}"),
            b.quote(b.cut(found.other_text, OTHER_SHOWN)),
        ]
    if found.choice is not None:
        undo = b.button("Take it back", Action.CHECK_UNDO, str(found.id))
        return [*blocks, b.section(f":white_check_mark: {SAID[found.choice]} by <@{found.by}>", accessory=undo)]
    return [*blocks, b.actions(*_answer_buttons(found, page))]


def _answer_buttons(found: Found, page: KindPage) -> list[Block]:
    buttons = [b.button("Fix", Action.CHECK_FIX, str(found.id), style="primary")] if found.can_fix else []
    if not found.can_fix and page.text_allowed and found.code not in NO_EDIT:
        buttons = [b.button("Fix …", Action.CHECK_EDIT, str(found.id))]
    drop = b.button("Drop", Action.CHECK_DROP, str(found.id))
    return [*buttons, drop, b.button("Keep", Action.CHECK_KEEP, str(found.id))]


def _turn(page: KindPage) -> list[Block]:
    if page.pages < 2:
        return []
    place = f"{page.project_id}:{page.kind.code}"
    turn = [b.button("Earlier", f"{Action.CHECK_KIND}:back", f"{place}:{page.page - 1}")] if page.page else []
    if page.page + 1 < page.pages:
        turn.append(b.button("More", f"{Action.CHECK_KIND}:on", f"{place}:{page.page + 1}"))
    return [b.divider(), b.actions(*turn), b.context(f"Page {page.page + 1} of {page.pages}")]


def edit_modal(found: Found, page: int) -> dict[str, Any]:
    """The text in a box. What is typed goes into the training set; the approved text stays on its card."""
    box = b.text_input("text", value=found.text, multiline=True)
    hint = "This is what the model will be taught. The card keeps the text that was approved."
    blocks = [b.section(f"*{b.esc(b.cut(found.product, 100))}*\n{b.esc(b.cut(found.message, 500))}"),
              b.asked("The text", box, block_id="text", hint=hint)]  # fmt: skip
    return b.modal("Fix a text", Callback.CHECK_EDIT, blocks, submit="Use this", metadata=f"{found.id}:{page}")
