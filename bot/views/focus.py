"""Focus mode: one window that goes on from text to text."""

from __future__ import annotations

from typing import Any

from bot.domain.review import CompletionCard
from bot.views import blocks as b
from bot.views.completion import notice_block
from bot.views.editing import NEXT, PART, PARTS, whole
from bot.views.ids import Action, Callback
from bot.views.marks import marked_quote, marks_block
from bot.views.review import facts_block, origin_line, progress_line, votes_line
from bot.views.rewritten import was_blocks


def focus_view(card: CompletionCard, *, mine: int = 0) -> dict[str, Any]:
    """The next text with its facts; submitting approves it and shows the one after. `mine`: texts for this person."""
    this = f"{card.id}:{card.version}:{NEXT}"
    far = [b.context(progress_line(card.progress, mine=mine))] if card.progress else []
    votes = [b.context(votes_line(card))] if card.votes_in else []
    body = [
        *far,
        b.header(card.product),
        b.context(origin_line(card)),
        *facts_block(card),
        *notice_block(card.notice),
        *was_blocks(card),
        *([marked_quote(card.text, card.marks)] if len(card.text) <= PART else whole(card.text)[:PARTS]),
        *marks_block(card.marks),
        *votes,
        b.actions(
            b.button("Edit", Action.REVIEW_EDIT, this),
            b.button("Reject", Action.REVIEW_REJECT, this, style="danger"),
            b.button("Skip", f"{Action.REVIEW_NEXT}:skip", this),
        ),
    ]
    return b.modal("Approve this text?", Callback.REVIEW_FULL, body, submit="Approve, next", metadata=this)
