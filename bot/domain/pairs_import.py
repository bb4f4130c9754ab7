"""Pairs that people already have: what is taken of a file, and which product each one is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

MOST_PAIRS = 50_000
NAME_LENGTH = 80  # of a prompt that stands for its product's name
LEAST_NAME = 3  # letters; shorter names stand in too many prompts by chance
MOST_WORDS = 12  # of a product's name
IMPORT_LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 5
PRODUCT_COLUMNS = ("product", "product name", "product_name", "name", "title")
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ImportedPair:
    """A prompt with its text as a file has them. `system` and `product` are "" where the file does not say."""

    prompt: str
    text: str
    system: str = ""
    product: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return key_of(self.prompt, self.text)


@dataclass(frozen=True, slots=True)
class ReadPairs:
    """The pairs of a file; `unfit` rows have no prompt or no text, or are conversations."""

    pairs: tuple[ImportedPair, ...]
    unfit: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A product of the catalog in use."""

    name: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The catalog's products by the words of their names."""

    by_words: Mapping[tuple[str, ...], Known] = field(default_factory=dict)

    @classmethod
    def of(cls, products: Iterable[Known]) -> Shelf:
        found: dict[tuple[str, ...], Known] = {}
        for one in products:
            words = words_of(one.name)
            if words and sum(map(len, words)) >= LEAST_NAME:
                found.setdefault(words[:MOST_WORDS], one)
        return cls(found)

    def product_of(self, pair: ImportedPair) -> Known | None:
        """The product that the file names, else the one with the longest name that stands in the prompt."""
        if pair.product:
            return self.by_words.get(words_of(pair.product)[:MOST_WORDS])
        words = words_of(pair.prompt)
        for length in range(min(MOST_WORDS, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                if found := self.by_words.get(words[start : start + length]):
                    return found
        return None


@dataclass(frozen=True, slots=True)
class PairsCard:
    """What came of a file. `waiting` texts are open for review; `twice` stood there twice or are known already."""

    id: int
    project_id: int
    filename: str
    state: str
    trusted: bool
    read: int
    added: int
    twice: int
    unfit: int
    matched: int
    uploader: str
    problem: str = ""


def key_of(prompt: str, text: str) -> tuple[str, str]:
    """Pairs that differ only in case and blanks are the same."""
    return " ".join(prompt.casefold().split()), " ".join(text.casefold().split())


def words_of(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(text.casefold()))


def new_ones(pairs: Iterable[ImportedPair], known: Iterable[tuple[str, str]]) -> tuple[list[ImportedPair], int]:
    """The pairs that are neither known nor stand there twice, and how many are not."""
    seen, kept, twice = set(known), [], 0
    for pair in pairs:
        if pair.key in seen:
            twice += 1
            continue
        seen.add(pair.key)
        kept.append(pair)
    return kept, twice


def name_for(pair: ImportedPair, product: Known | None) -> str:
    """What its product is called: as the catalog has it, as the file has it, or by the prompt's beginning."""
    name = product.name if product else pair.product or pair.prompt
    return " ".join(name.split())[:NAME_LENGTH] if not product else name
