"""Which texts teach and which are kept aside: whole products, nothing alike on both sides, and for good."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.domain.dataset_check import LEAST_LETTERS
from bot.domain.near import near_groups
from bot.domain.tuning import MIN_PAIRS

# What is kept aside to check the model with: a seventh, between the usual tenth and fifth.
VALIDATION_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Item:
    """What the split looks at in a pair."""

    product: str
    text: str
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """On which side products stood in earlier versions."""

    held: frozenset[str] = frozenset()
    taught: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Group:
    """Pairs that must stay together."""

    name: str
    places: list[int] = field(default_factory=list)
    products: set[str] = field(default_factory=set)
    strata: Counter[str] = field(default_factory=Counter)

    @property
    def size(self) -> int:
        return len(self.places)

    @property
    def stratum(self) -> str:
        """What most of its pairs are; the first in the alphabet where several are as many."""
        return min(self.strata, key=lambda name: (-self.strata[name], name))


def product_key(product: str) -> str:
    """A product is the same one in the next version of its catalog."""
    return " ".join(product.casefold().split())


def held_out_places(items: Sequence[Item], seed: int, before: Before | None = None) -> frozenset[int]:
    """The places of the pairs kept aside: about a seventh, each stratum giving its share.

    Products and texts that are nearly the same stay together. What was kept aside before stays aside; what was taught
    is taken only where there is nothing else. At least the provider's minimum is left to teach with, unless more than
    that was kept aside before."""
    before = before or Before()
    groups = _groups(items)
    fixed = [group for group in groups if group.products & before.held]
    aside = {place for group in fixed for place in group.places}
    spare = len(items) - len(aside) - MIN_PAIRS
    wanted = max(1, round(len(items) * VALIDATION_SHARE)) - len(aside)
    free = [group for group in groups if not group.products & before.held]
    new = [group for group in free if not group.products & before.taught]
    candidates = new or ([] if aside else free)
    if spare < 1 or wanted < 1 or len(groups) < 2:
        return frozenset(aside)
    return frozenset(aside | _drawn(candidates, min(wanted, spare), spare, seed))


def _drawn(groups: Sequence[_Group], room: int, spare: int, seed: int) -> set[int]:
    """Fill the room by lot, stratum by stratum, then with whatever still fits; the smallest group where none does."""
    shuffled = sorted(groups, key=lambda group: lot(group.name, seed))
    quota = _quotas(_sizes(groups), room)
    taken: list[_Group] = []
    for group in shuffled:
        if group.size <= quota[group.stratum]:
            quota[group.stratum] -= group.size
            taken.append(group)
    left = room - sum(group.size for group in taken)
    chosen = {group.name for group in taken}
    for group in shuffled:
        if group.name not in chosen and group.size <= left:
            left -= group.size
            taken.append(group)
    if not taken and shuffled:
        smallest = min(shuffled, key=lambda group: group.size)
        taken = [smallest] if smallest.size <= spare else []
    return {place for group in taken for place in group.places}


def _sizes(groups: Iterable[_Group]) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for group in groups:
        sizes[group.stratum] += group.size
    return sizes


def _quotas(sizes: Counter[str], room: int) -> dict[str, int]:
    """The room shared out by size, the largest remainders first."""
    total = sizes.total() or 1
    exact = {name: room * size / total for name, size in sizes.items()}
    quota = {name: int(share) for name, share in exact.items()}
    rest = room - sum(quota.values())
    for name in sorted(exact, key=lambda name: (quota[name] - exact[name], name))[:rest]:
        quota[name] += 1
    return quota


def _groups(items: Sequence[Item]) -> list[_Group]:
    """Pairs of one product, and pairs whose texts resemble each other, in the order of their first pair."""
    leader = list(range(len(items)))
    first: dict[str, int] = {}
    for place, item in enumerate(items):
        _join(leader, place, first.setdefault(product_key(item.product), place))
    for place, other in enumerate(_alike(items)):
        _join(leader, place, other)
    found: dict[int, _Group] = defaultdict(lambda: _Group(""))
    for place, item in enumerate(items):
        group = found[_root(leader, place)]
        key = product_key(item.product)
        group.name = min(group.name or key, key)
        group.places.append(place)
        group.products.add(key)
        group.strata[item.stratum] += 1
    return list(found.values())


def _alike(items: Sequence[Item]) -> list[int]:
    """For each pair the first one whose text it resembles; short texts resemble nothing."""
    return near_groups([item.text if len(item.text) >= LEAST_LETTERS else "" for item in items])


def _join(leader: list[int], one: int, other: int) -> None:
    first, second = sorted((_root(leader, one), _root(leader, other)))
    leader[second] = first


def _root(leader: list[int], place: int) -> int:
    while leader[place] != place:
        leader[place] = leader[leader[place]]
        place = leader[place]
    return place


def lot(product: str, seed: int) -> str:
    """A place in an order that is random, but always the same."""
    return hashlib.sha256(f"{seed}:{product_key(product)}".encode("utf-8", "surrogatepass")).hexdigest()
