"""The marks of a text on cards and in modals: one compact block of words, and the places in the text in bold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from bot.domain.marks import Mark, MarkKind
from bot.domain.message import Block
from bot.views import blocks as b

# So many words of one kind are named; the rest is counted.
NAMED = 5
WORDS = 60
SENTENCE = 160


def marks_block(marks: Sequence[Mark]) -> list[Block]:
    """One context block, or none: a line for each kind of mark."""
    lines = _lines(marks, bold=True)
    return [b.context("\n".join(lines))] if lines else []


def spoken_marks(marks: Sequence[Mark]) -> str:
    """The same for a screen reader, escaped, ending in a blank where there is anything."""
    said = (line.partition(" ")[2].rstrip(".") for line in _lines(marks, bold=False))
    return "".join(f"{line}. " for line in said)


def _lines(marks: Sequence[Mark], *, bold: bool) -> list[str]:
    invented = _named(marks, MarkKind.UNSUPPORTED, bold=bold)
    units = _named(marks, MarkKind.OTHER_UNIT, bold=bold)
    rules = _sentences(mark.message for mark in marks if mark.kind == MarkKind.HOUSE_RULE)
    cut = [mark.message for mark in marks if mark.kind == MarkKind.CUT]
    return [
        *(f":scissors: Cut off: {message}" for message in cut),
        *([f":no_entry: House rule: {rules}"] if rules else []),
        *([f":mag: Check: {invented} in no cell of this product."] if invented else []),
        *([f":mag: Check: {units} in its cells with another unit."] if units else []),
    ]


def _named(marks: Sequence[Mark], kind: MarkKind, *, bold: bool) -> str:
    """`*500 ml* and *oak* stand`, or nothing."""
    words = list(dict.fromkeys(" ".join(mark.words.split()) for mark in marks if mark.kind == kind))
    if not words:
        return ""
    more = len(words) - NAMED if len(words) > NAMED + 1 else 0
    shown = [b.esc(b.cut(word, WORDS)) for word in (words[:NAMED] if more else words)]
    shown = [f"*{word.replace('*', '')}*" for word in shown] if bold else shown
    return f"{_listed([*shown, *([f'{more} more'] if more else [])])} {'stands' if len(words) == 1 else 'stand'}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _sentences(messages: Iterable[str]) -> str:
    said = list(dict.fromkeys(messages))
    shown = [b.esc(b.cut(message, SENTENCE)) for message in said[:NAMED]]
    more = len(said) - NAMED
    return " · ".join([*shown, *([f"{more} more"] if more > 0 else [])])


def marked_quote(text: str, marks: Iterable[Mark]) -> Block:
    """A text exactly as it is, set apart, with the places of its marks in bold."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_quote", "elements": _pieces(text, 0, len(text), marks)}],
    }


def marked_parts(text: str, marks: Sequence[Mark], *, size: int, most: int) -> list[Block]:
    """A text of any length in blocks of at most `size` characters."""
    starts = list(range(0, len(text), size))[:most] or [0]
    return [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_quote", "elements": _pieces(text, at, min(at + size, len(text)), marks)}],
        }
        for at in starts
    ]


def _pieces(text: str, start: int, end: int, marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """Runs of plain and bold text between two places."""
    bold = [False] * (end - start)
    for mark in marks:
        for at in range(max(mark.start, start), min(mark.end, end)):
            bold[at - start] = True
    edges = [start, *(at for at in range(start + 1, end) if bold[at - start] != bold[at - start - 1]), end]
    runs = [(text[a:z], bold[a - start]) for a, z in pairwise(edges) if z > a]
    made = [{"type": "text", "text": words} | ({"style": {"bold": True}} if is_bold else {}) for words, is_bold in runs]
    return made or [{"type": "text", "text": " "}]
