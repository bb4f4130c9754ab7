"""What an edit changed, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

from bot.domain.words import SPACED, UNSPACED

# Of unchanged words between two changes so many characters are shown at each end.
CONTEXT = 120
_token = re.compile(rf"[{UNSPACED}]|{SPACED}+|\s+|.", re.S)


class Change(StrEnum):
    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stayed, went or came."""

    change: Change
    words: str


def word_diff(old: str, new: str) -> tuple[Run, ...]:
    """From one text to another: `SAME` and `GONE` runs together are the old text, `SAME` and `NEW` the new one."""
    before, after = _token.findall(old), _token.findall(new)
    runs: list[Run] = []
    for step in Indel.opcodes(before, after):
        gone = "".join(before[step.src_start : step.src_end])
        if step.tag == "equal":
            runs.append(Run(Change.SAME, gone))
        else:
            came = "".join(after[step.dest_start : step.dest_end])
            runs += [Run(Change.GONE, gone), Run(Change.NEW, came)]
    return tuple(_joined(_bridged(runs)))


def _bridged(runs: Iterable[Run]) -> Iterator[Run]:
    """A blank between two changed words belongs to the change: phrases change, not each word of them."""
    for run in runs:
        if run.change == Change.SAME and not run.words.strip():
            yield from (Run(Change.GONE, run.words), Run(Change.NEW, run.words))
        else:
            yield run


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """What went before what came, each in one piece, between stretches that stayed."""
    gone = new = ""
    for run in runs:
        if run.change == Change.GONE:
            gone += run.words
        elif run.change == Change.NEW:
            new += run.words
        else:
            yield from _changed(gone, new)
            gone = new = ""
            yield run
    yield from _changed(gone, new)


def _changed(gone: str, new: str) -> Iterator[Run]:
    if gone == new:
        if gone:
            yield Run(Change.SAME, gone)
        return
    if gone:
        yield Run(Change.GONE, gone)
    if new:
        yield Run(Change.NEW, new)


def shortened(runs: Iterable[Run], context: int = CONTEXT) -> tuple[Run, ...]:
    """The same with long unchanged stretches cut in their middle."""
    return tuple(_short(run, context) if run.change == Change.SAME else run for run in runs)


def _short(run: Run, context: int) -> Run:
    if len(run.words) <= 2 * context + 3:
        return run
    return Run(run.change, f"{run.words[:context]} … {run.words[-context:]}")
