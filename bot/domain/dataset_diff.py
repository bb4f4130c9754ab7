"""What is new in a frozen version against the one before: by prompt, because a version has one text for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.dataset import Line


@dataclass(frozen=True, slots=True)
class DatasetDiff:
    """`changed`: (as it was, as it is). `moved`: pairs that are as they were, but stand on the other side."""

    added: tuple[Line, ...] = ()
    changed: tuple[tuple[Line, Line], ...] = ()
    removed: tuple[Line, ...] = ()
    moved: int = 0

    @property
    def words(self) -> str:
        """`+18 pairs, 3 edited again, 1 removed`."""
        parts = [f"+{len(self.added):,} {_pairs(len(self.added))}"] if self.added else []
        parts += [f"{len(self.changed):,} edited again"] if self.changed else []
        parts += [f"{len(self.removed):,} removed"] if self.removed else []
        parts += [f"{self.moved:,} on the other side"] if self.moved else []
        return ", ".join(parts) or "the same pairs"


def dataset_diff(old: Iterable[Line], new: Iterable[Line]) -> DatasetDiff:
    """From one version to the next."""
    before = {line.prompt: line for line in old}
    after = {line.prompt: line for line in new}
    both = [(before[key], after[key]) for key in after if key in before]
    changed = tuple((one, two) for one, two in both if one.text != two.text)
    moved = sum(one.text == two.text and one.split is not two.split for one, two in both)
    return DatasetDiff(
        added=tuple(line for key, line in after.items() if key not in before),
        changed=changed,
        removed=tuple(line for key, line in before.items() if key not in after),
        moved=moved,
    )


def _pairs(count: int) -> str:
    return "pair" if count == 1 else "pairs"
