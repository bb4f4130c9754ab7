"""Shares of several templates, whose turn it is, the glossary's lines, starters, and what a survey finds."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cards_prompt import DrawnPrompt, Place
from bot.domain.catalog import Column, Profile, Roles, Source, Verdict
from bot.domain.catalog_kinds import Kind
from bot.domain.prompt import expand
from bot.domain.prompt_glossary import glossary_in, glossary_text
from bot.domain.prompt_lots import Draw, stratified
from bot.domain.prompt_mix import (
    NamedTemplate,
    Turns,
    mix_from,
    saved_mix,
    with_first,
    with_template,
    without_template,
)
from bot.domain.prompt_starters import Starter, next_starter, starter
from bot.domain.prompt_survey import Surveyor
from bot.errors import BadForm

MAIN = NamedTemplate("a [x]")
SHORT = NamedTemplate("b [x]", 0, "Short", 40)
COLUMNS = ("Name [en]", "Kind", "Notes", "Ours")
PROFILE = Profile(Source("f"), Verdict.ACCEPT, columns=tuple(Column(n, Kind.TEXT, 0, 9, None, ()) for n in COLUMNS))
ROLES = Roles("Name [en]", "Kind", "Notes", "Ours")


def test_the_main_template_has_the_share_that_the_others_leave() -> None:
    mix = with_template((MAIN,), SHORT)

    assert [(one.id, one.name, one.share) for one in mix] == [(1, "Main", 60), (2, "Short", 40)]
    assert [one.share for one in without_template(mix, 2)] == [100]
    assert [(one.name, one.share) for one in with_first(mix, 2)] == [("Short", 40), ("Main", 60)]
    assert [(one.name, one.share) for one in without_template(mix, 1)] == [("Short", 100)]


def test_a_mix_is_stored_without_the_single_unnamed_template_and_comes_back_whole() -> None:
    mix = with_template((MAIN,), SHORT)

    assert saved_mix((MAIN,)) == [] and mix_from("a [x]", []) == (MAIN,)
    assert mix_from("a [x]", saved_mix(mix)) == mix
    assert mix_from("changed [x]", saved_mix(mix))[0].text == "changed [x]"


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        (NamedTemplate("c", 0, " short ", 10), "name", "called"),
        (NamedTemplate("c", 0, "Third", 60), "share", "59 per cent is the most"),
    ],
)
def test_a_taken_name_and_shares_that_leave_nothing_are_refused(changed: NamedTemplate, field: str, words: str) -> None:
    with pytest.raises(BadForm) as refused:
        with_template(with_template((MAIN,), SHORT), changed)

    assert words in refused.value.fields[field]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=5), st.integers(1, 300))
def test_after_every_turn_each_template_has_had_its_share_within_one_turn_each(shares: list[int], turns: int) -> None:
    mix = [NamedTemplate("t", place, str(place), share) for place, share in enumerate(shares)]
    taking = Turns(mix)

    had = Counter(taking.take(range(len(mix))) for _ in range(turns))

    for one in mix:
        assert abs(had[one.id] - turns * one.share / sum(shares)) <= len(mix) - 1 or turns < len(mix)


def prompts(product: int, *templates: int) -> list[DrawnPrompt]:
    return [DrawnPrompt(product, f"p{product}", product * 1000 + n, f"{t}/{n}", {}, t) for n, t in enumerate(templates)]


def test_a_template_that_fits_few_products_gets_its_share_from_them_and_the_rest_goes_to_the_other() -> None:
    draw = Draw((MAIN, NamedTemplate("b", 2, "Short", 50)), seed=1)
    for product in range(10):
        draw.take_one(prompts(product, *((1, 2) if product % 5 == 0 else (1,))))
    first = Counter(one.template_id for one in draw.chosen)
    draw.fill(99)

    assert first == {1: 8, 2: 2} or first == {1: 9, 2: 1}
    assert Counter(one.template_id for one in draw.chosen) == {1: 10, 2: 2}
    assert len({(one.product_id, one.position) for one in draw.chosen}) == 12


@given(st.lists(st.integers(1, 6), max_size=4))
def test_a_stratified_order_takes_one_of_each_group_in_turn_and_forgets_nobody(sizes: list[int]) -> None:
    groups = {str(group): range(group * 10, group * 10 + size) for group, size in enumerate(sizes)}

    order = list(stratified(groups, seed=3))

    assert sorted(order) == sorted(one for members in groups.values() for one in members)
    assert len({place // 10 for place in order[: len(sizes)]}) == len(sizes)
    assert order == list(stratified(groups, seed=3))


def test_the_glossary_reads_its_own_text_and_several_kinds_of_arrow() -> None:
    glossary = glossary_in("colour -> color\n\n tea  pot=>teapot\ncosy → snug\nb --> c")

    assert glossary == (("colour", "color"), ("tea pot", "teapot"), ("cosy", "snug"), ("b", "c"))
    assert glossary_in(glossary_text(glossary)) == glossary


def test_every_wrong_line_of_the_glossary_is_named() -> None:
    typed = "fine -> good\nno arrow\n-> nothing\na -> b -> c\nsame -> same\nFine -> better"

    with pytest.raises(BadForm) as refused:
        glossary_in(typed)

    said = refused.value.fields["glossary"]
    assert "Line 2: “no arrow” needs one arrow" in said and "Line 3: “-> nothing” has nothing before its arrow" in said
    assert "Line 4:" in said and said.endswith("And 2 more.")


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_glossary_or_is_explained(typed: str) -> None:
    try:
        assert glossary_in(glossary_text(glossary_in(typed))) == glossary_in(typed)
    except BadForm as error:
        assert error.fields["glossary"].startswith("Line ")


@pytest.mark.parametrize("which", Starter)
def test_every_starter_fits_its_catalog_and_survives_empty_cells(which: Starter) -> None:
    full, bare = starter(which, PROFILE, ROLES), starter(which, PROFILE, Roles("Name [en]"))

    [prompt] = expand(full, [["Mug", "cup", "blue", ""]], COLUMNS)
    assert "Mug" in prompt.text and "cup" in prompt.text and "blue" in prompt.text
    assert len(list(expand(bare, [["Mug", "", "", ""]], COLUMNS))) == 1
    if which is not Starter.DESCRIPTION:
        [prompt] = expand(full, [["Mug", "", "", ""]], COLUMNS)
        assert "()" not in prompt.text and "Known facts" not in prompt.text


def test_the_next_starter_is_one_that_is_not_there_yet() -> None:
    taken: list[str] = []
    for _starter in Starter:
        _, text = next_starter(taken, PROFILE, ROLES)
        assert text not in taken
        taken.append(text)
    assert next_starter(taken[:1], PROFILE, ROLES)[0] is Starter.DESCRIPTION


def test_a_survey_finds_the_extremes_gaps_and_what_two_products_share() -> None:
    surveyor = Surveyor({"Notes"})
    surveyor.look([DrawnPrompt(1, "A", 0, "same", {"Notes": ""}), DrawnPrompt(1, "A", 1, "same", {"Notes": "x"})])
    surveyor.look([DrawnPrompt(2, "B", 1000, "same", {"Notes": " "}), DrawnPrompt(3, "C", 2000, "longer one", {})])

    found = surveyor.found()

    assert (found.shortest, found.longest) == ("same", "longer one")
    assert (found.with_gap, found.gaps, found.gap_example) == (2, (("Notes", 2),), "same")
    assert found.doubles == 1 and found.double[0].products == ("A", "B")


@given(st.integers(1, 10**9), st.none() | st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_a_windows_place_survives_its_metadata(project: int, template: int | None, drawn: int, below: int) -> None:
    place = Place(project, template, drawn, below)

    assert Place.parse(str(place)) == place
    assert Place.parse("7") == Place(7)
