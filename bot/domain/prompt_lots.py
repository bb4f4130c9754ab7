"""Drawing by lot, the same for the same seed: which product is next, and which of its prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random

from bot.domain.cards_prompt import DrawnPrompt
from bot.domain.prompt_mix import Mix, Turns


def shuffled(total: int, seed: int) -> Iterator[int]:
    """The numbers below `total` in a random order, made one by one: a long catalog costs only what is drawn of it."""
    lots = Random(seed)  # noqa: S311 - a draw that can be repeated, not a secret
    moved: dict[int, int] = {}
    for place in range(total):
        other = lots.randrange(place, total)
        yield moved.get(other, other)
        moved[other] = moved.get(place, place)


def stratified(strata: Mapping[str, Sequence[int]], seed: int) -> Iterator[int]:
    """Every position, one of each group in turn, the largest group first; within a group at random."""
    lots = Random(seed)  # noqa: S311 - a draw that can be repeated, not a secret
    groups = [lots.sample(list(group), len(group)) for group in sorted(strata.values(), key=len, reverse=True)]
    for turn in range(max(map(len, groups), default=0)):
        yield from (group[turn] for group in groups if turn < len(group))


def parts(order: Iterable[int], *, size: int) -> Iterator[list[int]]:
    rest = iter(order)
    while part := list(islice(rest, size)):
        yield part


class Draw:
    """Prompts drawn from product after product: of each the template whose turn it is, and one of its prompts by lot.

    What is left over is drawn when every product has given its first, a second one of each, then a third."""

    def __init__(self, mix: Mix, seed: int) -> None:
        self.turns = Turns(mix)
        self.lots = Random(seed)  # noqa: S311 - a draw that can be repeated, not a secret
        self.chosen: list[DrawnPrompt] = []
        self.others: list[list[DrawnPrompt]] = []

    def take_one(self, mine: Sequence[DrawnPrompt]) -> None:
        """Draw one prompt of a product."""
        turn = self.turns.take({prompt.template_id for prompt in mine})
        wanted = [prompt for prompt in mine if prompt.template_id == turn]
        prompt = wanted[self.lots.randrange(len(wanted))]
        self.chosen.append(prompt)
        self.others.append([other for other in mine if other is not prompt])

    def fill(self, count: int) -> None:
        """Go on with what is left of the products until there are `count` prompts, or no more."""
        left = [list(mine) for mine in self.others if mine]
        while left and len(self.chosen) < count:
            for mine in left[: count - len(self.chosen)]:
                turn = self.turns.take({prompt.template_id for prompt in mine})
                place = next(at for at, prompt in enumerate(mine) if prompt.template_id == turn)
                self.chosen.append(mine.pop(place))
            left = [mine for mine in left if mine]
