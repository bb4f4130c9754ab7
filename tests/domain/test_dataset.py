"""What goes into a dataset, how it is split, and what names it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.completion import Origin
from bot.domain.dataset import (
    SEED,
    Example,
    Line,
    Split,
    advice,
    chat_messages,
    compose,
    digest,
    pick_examples,
)
from bot.domain.dataset_split import Item, held_out_places
from bot.domain.tuning import MIN_PAIRS


def line(number: int, *, product: str = "", text: str = "", origin: Origin = Origin.MODEL, original: str = "") -> Line:
    name = product or f"Tea {number}"
    words = text or f"Text {number}."
    return Line(number, 1, number, name, "Be kind.", f"Describe {name}, {number}", words, original, origin, "UANA")


def lines(count: int) -> list[Line]:
    return [line(number) for number in range(count)]


def test_a_seventh_is_kept_aside_by_whole_products() -> None:
    draft = compose([line(number, product=f"Tea {number // 2}") for number in range(100)])

    assert (draft.train, draft.validation) == (86, 14)
    aside = {one.product for one in draft.lines if one.split is Split.VALIDATION}
    assert not aside & {one.product for one in draft.lines if one.split is Split.TRAIN}


def test_nothing_is_kept_aside_where_the_minimum_would_not_be_left() -> None:
    assert [compose(lines(count)).validation for count in (4, 10, 11, 12, 20)] == [0, 0, 1, 2, 3]


@given(st.lists(st.integers(0, 30), min_size=11, max_size=80), st.integers(0, 5))
def test_the_split_never_leaves_too_few_to_train_on_and_never_takes_half(products: list[int], seed: int) -> None:
    names = [f"Tea {number}" for number in products]
    aside = held_out_places([Item(name, "Short.") for name in names], seed)

    assert not {names[place] for place in aside} & {name for place, name in enumerate(names) if place not in aside}
    assert len(names) - len(aside) >= MIN_PAIRS
    assert len(set(names)) == 1 or bool(aside) or min(map(names.count, names)) > len(names) - MIN_PAIRS


def test_the_same_texts_make_the_same_version_whatever_their_ids_and_order() -> None:
    some = lines(30)
    other_ids = [replace(one, completion_id=one.completion_id + 500, product_id=7) for one in reversed(some)]

    assert compose(some).sha256 == compose(other_ids).sha256


def test_one_changed_letter_or_side_is_another_version() -> None:
    draft = compose(lines(12))
    changed = [replace(draft.lines[0], text="Text 0!"), *draft.lines[1:]]
    moved = [replace(draft.lines[0], split=Split.VALIDATION), *draft.lines[1:]]

    assert len({draft.sha256, digest(changed), digest(moved)}) == 3


def test_the_last_decision_on_a_prompt_counts() -> None:
    first = line(1, text="House text.")
    draft = compose([first, *lines(1), replace(first, completion_id=9, text="Better text.")])

    assert [one.text for one in draft.lines] == ["Text 0.", "Better text."]
    assert draft.doubles == 1


def test_texts_from_slack_can_stay_out() -> None:
    typed, uploaded = line(1, origin=Origin.SLACK_EDIT), line(2, origin=Origin.SLACK_FILE)
    draft = compose([line(0), typed, uploaded], without_slack=True)

    assert [one.origin for one in draft.lines] == [Origin.MODEL]
    assert draft.from_slack == 2


def test_a_slack_text_that_stays_out_does_not_push_out_an_earlier_one() -> None:
    draft = compose([line(1), line(1, text="Typed.", origin=Origin.SLACK_EDIT)], without_slack=True)

    assert [one.text for one in draft.lines] == ["Text 1."]


def test_advice_names_the_minimum_what_helps_and_what_the_guide_asks_for() -> None:
    assert advice(4) == ("4 approved. 10 is the provider's minimum, 50 to 100 start to help, the guide asks for 200.")
    assert "enough to try" in advice(10) and "enough to help" in advice(50)
    assert advice(200) == "200 approved: as many as the guide asks for."


def test_examples_stand_between_the_instructions_and_the_prompt() -> None:
    messages = chat_messages("Be kind.", "Describe tea", (Example("Describe mint", "Mint."),))

    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[-1]["content"] == "Describe tea"
    assert chat_messages("", "Describe tea") == ({"role": "user", "content": "Describe tea"},)


def test_examples_are_of_different_products_and_what_people_changed_comes_first() -> None:
    some = [*lines(8), line(20, product="Tea 3", text="Changed.", original="As it was.")]

    chosen = pick_examples(some)

    assert len(chosen) == 4 and chosen[0].text == "Changed."
    assert len({example.prompt.split(",")[0] for example in chosen}) == 4
    assert chosen == pick_examples(list(reversed(some)))


def test_the_seed_never_changes() -> None:
    assert SEED == 20
    assert compose(lines(12)).sha256 == "9a1c9acacee1f52b5b37e717ff6a3833280dd03dde4854dc6fd80d381455360b"
