"""The rules of the house against a text: words that must not be said, sentences that must, glossary and length."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.project import Style
from bot.domain.words import SPACED, UNSPACED, Folded, fold, places, sentence_place


class Rule(StrEnum):
    FORBIDDEN = "forbidden"
    MISSING_SENTENCE = "missing_sentence"
    GLOSSARY = "glossary"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"


@dataclass(frozen=True, slots=True)
class Hit:
    """A broken rule. `words` as the text (or, for a missing sentence, the rule) has them; `start` and `end` are 0
    where it is about the whole text."""

    code: str
    words: str
    message: str
    start: int = 0
    end: int = 0


Place = tuple[int, int]
_spaced = re.compile(SPACED)
_unspaced = re.compile(f"[{UNSPACED}]")


def hits(text: str, style: Style) -> tuple[Hit, ...]:
    """Every broken rule of the house: in the order of the text, then those about the whole of it."""
    folded = fold(text)
    sentences = required_sentences(style)
    stands = {sentence: sentence_place(folded, sentence) for sentence in sentences}
    allowed = [place for place in stands.values() if place is not None]
    inside = [*_forbidden(text, folded, style, allowed), *_glossary(text, folded, style, allowed)]
    missing = [_missing(sentence) for sentence, place in stands.items() if place is None]
    return (*sorted(inside, key=lambda hit: hit.start), *missing, *_length(text, style))


def required_sentences(style: Style) -> tuple[str, ...]:
    """One a line."""
    return tuple(line.strip() for line in style.always_say.splitlines() if line.strip())


def word_count(text: str) -> int | None:
    """Words as a person counts them; None in a script that does not put blanks between words."""
    if len(_unspaced.findall(text)) > len(_spaced.findall(text)):
        return None
    return sum(any(letter.isalnum() for letter in word) for word in text.split())


def _forbidden(text: str, folded: Folded, style: Style, allowed: Iterable[Place]) -> list[Hit]:
    return [
        Hit(Rule.FORBIDDEN, text[start:end], f"“{text[start:end]}” must not be said", start, end)
        for start, end in _longest(place for phrase in style.never_say for place in places(folded, phrase))
        if not _within((start, end), allowed)
    ]


def _glossary(text: str, folded: Folded, style: Style, allowed: Iterable[Place]) -> list[Hit]:
    """A term is no hit where it is part of the house's own word for it: `tee` in `tee shirt`."""
    found: list[Hit] = []
    for term, ours in style.glossary:
        fine = [*allowed, *places(folded, ours)]
        found += [
            Hit(Rule.GLOSSARY, text[start:end], f"write “{ours}”, not “{text[start:end]}”", start, end)
            for start, end in places(folded, term)
            if not _within((start, end), fine)
        ]
    return found


def _missing(sentence: str) -> Hit:
    return Hit(Rule.MISSING_SENTENCE, sentence, f"“{sentence}” is missing")


def _length(text: str, style: Style) -> list[Hit]:
    count = word_count(text)
    if count is None:
        return []
    words = f"{count} word{'' if count == 1 else 's'}"
    if style.max_words and count > style.max_words:
        return [Hit(Rule.TOO_LONG, words, f"{words}, at most {style.max_words} wanted")]
    if style.min_words and count < style.min_words:
        return [Hit(Rule.TOO_SHORT, words, f"{words}, at least {style.min_words} wanted")]
    return []


def _within(place: Place, wider: Iterable[Place]) -> bool:
    return any(start <= place[0] and place[1] <= end for start, end in wider)


def _longest(found: Iterable[Place]) -> list[Place]:
    """Each place once: of two that overlap, the longer (`no side effects`, not `side effects` in it)."""
    kept: list[Place] = []
    for place in sorted(found, key=lambda p: (p[0] - p[1], p[0])):
        if not any(place[0] < end and start < place[1] for start, end in kept):
            kept.append(place)
    return sorted(kept)
