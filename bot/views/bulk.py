"""Approving the rest: the window that says what nobody has read, and the line that is left in the thread."""

from __future__ import annotations

from typing import Any

from bot.domain.bulk import MOST_AT_ONCE, BulkCard, Rest
from bot.domain.message import Block, Message
from bot.views import blocks as b
from bot.views.ids import Action, Callback

LISTED_TEXT = 300
# The field that takes texts in whose words no cell supports, and its only box.
DOUBTFUL = "doubtful"


def rest_view(rest: Rest) -> dict[str, Any]:
    """What would happen, in figures, with a few of the texts that nobody has looked at."""
    body: list[Block] = [b.section(_figures(rest))]
    if rest.held_back:
        body.append(b.section(f":no_entry: *{_texts(rest.held_back)}* must be looked at one by one: each breaks a rule "
                              "of the house or ends too early."))  # fmt: skip
    if rest.doubtful:
        body.append(b.section(f":grey_question: *{_texts(rest.doubtful)}* with words that no cell of the product "
                              "supports: left out, so that somebody looks at them."))  # fmt: skip
    if rest.left:
        body.append(
            b.context(f"{_texts(rest.left)} more come after these; this goes by at most {MOST_AT_ONCE} at once.")
        )
    body += _listed(rest)
    if not rest.count and not rest.doubtful:
        return b.modal("Approve the rest", Callback.REVIEW_REST, body)
    if rest.unseen:
        body.append(_sure(rest))
    if rest.doubtful:
        body.append(_with_doubtful(rest))
    this = f"{rest.batch_id}:{rest.last_id}"
    return b.modal("Approve the rest?", Callback.REVIEW_REST, body, submit=_yes(rest), metadata=this)


def _yes(rest: Rest) -> str:
    return f"Approve {rest.count}" if rest.count and not rest.doubtful else "Approve"


def _figures(rest: Rest) -> str:
    if not rest.count and rest.doubtful:
        return "Every open text that could be approved unread says something that no cell of its product says."
    if not rest.count:
        return "None of the open texts can be approved unread."
    says = f"You would approve *{_texts(rest.count)}* at once."
    if rest.unseen:
        says += f" *{rest.unseen}* of them *nobody has looked at*."
    votes = "\nIt counts as your vote; each text still needs the others'." if rest.votes > 1 else ""
    return f"{says} They are marked so in the training set, and you can take it back as one.{votes}"


def _listed(rest: Rest) -> list[Block]:
    if not rest.listed:
        return []
    blocks = [b.divider(), b.context(f"{len(rest.listed)} of the texts that nobody has looked at:")]
    for one in rest.listed:
        blocks += [b.section(f"*{b.esc(one.product)}*"), b.quote(b.cut(one.text, LISTED_TEXT))]
    return blocks


def _sure(rest: Rest) -> Block:
    box = b.option(f"Yes, {rest.unseen} of them unread", "yes")
    ticked = {"type": "checkboxes", "action_id": "sure", "options": [box]}
    return b.asked("Approve texts that nobody has read?", ticked, block_id="sure")


def _with_doubtful(rest: Rest) -> Block:
    unread = f", {rest.doubtful_unseen} of them unread" if rest.doubtful_unseen else ""
    box = b.option(f"Yes, {_texts(rest.doubtful)} more{unread}", DOUBTFUL)
    ticked = {"type": "checkboxes", "action_id": DOUBTFUL, "options": [box]}
    return b.asked("Approve what no cell supports, too?", ticked, block_id=DOUBTFUL, optional=bool(rest.count))


def bulk_card(card: BulkCard) -> Message:
    """One line in the thread, with the way back."""
    if card.undone is not None:
        text = f"<@{card.who}> took back the approval of {_texts(card.undone)} at once. They are open again."
        return Message(text=text, blocks=[b.section(f":leftwards_arrow_with_hook: {text}")])
    text = f"<@{card.who}> approved {_texts(card.count)} at once, {card.unseen} of which nobody had looked at."
    sure = b.confirm("Take it back?", "All texts of this approval are open again.", "Take it back")
    undo = b.button("Undo all of it", Action.REVIEW_REST_UNDO, str(card.id), confirm=sure)
    return Message(text=text, blocks=[b.section(f":white_check_mark: {text}"), b.actions(undo)])


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count:,} texts"
