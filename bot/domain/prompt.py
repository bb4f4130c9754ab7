"""From template and rows to prompts. What stands in a cell is data: it goes in once, at its place, and is never looked
at again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from bot.domain.catalog import Profile
from bot.domain.catalog_lists import split_values
from bot.domain.prompt_bind import Bound, Field, Finder, Group, bind, template_name
from bot.domain.prompt_syntax import Template

GUIDE_PROMPTS = 200  # the number of prompts that guides to fine-tuning ask for
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
    """What a template gives on a catalog. `missing` counts, by column, the rows left out because that cell was
    empty."""

    prompts: int
    rows: int
    rows_missing: int
    missing: Mapping[str, int]


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
    for number, row in enumerate(rows):
        empty = [place for place in bound.required if not row[place].strip()]
        if empty:
            if on_missing is not None:
                on_missing(number, tuple(bound.columns[place] for place in empty))
            continue
        for values in product(*[_choices(row[place], splits.get(place)) for place in bound.used]):
            yield Prompt(render(values), number, values)


def _choices(cell: str, separator: str | None) -> Sequence[str]:
    if separator is None:
        return (cell,)
    return split_values(cell, separator) or ("",)


def _renderer(bound: Bound, splits: Mapping[int, str]) -> Callable[[tuple[str, ...]], str]:
    """A function from the values of the used columns to the prompt's text."""
    place_of = {column: place for place, column in enumerate(bound.used)}
    plain = [(place_of[p.column] if isinstance(p, Field) else p) for p in bound.parts if not isinstance(p, Group)]
    if bound.plain:
        return lambda values: "".join([values[p] if isinstance(p, int) else p for p in plain])
    separators = {column: splits.get(column, ",") for column in bound.used}
    return lambda values: "".join([_rendered(part, values, place_of, separators) for part in bound.parts])


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
    bound = bind(template, columns)
    places = split_places(bound, splits or {})
    prompts = total = left_out = 0
    missing: dict[str, int] = {}
    for row in rows:
        total += 1
        empty = [bound.columns[place] for place in bound.required if not row[place].strip()]
        left_out += bool(empty)
        for name in empty:
            missing[name] = missing.get(name, 0) + 1
        if not empty:
            number = 1
            for place, separator in places.items():
                number *= len(_choices(row[place], separator))
            prompts += number
    return Count(prompts, total, left_out, missing)


def suggest_template(profile: Profile) -> str:
    """A first template from the recognised columns: name, type and details as far as there are any."""
    roles = profile.roles
    name = roles.product_name or (profile.columns[0].name if profile.columns else "product name")
    text = f"Write a description of [{template_name(name)}]"
    asked = [f"[{template_name(column)}]" for column in (roles.type, roles.details) if column]
    return f"{text}, mention {' and '.join(asked)}" if asked else text
