"""The quick way to the texts alone, for counting, sampling and writing them by the million."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Protocol

from bot.domain.prompt import Splits, expand, split_places
from bot.domain.prompt_bind import Bound, Field, bind
from bot.domain.prompt_syntax import Template


class Columnar(Protocol):
    """Rows that are kept by column and can be worked on by column, as catalogs that were read are."""

    def __iter__(self) -> Iterator[Sequence[str]]: ...

    def filled(self, places: Sequence[int]) -> Columnar:
        """Only the rows whose cells at these places hold text."""
        ...

    def exploded(self, separators: Mapping[int, str]) -> Columnar:
        """One row for each combination of the values in these columns, the first column varying slowest."""
        ...

    def pieces(self, wanted: Sequence[tuple[str, int]]) -> Iterator[list[Iterator[str]]]:
        """Block by block, what to join for each row: literals and cells in turn, as (literal before, place of
        the cell)."""
        ...


def texts(
    template: Template | str, rows: Columnar, columns: Sequence[str], splits: Splits | None = None
) -> Iterator[str]:
    """The texts that `expand` gives, in the same order and several times as fast. Raises BadTemplate at once."""
    bound = bind(template, columns)
    if not bound.plain:
        return (prompt.text for prompt in expand(template, rows, columns, splits))
    places = split_places(bound, splits or {})
    split = [place for place in bound.required if place in places]
    # A list of separators alone is filled, and its values are not.
    return _joined(bound, rows.filled(bound.required).exploded(places).filled(split))


def _joined(bound: Bound, rows: Columnar) -> Iterator[str]:
    wanted: list[tuple[str, int]] = []
    literal = ""
    for part in bound.parts:
        if isinstance(part, Field):
            wanted.append((literal, part.column))
            literal = ""
        elif isinstance(part, str):
            literal = part
    tail = [repeat(literal)] if literal else []
    blocks = (map("".join, zip(*pieces, *tail, strict=False)) for pieces in rows.pieces(wanted))
    return chain.from_iterable(blocks)
