"""From template and rows to prompts. What stands in a cell is data: it goes in once, at its place, and is never looked
at again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from operator import itemgetter
from typing import NamedTuple

from bot.domain.catalog import Profile
from bot.domain.catalog_lists import split_values
from bot.domain.prompt_bind import Bound, Field, Finder, Group, bind
from bot.domain.prompt_starters import Starter, starter
from bot.domain.prompt_syntax import Template

LIST_JOIN = ", "  # between the values of `[column: first 3]`

OnMissing = Callable[[int, tuple[str, ...]], None]
Splits = Mapping[str, str]


class Prompt(NamedTuple):
    """One prompt: its text, the row it comes from (from 0), and the value of each used column, in the order of
    `used_columns`."""

    text: str
    row: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """What templates give on a catalog. `missing` counts, by column, the rows left out because that cell was
    empty; `each` is what every template gives by itself."""

    prompts: int
    rows: int
    rows_missing: int
    missing: Mapping[str, int]
    each: tuple[int, ...] = ()


def used_columns(template: Template | str, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns a template uses, in order of first use. Raises BadTemplate."""
    bound = bind(template, columns)
    return tuple(bound.columns[place] for place in bound.used)


def expand(
    template: Template | str,
    rows: Iterable[Sequence[str]],
    columns: Sequence[str],
    splits: Splits | None = None,
    *,
    on_missing: OnMissing | None = None,
) -> Iterator[Prompt]:
    """Every prompt, lazily, in catalog order: one for each combination of the values of split columns (`column ->
    separator`).

    A row with an empty required column gives no prompt; `on_missing(row, columns)` hears of it. Raises BadTemplate at
    once."""
    bound = bind(template, columns)
    return _expanded(bound, rows, split_places(bound, splits or {}), on_missing)


def split_places(bound: Bound, splits: Splits) -> dict[int, str]:
    """The places of the split columns that the template uses, with their separators. Raises BadTemplate.

    A column that only stands as `[column: first 3]` is not split: its values stay together."""
    finder = Finder(bound.columns)
    places = {}
    for name, separator in splits.items():
        place = finder.place(name)
        if place is None:
            raise finder.unknown(name)
        if place in bound.single:
            places[place] = separator
    return {place: places[place] for place in bound.used if place in places}


def _expanded(
    bound: Bound, rows: Iterable[Sequence[str]], splits: Mapping[int, str], on_missing: OnMissing | None
) -> Iterator[Prompt]:
    render = _renderer(bound, splits)
    if not splits and len(bound.used) > 1:
        yield from _one_each(bound, rows, render, on_missing)
        return
    for number, row in enumerate(rows):
        empty = _empty(bound, splits, row)
        if empty:
            if on_missing is not None:
                on_missing(number, tuple(bound.columns[place] for place in empty))
            continue
        for values in product(*[_choices(row[place], splits.get(place)) for place in bound.used]):
            yield Prompt(render(values), number, values)


def _one_each(
    bound: Bound,
    rows: Iterable[Sequence[str]],
    render: Callable[[tuple[str, ...]], str],
    on_missing: OnMissing | None,
) -> Iterator[Prompt]:
    """The short way where no column is split: one prompt a row."""
    pick = itemgetter(*bound.used)
    required = bound.required
    for number, row in enumerate(rows):
        for place in required:
            if not row[place].strip():
                if on_missing is not None:
                    on_missing(number, tuple(bound.columns[place] for place in _empty(bound, {}, row)))
                break
        else:
            values = pick(row)
            yield Prompt(render(values), number, values)


def _empty(bound: Bound, splits: Mapping[int, str], row: Sequence[str]) -> list[int]:
    """The required columns that hold nothing in this row; a list of separators alone holds nothing either."""
    return [
        place
        for place in bound.required
        if not row[place].strip() or (place in splits and not split_values(row[place], splits[place]))
    ]


def _choices(cell: str, separator: str | None) -> Sequence[str]:
    if separator is None:
        return (cell,)
    return split_values(cell, separator) or ("",)


def _renderer(bound: Bound, splits: Mapping[int, str]) -> Callable[[tuple[str, ...]], str]:
    """A function from the values of the used columns to the prompt's text."""
    place_of = {column: place for place, column in enumerate(bound.used)}
    if bound.plain:
        return _plain_renderer(bound, place_of)
    separators = {column: splits.get(column, ",") for column in bound.used}
    return lambda values: "".join([_rendered(part, values, place_of, separators) for part in bound.parts])


def _plain_renderer(bound: Bound, place_of: Mapping[int, int]) -> Callable[[tuple[str, ...]], str]:
    """Text and cells in turn: one `%` for each prompt, with the template's own per cent signs doubled.

    What comes in by `%s` is never looked at again, so per cent signs of cells mean nothing."""
    parts = [part for part in bound.parts if not isinstance(part, Group)]
    words = "".join("%s" if isinstance(part, Field) else part.replace("%", "%%") for part in parts)
    order = [place_of[part.column] for part in parts if isinstance(part, Field)]
    if order == list(range(len(place_of))):
        return words.__mod__
    return lambda values: words % tuple([values[place] for place in order])


def _rendered(
    part: str | Field | Group, values: tuple[str, ...], place_of: Mapping[int, int], separators: Mapping[int, str]
) -> str:
    """One part of a prompt. An optional part disappears if one of its columns is empty."""
    if isinstance(part, str):
        return part
    if isinstance(part, Field):
        value = values[place_of[part.column]]
        if part.first is not None:
            value = LIST_JOIN.join(split_values(value, separators[part.column])[: part.first])
        return value if value.strip() or part.fallback is None else part.fallback
    inner = [_rendered(p, values, place_of, separators) for p in part.parts]
    fields = (text for text, p in zip(inner, part.parts, strict=True) if isinstance(p, Field))
    return "".join(inner) if all(map(str.strip, fields)) else ""


def count_prompts(
    template: Template | str, rows: Iterable[Sequence[str]], columns: Sequence[str], splits: Splits | None = None
) -> Count:
    """How many prompts a template gives, without making them, and which rows it leaves out. Raises BadTemplate."""
    return count_all([template], rows, columns, splits)


def count_all(
    templates: Sequence[Template | str],
    rows: Iterable[Sequence[str]],
    columns: Sequence[str],
    splits: Splits | None = None,
) -> Count:
    """How many prompts several templates give together. A row is left out where none of them gives one.

    Raises BadTemplate."""
    bounds = [bind(template, columns) for template in templates]
    each = [(bound, split_places(bound, splits or {})) for bound in bounds]
    given = [0] * len(each)
    total = left_out = 0
    missing: dict[str, int] = {}
    for row in rows:
        total += 1
        numbers = [_prompts_in(bound, places, row) for bound, places in each]
        given = [before + number for before, number in zip(given, numbers, strict=True)]
        if not any(numbers):
            left_out += 1
            empty = dict.fromkeys(place for bound, places in each for place in _empty(bound, places, row))
            for place in empty:
                missing[columns[place]] = missing.get(columns[place], 0) + 1
    return Count(sum(given), total, left_out, missing, tuple(given))


def _prompts_in(bound: Bound, splits: Mapping[int, str], row: Sequence[str]) -> int:
    if _empty(bound, splits, row):
        return 0
    return prod(len(_choices(row[place], separator)) for place, separator in splits.items())


def suggest_template(profile: Profile) -> str:
    """A first template from the recognised columns: name, type and details as far as there are any."""
    return starter(Starter.DESCRIPTION, profile, profile.roles)
