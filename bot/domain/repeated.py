"""Hints and reasons that people give again and again: then the house style should say it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, utils

from bot.domain.project import Style

# So often the same, and the house style is asked about.
OFTEN = 3
# Of 100: `mention the handle` and `please mention handle` are the same wish, `shorter` and `longer` are not.
ALIKE = 85
# Shorter ones must be the same to the letter: a few letters resemble too much.
SHORT = 8
_filler = re.compile(r"\b(?:please|pls|a bit|a little|the|an?|this|it|must|should|make|be|is|more)\b")
_banned = re.compile(
    r"""\b(?:do\s*n[o'\u2019]?t|never|stop|avoid|no\ more)\s+(?:say|use|write|saying|using|writing)\s+
        (?:the\ words?\s+)?["\u201c'\u2018]?(?P<words>[^"\u201d'\u2019.,;!]{2,40})""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A hint or reason somebody gave; `ref` tells where it is kept."""

    ref: str
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same wish, so many times; `ref` is that of the first."""

    ref: str
    words: str
    times: int
    people: tuple[str, ...]


def is_alike(one: str, other: str) -> bool:
    """Whether two hints wish for the same."""
    a, b = _bare(one), _bare(other)
    if not a or not b or min(len(a), len(b)) < SHORT:
        return bool(a) and a == b
    return fuzz.token_sort_ratio(a, b) >= ALIKE


def _bare(words: str) -> str:
    processed = utils.default_process(words)
    return " ".join(_filler.sub(" ", processed).split()) or processed


def repeated(words: str, said: Sequence[Said]) -> Repeated | None:
    """What `words` repeat, if it was said often enough. `said` is oldest first and holds `words` too."""
    same = [one for one in said if is_alike(one.words, words)]
    if len(same) < OFTEN:
        return None
    people = tuple(dict.fromkeys(one.who for one in same if one.who))
    return Repeated(same[0].ref, same[-1].words, len(same), people)


def free_words(reason: str, offered: Sequence[str]) -> str:
    """What somebody wrote themselves, without the reasons they ticked."""
    return "; ".join(part for part in reason.split("; ") if part not in offered)


def with_hint(style: Style, hint: str) -> Style:
    """The house style as it would be with this hint: a word not to say, or a sentence more on the tone."""
    banned = _banned.search(hint)
    if banned:
        words = banned["words"].strip()
        return style if words in style.never_say else replace(style, never_say=(*style.never_say, words))
    wish = hint.strip().rstrip(".")
    if wish.lower() in style.tone.lower():
        return style
    return replace(style, tone=f"{style.tone.rstrip('.')}. {wish}" if style.tone else wish)
