"""Texts that say nearly the same are found without comparing all with all."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from bot.domain.near import near_duplicates, near_groups

WORDS = [
    a + b
    for a in ("ba", "lo", "mi", "ru", "te", "san", "dor", "ki")
    for b in ("na", "ster", "vel", "gon", "pit", "shar")
]


def text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def changed(rng: random.Random, original: str, letters: int) -> str:
    signs = list(original)
    for _ in range(letters):
        signs[rng.randrange(len(signs))] = rng.choice("aeiou ")
    return "".join(signs)


def test_each_text_is_named_with_the_earlier_one_it_resembles_most() -> None:
    lamp = "A brass lamp with a soft light for your desk, made by hand in a small workshop."
    texts = [lamp, "Something else entirely, about a kettle.", lamp.replace("brass", "steel"), lamp.upper(), ""]

    [(later, earlier, ratio), twin] = near_duplicates(texts)

    assert (later, earlier) == (2, 0) and 0.9 <= ratio < 1
    assert twin == (3, 0, 1.0)


def test_texts_linked_by_others_are_one_group() -> None:
    start = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    middle, end = start.replace("three", "trio"), start.replace("three", "trio").replace("eleven", "elf")

    assert near_groups([start, "something else", middle, end]) == [0, 1, 0, 0]


@pytest.mark.parametrize("words", [4, 7, 9, 11, 14, 40, 200])
def test_what_comparing_all_with_all_finds_is_found(words: int) -> None:
    rng = random.Random(words)
    texts = [text(rng, words) for _ in range(120)]
    texts += [changed(rng, rng.choice(texts), max(1, words // 4)) for _ in range(60)]

    by_force = {at for at in range(180) if any(fuzz.ratio(texts[at], texts[to]) >= 90 for to in range(at))}

    assert len(by_force) > 30 and {later for later, _, _ in near_duplicates(texts)} == by_force


def test_scripts_without_blanks_are_compared_too() -> None:
    lamp = "真鍮のランプは机の上をやさしく照らし、小さな工房で一つずつ手作りされています。"

    assert [
        (later, earlier)
        for later, earlier, _ in near_duplicates([lamp, "まったく別の文章です。", lamp.replace("机", "棚")])
    ] == [(2, 0)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_texts_can_be_compared(texts: list[str]) -> None:
    for later, earlier, ratio in near_duplicates(texts):
        assert earlier < later and 0.9 <= ratio <= 1


@pytest.mark.slow
def test_twenty_thousand_texts_take_seconds() -> None:
    rng = random.Random(1)
    vocabulary = ["".join(rng.choices("abcdefghijklmnopqrst", k=rng.randint(2, 10))) for _ in range(3000)]
    texts = [" ".join(rng.choices(vocabulary, [1 / (at + 1) for at in range(3000)], k=45)) for _ in range(19_000)]
    texts += [changed(rng, texts[at], 5) for at in range(1_000)]

    began = time.perf_counter()
    found = near_duplicates(texts)

    assert len(found) == 1_000 and time.perf_counter() - began < 30
