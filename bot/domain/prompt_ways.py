"""Ways from too few prompts to enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.cards_prompt import Way
from bot.domain.catalog import Profile
from bot.domain.prompt import Count, count_all
from bot.domain.prompt_bind import template_name

SECOND = {1: "a second template", 2: "a third template"}
ANOTHER = "another template"


@dataclass(frozen=True, slots=True)
class Idea:
    """What the templates and splits would be."""

    words: str
    texts: tuple[str, ...]
    splits: Mapping[str, str]
    steps: int = 1

    def count(self, cells: Sequence[Sequence[str]], columns: Sequence[str]) -> Count:
        return count_all(self.texts, cells, columns, self.splits)


def ideas(
    texts: Sequence[str], another: str, splits: Mapping[str, str], used: Iterable[str], profile: Profile
) -> list[Idea]:
    """A template more, each used list split that is not, and what the two give together."""
    more = (*texts, another)
    second = Idea(SECOND.get(len(texts), ANOTHER), more, dict(splits))
    lists = profile.splits()
    unsplit = [name for name in used if name in lists and name not in splits]
    split = [Idea(f"splitting [{template_name(n)}]", tuple(texts), {**splits, n: lists[n]}) for n in unsplit]
    both = [Idea(f"{second.words} and {one.words}", more, one.splits, steps=2) for one in split]
    return [second, *split, *both]


def ways_from(counted: Sequence[tuple[Idea, int]], *, now: int, wanted: int) -> tuple[Way, ...]:
    """The ideas that give more than there is now; two together only where none alone is enough."""
    helps = [(idea, number) for idea, number in counted if number > now]
    enough = any(number >= wanted for idea, number in helps if idea.steps == 1)
    return tuple(Way(idea.words, number) for idea, number in helps if idea.steps == 1 or not enough)
