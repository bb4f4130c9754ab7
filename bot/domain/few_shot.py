"""Examples for a prompt: approved texts of products like this one, yet different from each other."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from bot.domain.dataset import MOST_EXAMPLES, Example, Line
from bot.domain.dataset_split import product_key

# The usual constants of BM25 (Robertson and Zaragoza 2009): how soon a repeated word stops counting, and how much a
# long prompt is held against it.
K1, B = 1.2, 0.75
# How much likeness to the prompt counts against being unlike the examples chosen already (Carbonell, Goldstein 1998).
LIKENESS = 0.7
# Only so many of the most alike are compared with each other.
CANDIDATES = 30
WORD = re.compile(r"\w+")


class Shelf:
    """Approved texts to choose examples from; the same prompt always gets the same ones."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = sorted(lines, key=lambda line: (not line.original, line.product, line.prompt))
        self._words = [Counter(_words(line.prompt)) for line in self._lines]
        self._average = sum(words.total() for words in self._words) / len(self._words) if self._words else 0.0
        self._rarity = _rarity(self._words)

    def choose(self, prompt: str, *, product: str, most: int = MOST_EXAMPLES) -> tuple[Example, ...]:
        """At most `most`, one a product and none of this one; the most alike stands last, nearest to the prompt."""
        wanted = set(_words(prompt))
        scored = [
            (self._likeness(wanted, words), line)
            for words, line in zip(self._words, self._lines, strict=True)
            if product_key(line.product) != product_key(product)
        ]
        scored.sort(key=lambda one: -one[0])
        chosen = _varied(scored[:CANDIDATES], most)
        return tuple(Example(line.prompt, line.text) for line in reversed(chosen))

    def _likeness(self, wanted: set[str], words: Counter[str]) -> float:
        """BM25 of a line's prompt for the words of another."""
        length = 1 - B + B * words.total() / self._average
        hits = (word for word in wanted if word in words)
        return sum(self._rarity[word] * words[word] * (K1 + 1) / (words[word] + K1 * length) for word in hits)


def _rarity(documents: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """How telling a word is: nearly nothing for those that every prompt of a template has."""
    found = Counter(word for words in documents for word in words)
    total = len(documents)
    return {word: math.log(1 + (total - times + 0.5) / (times + 0.5)) for word, times in found.items()}


def _varied(scored: list[tuple[float, Line]], most: int) -> list[Line]:
    """Take the best one at a time, where being like one that was taken counts against it."""
    highest = max((score for score, _ in scored), default=0.0) or 1.0
    chosen: list[Line] = []
    left = scored
    while left and len(chosen) < most:
        _, best = max(left, key=lambda one: _worth(one[0] / highest, one[1], chosen))
        chosen.append(best)
        left = [one for one in left if product_key(one[1].product) != product_key(best.product)]
    return chosen


def _worth(likeness: float, line: Line, chosen: Sequence[Line]) -> float:
    alike = max((fuzz.ratio(line.text, other.text) / 100 for other in chosen), default=0.0)
    return LIKENESS * likeness - (1 - LIKENESS) * alike


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())
