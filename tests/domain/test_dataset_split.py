"""Which texts are kept aside: whole products, nothing alike on both sides, each kind its share, and for good."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dataset_split import Before, Item, held_out_places
from bot.domain.tuning import MIN_PAIRS

LONG = "A quiet tea for long afternoons, with rain on the roof and a book on the knee"
KINDS = ("green", "black", "herbal", "rare")


def teas(count: int) -> list[Item]:
    return [Item(f"Tea {number}", f"Text {number}.", KINDS[number % 3]) for number in range(count)]


def test_each_kind_gives_its_share() -> None:
    items = teas(60) + [Item(f"Rare {number}", "Short.", "rare") for number in range(20)]

    aside = Counter(items[place].stratum for place in held_out_places(items, 20))

    assert aside == {"green": 3, "black": 3, "herbal": 3, "rare": 3}


def test_texts_that_are_nearly_the_same_never_stand_on_both_sides() -> None:
    twins = [Item(f"Twin {number}", f"{LONG}, number {number}.") for number in range(4)]
    items = [*twins, *(Item(tea.product, tea.text) for tea in teas(26))]

    sides = [{place in held_out_places(items, seed) for place in range(4)} for seed in range(30)]

    assert all(len(side) == 1 for side in sides)
    assert {True} in sides and {False} in sides


def test_a_product_that_was_kept_aside_stays_aside_and_takes_its_twins_along() -> None:
    items = [Item("tea  7", f"{LONG}."), Item("New tea", f"{LONG}!"), *teas(40)]
    before = Before(held=frozenset({"tea 7"}), taught=frozenset(f"tea {n}" for n in range(40) if n != 7))

    aside = {items[place].product for place in held_out_places(items, 20, before)}

    assert aside == {"tea  7", "New tea", "Tea 7"}


def test_what_was_taught_is_not_kept_aside_later_while_there_are_new_products() -> None:
    taught = frozenset(f"tea {number}" for number in range(20))
    before = Before(taught=taught)

    for seed in range(20):
        aside = held_out_places(teas(40), seed, before)
        assert aside and all(place >= 20 for place in aside)


def test_what_was_kept_aside_before_is_not_taught_even_if_few_are_left_to_teach() -> None:
    before = Before(held=frozenset({"tea 1", "tea 2"}))

    assert held_out_places(teas(8), 20, before) == {1, 2}


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=11, max_size=60), st.integers(0, 9))
def test_no_product_stands_on_both_sides_and_enough_are_left(pairs: list[tuple[int, int]], seed: int) -> None:
    items = [Item(f"Tea {product}", f"Short {place}.", KINDS[kind]) for place, (product, kind) in enumerate(pairs)]

    aside = held_out_places(items, seed)

    held = {items[place].product for place in aside}
    assert not held & {item.product for place, item in enumerate(items) if place not in aside}
    assert len(items) - len(aside) >= MIN_PAIRS
