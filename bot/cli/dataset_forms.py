"""The pairs of a frozen version in one more form, written as `dataset convert` would write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.cli.dataset_convert import blocks_of
from bot.domain.dataset import Line, Split
from bot.preflight.convert import ROW, TABLES, Target, converted
from bot.preflight.foreign import Unfit, from_row

SIDES = {Split.TRAIN: "train", Split.VALIDATION: "check"}


def in_form(number: int, lines: Sequence[Line], target: Target) -> dict[str, bytes]:
    """A file for each side that has lines of this form; preferences are the lines that a person edited."""
    files = {}
    for split, side in SIDES.items():
        rows = [row for line in lines if line.split == split for row in _row(line, target)]
        if rows:
            suffix = target.value if target in TABLES else f"{target.value}.jsonl"
            files[f"dataset-v{number}-{side}.{suffix}"] = b"".join(blocks_of(target, rows))
    return files


def _row(line: Line, target: Target) -> Iterator[dict[str, object]]:
    rejected = line.original if line.original != line.text else ""
    example = from_row(dict(zip(ROW, (line.prompt, line.text, line.system, rejected), strict=True)))
    try:
        yield converted(example, target)
    except Unfit:
        return
