"""Examples for a prompt: like it, unlike each other, never the product itself."""

from __future__ import annotations

from bot.domain.completion import Origin
from bot.domain.dataset import Line
from bot.domain.few_shot import Shelf


def line(product: str, kind: str, text: str, original: str = "") -> Line:
    prompt = f"Write a description of {product}, mention {kind}"
    return Line(1, 1, 1, product, "", prompt, text, original, Origin.MODEL, "U1")


LINES = [
    line("Oak Tray", "tray", "Meet the Oak Tray."),
    line("Ash Tray", "tray", "Meet the Ash Tray."),
    line("Birch Tray", "tray", "A birch board that carries breakfast up the stairs without a word."),
    line("Tin Lantern", "lantern", "Light for the garden path."),
    line("Brass Lantern", "lantern", "It glows."),
]


def products(prompt: str, product: str, most: int) -> list[str]:
    chosen = Shelf(LINES).choose(prompt, product=product, most=most)
    return [example.prompt.split(",")[0].removeprefix("Write a description of ") for example in chosen]


def test_the_most_alike_stands_last_and_the_product_itself_is_never_shown() -> None:
    chosen = products("Write a description of Brass Lantern, mention lantern", " brass  LANTERN ", 1)

    assert chosen == ["Tin Lantern"]


def test_of_two_texts_that_say_the_same_one_is_enough() -> None:
    chosen = products("Write a description of Elm Tray, mention tray", "Elm Tray", 2)

    assert "Birch Tray" in chosen and len(chosen) == 2


def test_a_product_is_shown_once_and_the_choice_is_the_same_every_time() -> None:
    shelf = Shelf([*LINES, line("Oak Tray", "tray, oiled", "Another text.")])
    prompt = "Write a description of Elm Tray, mention tray"

    first = shelf.choose(prompt, product="Elm Tray", most=5)
    assert first == Shelf([*LINES[::-1], line("Oak Tray", "tray, oiled", "Another text.")]).choose(
        prompt, product="Elm Tray", most=5
    )
    assert len({example.prompt.split(",")[0] for example in first}) == 5


def test_no_texts_give_no_examples() -> None:
    assert Shelf([]).choose("Write", product="Tea") == ()
    assert Shelf(LINES[:1]).choose("Write", product="Oak Tray") == ()
