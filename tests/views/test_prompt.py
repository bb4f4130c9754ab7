"""The sign-off card and the forms of style and template: exact words, and nothing that Slack refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.cards_prompt import (
    Choice,
    Double,
    Leaving,
    Place,
    PromptCount,
    PromptsCard,
    Sampling,
    SamplingColumn,
    StyleModal,
    Survey,
    TemplateForm,
    TemplateLine,
    TemplateModal,
    TemplatePreview,
    Way,
    WritingPrice,
)
from bot.domain.catalog import Column
from bot.domain.catalog_kinds import Kind
from bot.domain.message import Message
from bot.domain.project import Style
from bot.local.workspace.limits import check_message_blocks, check_view
from bot.views import prompt as views
from bot.views import prompt_closer as closer
from bot.views import prompt_forms as forms
from bot.views import prompt_template as windows
from bot.views.ids import Action

CARD = PromptsCard(
    project_id=3,
    project="Teas & more",
    fingerprint="abc",
    round=2,
    prompts=tuple(f"Describe tea {number}" for number in range(10)),
    count=PromptCount(106, 60),
    price=WritingPrice("small", all_usd=0.42, try_usd=0.004),
    leaving=Leaving("Nebius", 60, ("Name", "Type", "Details"), ("Price", "Supplier")),
    style="English · warm",
)
COLUMNS = (Column("Name", Kind.TEXT, 0, 2, None, ()), Column("A [b]", Kind.TEXT, 0, 2, None, ()))


def labels(message: Message) -> list[str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element["text"]["text"] for row in rows for element in row]


def values(message: Message) -> dict[str, str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"]: element.get("value", "") for row in rows for element in row}


def words(message: Message) -> str:
    return str(message.blocks)


def test_the_card_says_exactly_which_columns_leave_and_which_do_not() -> None:
    sentence = "Sends the columns Name, Type, Details of 60 products to Nebius. Not sent: Price, Supplier."

    message = views.prompts_card(CARD)

    assert sentence in words(message) and sentence in message.text


def test_the_number_stands_beside_the_one_that_the_guide_wants() -> None:
    few = words(views.prompts_card(CARD))
    many = words(views.prompts_card(replace(CARD, count=PromptCount(1_204, 60, exact=False))))

    assert "*106 prompts* in all, the guide to training asks for 200; you can begin with fewer." in few
    assert "*about 1,204 prompts* in all, enough: the guide to training asks for 200." in many


def test_what_is_left_out_is_counted_with_its_reason() -> None:
    count = PromptCount(50, 60, left_out=10, missing=(("Details", 9), ("Type", 2)))

    assert "10 products left out, because a column is empty: 'Details' (9), 'Type' (2)." in words(
        views.prompts_card(replace(CARD, count=count))
    )


def test_only_the_signed_card_offers_to_write_and_with_its_price() -> None:
    unsigned = views.prompts_card(CARD)
    signed = views.prompts_card(replace(CARD, signed=True, signed_by="UANA", existing=40))

    assert labels(unsigned) == ["Ten more", "Look closer", "Looks right", "Change the template", "House style"]
    assert labels(signed)[2:4] == ["Try five: under 1 cent", "Review the 40 texts you have"]
    assert Action.PROMPTS_SIGN not in values(signed)
    assert values(unsigned)[Action.PROMPTS_SIGN] == "3:abc" and values(unsigned)[Action.PROMPTS_MORE] == "3:2"


def test_a_price_that_nobody_knows_is_said_to_be_unknown() -> None:
    unknown = words(views.prompts_card(replace(CARD, price=WritingPrice("small", None, None))))
    nothing = words(views.prompts_card(replace(CARD, price=None)))

    assert "price unknown" in unknown and "$0" not in unknown
    assert "Price unknown: no model is set up yet." in nothing


def test_the_models_warning_stands_on_the_card() -> None:
    notice = "Learning model: invents facts. Never publish."

    assert notice in words(views.prompts_card(replace(CARD, price=WritingPrice("tiny", 0.0, 0.0, notice))))


def test_an_earlier_card_has_no_buttons_left() -> None:
    message = views.prompts_card(replace(CARD, current=False))

    assert not labels(message) and "further down" in message.text


def test_a_template_that_does_not_fit_leads_to_its_form() -> None:
    message = views.prompts_card(replace(CARD, problem="There is no column 'gone'."))

    assert labels(message) == ["Change the template"] and "There is no column 'gone'." in message.text


def test_prompts_are_shown_as_they_are_and_never_as_markup() -> None:
    hostile = "<!channel> *x* <@U1>"
    leaving = Leaving(hostile, 1, (hostile,), (hostile,))
    count = PromptCount(1, 1, 1, ((hostile, 1),))
    card = replace(CARD, project=hostile, prompts=(hostile,), leaving=leaving, style=hostile, count=count)

    message = views.prompts_card(card)

    [prompts] = [block for block in message.blocks if block["type"] == "rich_text"]
    assert [line["elements"][0]["text"] for line in prompts["elements"][0]["elements"]] == [hostile]
    others = [block for block in message.blocks if block["type"] not in ("rich_text", "header")]
    assert "<!" not in str(others) and "<@" not in str(others) and "<!" not in message.text


def mrkdwn_in(node: Any) -> list[str]:
    """Every text of a message or window in which Slack reads control sequences."""
    if isinstance(node, list):
        return [text for one in node for text in mrkdwn_in(one)]
    if not isinstance(node, dict):
        return []
    own = [node["text"]] if node.get("type") == "mrkdwn" else []
    return own + [text for one in node.values() for text in mrkdwn_in(one)]


HOSTILE = st.one_of(
    st.sampled_from(["<!channel>", "<@U1>", "<https://evil.example|click>", "<!subteam^S1>", "&lt;!here&gt;", "<"]),
    st.text("<>!@#|&*_~` abc\n", min_size=1, max_size=200),
)


@settings(max_examples=60, deadline=None)
@given(words=HOSTILE)
def test_no_cell_column_or_name_speaks_to_slack_from_a_card_or_window(words: str) -> None:
    survey = Survey(words, words, 1, ((words, 1),), words, 1, (Double(words, (words, words)),))
    lines = (TemplateLine(1, words, 60, words, 3), TemplateLine(2, words, 40, words, 3))
    card = replace(
        CARD, project=words, prompts=(words,), leaving=Leaving(words, 1, (words,), (words,)), style=words,
        count=PromptCount(1, 1, 1, ((words, 1),)), templates=lines, survey=survey, ways=(Way(words, 3),),
        sampling=Sampling(words, ((words, 1),), (SamplingColumn(0, words),)), instruction=words,
    )  # fmt: skip
    columns = (Column(words, Kind.TEXT, 0, 1, None, ()),)
    preview = TemplatePreview((words,), PromptCount(1, 1, 1, ((words, 1),)))
    form = TemplateForm(words, name=words)
    choices = (Choice("1", words),)
    window = TemplateModal(Place(3), form, columns, preview, others=lines, starters=choices, takeable=choices)

    message = views.prompts_card(card)
    check_message_blocks(message.blocks)
    windowed = [
        closer.closer_modal(card),
        closer.closer_modal(replace(card, problem=words)),
        windows.template_modal(window),
        windows.template_modal(replace(window, preview=TemplatePreview(problem=words))),
    ]
    for view in windowed:
        check_view(view, "modal")
    for text in [message.text, *mrkdwn_in(message.blocks), *mrkdwn_in([view["blocks"] for view in windowed])]:
        assert "<" not in text and ">" not in text


def test_the_card_names_its_round_its_templates_the_way_to_more_and_what_stands_out() -> None:
    lines = (TemplateLine(1, "Main", 60, "a", 30), TemplateLine(2, "Short", 40, "b", 76))
    survey = Survey("abc", "abcdef", 3, (("Details", 3),), "abc", 2)
    ways = (Way("a third template", 212), Way("splitting [Details]", 310))
    sampling = Sampling("Type", (("tea", 6), ("cocoa", 4)), (SamplingColumn(1, "Type"),))

    message = views.prompts_card(replace(CARD, number=2, templates=lines, survey=survey, ways=ways, sampling=sampling))

    said = words(message)
    assert "Round 2: do these prompts look right?" in said and "Templates: Main 60 %, Short 40 %" in said
    assert "94 more to go: a third template gives 212, splitting [Details] gives 310." in said
    assert "These by Type: tea 6, cocoa 4" in said and "3 to 6 characters" in said
    assert "⚠️ 3 with an empty part" in said and "⚠️ 2 that another product has too" in said
    assert values(message)[Action.PROMPTS_CLOSER] == "3"


def test_a_card_is_short_enough_for_a_screen_and_a_half_of_a_phone() -> None:
    """Forty characters a line: what a phone shows; its screen has about 36 lines."""
    long = tuple("word " * 400 for _ in range(10))

    message = views.prompts_card(replace(CARD, prompts=long))

    [prompts] = [block for block in message.blocks if block["type"] == "rich_text"]
    shown = [line["elements"][0]["text"] for line in prompts["elements"][0]["elements"]]
    lines = sum(-(-len(part) // 40) for text in [*shown, *mrkdwn_in(message.blocks)] for part in text.split("\n"))
    assert lines <= 1.5 * 36


def test_prompts_that_the_card_cuts_stand_in_full_in_the_closer_look() -> None:
    long = "Describe it. " * 30

    shown = str(closer.closer_modal(replace(CARD, prompts=(long, "short")))["blocks"])

    assert long in shown and long not in words(views.prompts_card(replace(CARD, prompts=(long, "short"))))
    assert "in full" not in str(closer.closer_modal(CARD)["blocks"])


def test_a_refilled_form_has_new_action_ids_and_its_fields_keep_their_names() -> None:
    first, again = (forms.style_modal(StyleModal(3, Style(tone="warm"), drawn=drawn)) for drawn in (0, 1))

    assert fields(first).keys() == fields(again).keys()
    assert all(fields(first)[name]["action_id"] != fields(again)[name]["action_id"] for name in fields(first))


TEXTS = st.text(max_size=4000)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, name=st.text(min_size=1, max_size=300), many=st.integers(0, 200))
def test_no_prompt_or_column_makes_a_card_that_slack_refuses(text: str, name: str, many: int) -> None:
    leaving = Leaving(name, 10**6, (name,) * many, (name,) * many)
    count = PromptCount(10**7, 10**6, 10**5, ((name, 5),) * min(many, 20))
    card = replace(CARD, project=name, prompts=(text,) * 10, leaving=leaving, count=count, style=text, problem="")

    message = views.prompts_card(card)

    check_message_blocks(message.blocks)
    assert len(message.text) <= 4000


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=3000), name=st.text(min_size=1, max_size=300), many=st.integers(1, 200))
def test_no_style_or_template_makes_a_form_that_slack_refuses(text: str, name: str, many: int) -> None:
    columns = tuple(Column(f"{number} {name}", Kind.TEXT, 0, 1, None, ()) for number in range(many))
    style = Style(name[:60], text[:1000], 1, 2000, text[:1000], (text[:400],), (text, text))
    preview = TemplatePreview((text,) * 3, PromptCount(3, 3), problem=text[:500])
    form = TemplateModal(Place(3), TemplateForm(text, 0.7, 1024, ""), columns, preview, models=(name,) * 2)

    check_view(forms.style_modal(StyleModal(3, style)), "modal")
    check_view(windows.template_modal(form), "modal")


def fields(view: dict[str, Any]) -> dict[str, Any]:
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


def test_more_holds_creativity_length_and_model_with_the_guides_values() -> None:
    form = TemplateModal(
        Place(3), TemplateForm("x", 0.7, 1024, "big"), COLUMNS, TemplatePreview(), models=("small", "big")
    )

    shown = fields(windows.template_modal(form))

    assert shown["temperature"]["initial_value"] == "0.7" and shown["max_tokens"]["initial_value"] == "1024"
    assert shown["model"]["initial_option"]["text"]["text"] == "big"


def test_the_template_form_names_columns_as_they_can_be_written() -> None:
    form = TemplateModal(Place(3), TemplateForm("x", 0.7, 1024, ""), COLUMNS, TemplatePreview())

    assert "Columns: [Name] [A b]." in str(windows.template_modal(form)["blocks"])
