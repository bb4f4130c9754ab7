"""What a reviewer should look at in a text before saying yes: unsupported words, broken house rules, a cut end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.claims import ClaimKind, unsupported
from bot.domain.house_rules import hits
from bot.domain.project import Style

# What the provider says of a text that ended because it was long enough, not because it was done.
CUT_SHORT = "length"


class MarkKind(StrEnum):
    UNSUPPORTED = "unsupported"  # stands in no cell
    OTHER_UNIT = "other_unit"  # the number stands there with another unit
    HOUSE_RULE = "house_rule"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Mark:
    """`words` as they stand at `start` to `end` of the text; both are 0 where the whole text is meant.

    `message` is a sentence for house rules and the cut end; the rest is said in one line for all words."""

    kind: MarkKind
    words: str
    message: str = ""
    start: int = 0
    end: int = 0

    @property
    def blocks_bulk(self) -> bool:
        """Whether the text may not be approved unseen, together with others."""
        return self.kind in (MarkKind.HOUSE_RULE, MarkKind.CUT)


def marks_of(text: str, *, sources: Iterable[str], style: Style, finish_reason: str = "") -> tuple[Mark, ...]:
    """All marks of one text. `finish_reason` is the model's, empty where a person wrote or changed the text.

    The house's own words are no invention: what it always says and its glossary vouch like cells do."""
    rules = rule_marks(text, style, finish_reason)
    invented = _unsupported(text, (*sources, *_own_words(style)))
    told = {at for rule in rules for at in range(rule.start, rule.end)}
    return (*rules, *(mark for mark in invented if told.isdisjoint(range(mark.start, mark.end))))


def rule_marks(text: str, style: Style, finish_reason: str = "") -> tuple[Mark, ...]:
    """House rules and the cut end alone: what keeps a text out of bulk approval."""
    cut = [Mark(MarkKind.CUT, "", "It stops at the length limit, so its end is missing.")]
    rules = [Mark(MarkKind.HOUSE_RULE, hit.words, hit.message, hit.start, hit.end) for hit in hits(text, style)]
    return (*(cut if finish_reason == CUT_SHORT else ()), *rules)


def says_more(text: str, sources: Iterable[str], style: Style) -> bool:
    """Whether a text has words that neither the sources nor the house vouch for."""
    return any(not mark.blocks_bulk for mark in marks_of(text, sources=sources, style=style))


def _unsupported(text: str, sources: Iterable[str]) -> list[Mark]:
    kinds = {ClaimKind.UNIT: MarkKind.OTHER_UNIT}
    return [
        Mark(kinds.get(ClaimKind(claim.kind), MarkKind.UNSUPPORTED), claim.words, "", claim.start, claim.end)
        for claim in unsupported(text, sources)
    ]


def _own_words(style: Style) -> list[str]:
    return [style.always_say, *(ours for _, ours in style.glossary)]
