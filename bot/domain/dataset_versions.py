"""What *Look closer* shows of a frozen version."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.dataset import DatasetCard, Line, Split
from bot.domain.dataset_diff import DatasetDiff


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with the ways back: its card in Slack and its row in the catalog, both "" where there is none.

    `number` counts from 1 in its file."""

    number: int
    line: Line
    link: str = ""
    row: str = ""
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class Stratum:
    """One value of the column that was split by."""

    name: str
    train: int
    validation: int


@dataclass(frozen=True, slots=True)
class Closer:
    """A version with some of its lines. `columns` and `by`: what can be split by, and what is; `versions`: all
    numbers with their ids, the newest first."""

    card: DatasetCard
    lines: tuple[ShownLine, ...]
    page: int
    pages: int
    strata: tuple[Stratum, ...] = ()
    diff: DatasetDiff | None = None
    columns: tuple[str, ...] = ()
    chosen: str = ""
    is_owner: bool = False
    verified: bool = True


def strata(lines: tuple[Line, ...]) -> tuple[Stratum, ...]:
    """How many of each kind stand on which side, the most first; nothing where nothing was split by."""
    counted: dict[str, list[int]] = {}
    for line in lines:
        mine = counted.setdefault(line.stratum, [0, 0])
        mine[line.split is Split.VALIDATION] += 1
    if list(counted) in ([], [""]):
        return ()
    rows = [Stratum(name, train, check) for name, (train, check) in counted.items()]
    return tuple(sorted(rows, key=lambda one: (-(one.train + one.validation), one.name)))
