"""Texts that say nearly the same.

Comparing all of 20,000 texts with each other would take minutes. So texts are first matched by the rarer ones of their
words and pairs of words, and only the few best matches are compared letter by letter. Texts with a change in nearly
every word are therefore taken as different without a closer look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

Numbers = NDArray[np.integer[Any]]

THRESHOLD = 0.9
# What share of words and pairs of words goes for each share of the letters: a changed letter spoils all of them.
FEATURES_PER_LETTER = 7.0
LEAST_SHARED = 0.1  # of the features, at thresholds so low that the rule above allows anything
MOST_COMPARED = 32  # best matches a text is compared with; more finds nothing more in catalogs
CHANCE = 8  # one rarer feature of so many in common may be chance; texts with fewer in common are not compared
MOST_PER_FEATURE = 1_000  # texts remembered for one feature: what is in more texts than this tells little
MOST_RARE = 24  # features by which a text is looked for, or a quarter of all it has
LONG = 1_000  # letters; comparing takes time by the square of the length, so longer texts get fewer comparisons
SHORT, NOT_SHORT = 8, 12  # words; between the two a text is found by words and by groups of letters
# Features are told apart by numbers: enough of them that two seldom share one, as few as memory likes.
NUMBERS_PER_TEXT, MOST_BITS = 1024, 24
WORD = re.compile(r"\w+")
# Scripts that put no blanks between words: each pair of signs counts as a word.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def near_duplicates(texts: Sequence[str], *, threshold: float = THRESHOLD) -> list[tuple[int, int, float]]:
    """Each text that resembles an earlier one: (its index, the index of the earlier one it resembles most, ratio 0..1).

    Texts that differ only in case and blanks have ratio 1. Empty texts resemble nothing. In the order of the texts.
    """
    best: dict[int, tuple[int, float]] = {}
    for later, earlier, ratio in resemblances(texts, threshold=threshold):
        if later not in best or ratio > best[later][1]:
            best[later] = (earlier, ratio)
    return [(later, *best[later]) for later in sorted(best)]


def near_groups(texts: Sequence[str], *, threshold: float = THRESHOLD) -> list[int]:
    """For each text the index of the first text of its group: texts that resemble each other, directly or by way of
    others, are one group. What must not be torn apart by a split."""
    leader = list(range(len(texts)))
    for later, earlier, _ratio in resemblances(texts, threshold=threshold):
        first, second = sorted((_root(leader, later), _root(leader, earlier)))
        leader[second] = first
    return [_root(leader, place) for place in range(len(texts))]


def resemblances(texts: Sequence[str], *, threshold: float = THRESHOLD) -> Iterator[tuple[int, int, float]]:
    """Pairs of texts that are near duplicates, as (later index, earlier index, ratio): for every text its closest."""
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        if not (plain := _plain(text)):
            continue
        earlier = first.setdefault(plain, place)
        if earlier != place:
            yield place, earlier, 1.0
    places, distinct = list(first.values()), list(first)
    if len(distinct) < 2:
        return
    for later, earlier, ratio in _compared(distinct, threshold):
        yield places[later], places[earlier], ratio


def _compared(texts: list[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    index = _Index.of([_features(text) for text in texts], _least_shared(threshold))
    for place, text in enumerate(texts):
        longest = len(text) * (2 - threshold) / threshold  # nothing longer or shorter can reach the threshold
        shortest = len(text) * threshold / (2 - threshold)
        for other in index.closest(place, _comparisons(len(text))):
            if shortest <= len(texts[other]) <= longest:
                ratio = fuzz.ratio(text, texts[other], score_cutoff=threshold * 100) / 100
                if ratio >= threshold:
                    yield place, other, ratio


@dataclass(frozen=True, slots=True)
class _Index:
    """Which texts have which rarer feature. `starts` says where a feature's texts begin in `texts`."""

    rare: list[Numbers]
    starts: Numbers
    texts: Numbers

    @classmethod
    def of(cls, features: list[Numbers], shared: float) -> _Index:
        """Two texts with at least `shared` of their features in common have one among the rarer ones of both in common:
        all but those that may be missing need not be looked at."""
        mask = 2 ** min((len(features) * NUMBERS_PER_TEXT).bit_length(), MOST_BITS) - 1
        seen = np.zeros(mask + 1, dtype=np.int32)
        for each in features:
            seen[each & mask] += 1
        rare = [_rarest(each & mask, seen, shared) for each in features]
        owners = np.repeat(np.arange(len(rare)), [len(each) for each in rare])
        flat = np.concatenate(rare)
        order = np.argsort(flat, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=mask + 1))])
        return cls(rare, starts, owners[order])

    def closest(self, place: int, most: int) -> list[int]:
        """Earlier texts with rarer features in common, those with the most first."""
        rare = self.rare[place]
        if len(rare) == 0:
            return []
        starts = self.starts[rare]
        ends = np.minimum(self.starts[rare + 1], starts + MOST_PER_FEATURE)
        found = np.concatenate(
            [self.texts[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        )
        others, counts = _counted(found[found < place], place)
        enough = counts * CHANCE >= len(rare)
        others, counts = others[enough], counts[enough]
        if len(others) > most:
            top = np.argpartition(counts, -most)[-most:]
            others, counts = others[top], counts[top]
        return [int(other) for other in others[np.argsort(-counts, kind="stable")]]


def _counted(found: Numbers, bound: int) -> tuple[Numbers, Numbers]:
    """Each number below `bound` that was found, and how often."""
    if len(found) * 16 < bound:
        return np.unique(found, return_counts=True)
    counts = np.bincount(found)
    others = np.flatnonzero(counts)
    return others, counts[others]


def _rarest(features: Numbers, seen: NDArray[np.int32], shared: float) -> Numbers:
    """Those of a text's features that few texts have; what no other text has finds nothing."""
    counts = seen[features]
    needed = len(features) - int(shared * len(features)) + 1
    alone = int(np.count_nonzero(counts == 1))
    most = max(MOST_RARE, len(features) // 4)
    return features[np.argsort(counts, kind="stable")[alone : min(needed, alone + most)]]


def _least_shared(threshold: float) -> float:
    return max(LEAST_SHARED, 1 - FEATURES_PER_LETTER * (1 - threshold))


def _comparisons(length: int) -> int:
    return MOST_COMPARED if length <= LONG else max(2, MOST_COMPARED * LONG * LONG // (length * length))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _features(text: str) -> Numbers:
    """What a text is found by, as numbers: its words and pairs of neighbouring words; groups of letters where it has
    few words, or none between blanks."""
    words = WORD.findall(text)
    if UNSPACED.search(text):
        found = _groups(text, 2) | _groups(text, 3)
    elif len(words) < SHORT:
        found = _groups(text, 3)
    else:
        few = _groups(text, 3) if len(words) < NOT_SHORT else set()
        found = few.union(words, map(" ".join, pairwise(words)))
    numbers = sorted({crc32(name.encode("utf-8", "surrogatepass")) for name in found})
    return np.array(numbers, dtype=np.uint32)


def _groups(text: str, size: int) -> set[str]:
    return {text[at : at + size] for at in range(max(1, len(text) - size + 1))}


def _root(leader: list[int], place: int) -> int:
    while leader[place] != place:
        leader[place] = leader[leader[place]]
        place = leader[place]
    return place
