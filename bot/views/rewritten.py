"""What a card says of the text that it was written again for."""

from __future__ import annotations

from bot.domain.message import Block
from bot.domain.review import CompletionCard
from bot.views import blocks as b
from bot.views.ids import Action

# The earlier text is for comparing; the new one needs the room.
WAS_TEXT = 800
HINT = 200


def was_blocks(card: CompletionCard) -> list[Block]:
    """The earlier text with the way back, above the new one; nothing on a first text."""
    if not card.was:
        return []
    hint = f" · hint: “{b.esc(b.cut(card.hint, HINT))}”" if card.hint else ""
    keep = b.button("Keep the old one", Action.REVIEW_KEEP_OLD, f"{card.id}:{card.version}")
    return [b.section(f"*Was*{hint}", accessory=keep), b.quote(b.cut(card.was, WAS_TEXT)), b.section("*Is now*")]
