"""All prompts looked through once: what stands out, and the groups that a sample is taken from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from bot.domain.cards_prompt import Double, DrawnPrompt, PromptCount, Survey
from bot.domain.catalog import Column, Profile
from bot.domain.prompt import Count

SHOWN_DOUBLES = 3
SHOWN_PRODUCTS = 3
# A column with more values than this gives a sample no shape.
MOST_GROUPS = 100
EMPTY_GROUP = "(empty)"


class Surveyor:
    """Takes prompts in and remembers only what it has to say. `optional` are columns that may be empty."""

    def __init__(self, optional: Collection[str]) -> None:
        self.optional = frozenset(optional)
        self.shortest = self.longest = ""
        self.gaps: Counter[str] = Counter()
        self.with_gap = 0
        self.gap_example = ""
        self.first_product: dict[str, DrawnPrompt] = {}
        self.same: dict[str, list[str]] = {}
        self.doubles = 0

    def look(self, prompts: Iterable[DrawnPrompt]) -> None:
        for prompt in prompts:
            self._measure(prompt.text)
            self._look_for_gaps(prompt)
            self._look_for_doubles(prompt)

    def _measure(self, text: str) -> None:
        if not self.shortest or len(text) < len(self.shortest):
            self.shortest = text
        if len(text) > len(self.longest):
            self.longest = text

    def _look_for_gaps(self, prompt: DrawnPrompt) -> None:
        empty = [name for name, value in prompt.values.items() if name in self.optional and not value.strip()]
        if empty:
            self.gaps.update(empty)
            self.with_gap += 1
            self.gap_example = self.gap_example or prompt.text

    def _look_for_doubles(self, prompt: DrawnPrompt) -> None:
        first = self.first_product.setdefault(prompt.text, prompt)
        if first.product_id != prompt.product_id:
            self.doubles += 1
            if len(self.same) < SHOWN_DOUBLES or prompt.text in self.same:
                named = self.same.setdefault(prompt.text, [first.product])
                if len(named) < SHOWN_PRODUCTS:
                    named.append(prompt.product)

    def found(self) -> Survey:
        return Survey(
            shortest=self.shortest,
            longest=self.longest,
            with_gap=self.with_gap,
            gaps=tuple(self.gaps.most_common()),
            gap_example=self.gap_example,
            doubles=self.doubles,
            double=tuple(Double(text, tuple(products)) for text, products in self.same.items()),
        )


def sampling_columns(profile: Profile, rows: int, *, first: str | None) -> list[tuple[int, Column]]:
    """The columns that put products into a few groups, with their places; `first` leads."""
    most = min(MOST_GROUPS, max(2, rows // 2))
    found = [(place, column) for place, column in enumerate(profile.columns) if 2 <= column.distinct <= most]
    return sorted(found, key=lambda one: (one[1].name != first, one[1].distinct))


def group_of(cell: str) -> str:
    """The group that a product belongs to by a cell."""
    return " ".join(cell.split()) or EMPTY_GROUP


def scaled(counts: Sequence[Count], total: int) -> PromptCount:
    """What was counted, for a catalog of `total` products of which only some may have been looked at."""
    rows = sum(count.rows for count in counts)
    scale = total / rows if rows else 1.0
    missing: Counter[str] = Counter()
    for count in counts:
        missing.update(count.missing)
    return PromptCount(
        prompts=round(sum(count.prompts for count in counts) * scale),
        products=total,
        left_out=round(sum(count.rows_missing for count in counts) * scale),
        missing=tuple((name, round(number * scale)) for name, number in missing.items()),
        exact=rows == total,
        each=tuple(round(sum(each) * scale) for each in zip(*(count.each for count in counts), strict=True)),
    )
