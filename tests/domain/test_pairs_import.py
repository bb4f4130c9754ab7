"""Imported pairs: which are new, and which product they are about."""

from __future__ import annotations

from bot.domain.pairs_import import ImportedPair, Known, Shelf, key_of, name_for, new_ones

SHELF = Shelf.of(
    [Known("Tea 1", {"Type": "green"}), Known("Tea 12", {}), Known("Earl Grey Tea 1", {}), Known("No", {})]
)


def test_known_pairs_and_repetitions_are_left_out_whatever_their_case_and_blanks() -> None:
    pairs = [
        ImportedPair("Describe Tea", "Fine."),
        ImportedPair("describe  tea", "FINE."),
        ImportedPair("Sell", "Buy."),
    ]

    kept, twice = new_ones(pairs, [key_of(" sell ", "buy.")])

    assert ([one.prompt for one in kept], twice) == (["Describe Tea"], 2)


def test_the_longest_name_in_a_prompt_is_its_product() -> None:
    def named(prompt: str, product: str = "") -> str:
        pair = ImportedPair(prompt, "Text.", product=product)
        return name_for(pair, SHELF.product_of(pair))

    assert named("Write about earl grey tea 1, please") == "Earl Grey Tea 1"
    assert named("Write about Tea 12.") == "Tea 12"
    assert named("Write about no tea at all") == "Write about no tea at all"
    assert named("Write about Tea 12", product="TEA 1") == "Tea 1"
    assert named("Write about Tea 12", product="Coffee") == "Coffee"
