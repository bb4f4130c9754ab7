"""The catalog's messages: plain words, exact numbers, and nothing in a cell or a header that Slack would act on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.cards_catalog import (
    CatalogCard,
    CatalogFix,
    CatalogQuestion,
    CatalogStage,
    ExistingTexts,
    ListChoice,
)
from bot.domain.catalog import Column, Feature, Folding, ListColumn, Roles, Step
from bot.domain.catalog_kinds import Kind
from bot.domain.message import Message
from bot.local.workspace.limits import check_message_blocks, check_view
from bot.views import catalog as views
from bot.views import catalog_forms as forms
from bot.views.blocks import MESSAGE_CHARACTERS
from bot.views.ids import Action

DETAILS = ListColumn("Details", ",", rows=2, texts=4, example=("tablets", "syrup"))
CARD = CatalogCard(
    id=7,
    filename="medicines.csv",
    stage=CatalogStage.READY,
    project_id=3,
    rows=2,
    columns=(
        Column("Product Name", Kind.TEXT, 0, 2, None, ("Paracetamol",)),
        Column("Details", Kind.TEXT, 1, 2, ",", ("tablets,syrup",)),
    ),
    roles=Roles("Product Name", None, "Details", None),
    lists=(ListChoice(DETAILS, split=True),),
    examples=((("Product Name", "Paracetamol"), ("Details", "tablets,syrup")),),
)
HOSTILE = "<!channel> <@U1> &amp; *bold* `x` <https://evil.example|click>"


def actions_of(message: Message) -> list[str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row]


def test_the_question_about_lists_is_asked_in_words_with_the_other_answer_on_its_button() -> None:
    message = views.catalog_card(CARD)

    [question] = [block for block in message.blocks if block.get("accessory")]
    assert question["text"]["text"] == (
        "'Details' lists several values (tablets, syrup). I'll write one text per value: 4 texts."
    )
    assert question["accessory"]["text"]["text"] == "One per product instead: 2"
    assert question["accessory"]["value"] == "7:1:one"


def test_texts_that_exist_are_counted_in_a_sentence() -> None:
    message = views.catalog_card(replace(CARD, existing=ExistingTexts("Our description", 40, 60)))

    sentence = "40 of 60 products already have a text in 'Our description'. They can be reviewed as they are."
    assert sentence in message.text and sentence in str(message.blocks)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (CatalogStage.READY, [Action.CATALOG_USE, Action.CATALOG_FIX, Action.CATALOG_CANCEL]),
        (CatalogStage.USED, [Action.PROMPTS_SHOW, Action.STYLE_OPEN, Action.TEMPLATE_OPEN]),
        (CatalogStage.FAILED, [Action.CATALOG_ADD, Action.CATALOG_RETRY]),
        (CatalogStage.CANCELLED, [Action.CATALOG_ADD]),
        (CatalogStage.WAITING, []),
    ],
)
def test_every_stage_has_the_buttons_of_its_next_step(stage: CatalogStage, expected: list[str]) -> None:
    message = views.catalog_card(replace(CARD, stage=stage, problem="It is empty."))

    assert actions_of(message) == expected
    assert "medicines.csv" in message.text
    check_message_blocks(message.blocks)


def test_where_a_catalog_is_in_use_the_choice_is_version_project_or_nothing() -> None:
    message = views.catalog_card(replace(CARD, in_use="teas.csv"))

    assert actions_of(message) == [
        Action.CATALOG_VERSION, Action.CATALOG_OTHER, Action.CATALOG_FIX, Action.CATALOG_CANCEL,
    ]  # fmt: skip
    assert "This project uses teas.csv now." in message.text


def test_missing_values_repetitions_and_kinds_are_in_plain_words() -> None:
    words = str(views.catalog_card(replace(CARD, duplicates=3)).blocks)

    assert "3 rows are exact repetitions." in words
    assert "*Details*  text, 2 different, 1 missing" in words


def test_nothing_that_a_file_says_is_read_by_slack() -> None:
    column = Column(HOSTILE, Kind.TEXT, 0, 1, None, (HOSTILE,))
    card = replace(
        CARD, filename=HOSTILE, columns=(column,), roles=Roles(HOSTILE), warnings=(HOSTILE,), cleaned=(HOSTILE,),
        lists=(), examples=(((HOSTILE, HOSTILE),),), existing=ExistingTexts(HOSTILE, 1, 2), in_use=HOSTILE,
    )  # fmt: skip
    for stage in CatalogStage:
        message = views.catalog_card(replace(card, stage=stage, problem=HOSTILE))
        markup = [text for text in _markup(message.blocks) if "<!" in text or "<@" in text or "<http" in text]
        assert not markup and "<!" not in message.text


def _markup(node: object) -> list[str]:
    """Every text that Slack reads markup in."""
    if isinstance(node, list):
        return [text for one in node for text in _markup(one)]
    if not isinstance(node, dict):
        return []
    own = [str(node["text"])] if node.get("type") == "mrkdwn" else []
    return own + [text for one in node.values() for text in _markup(one)]


COLUMNS = st.lists(
    st.builds(
        Column, st.text(min_size=1, max_size=300), st.sampled_from(Kind), st.integers(0, 10**6), st.integers(0, 10**6),
        st.none(), st.just(()),
    ),
    min_size=1, max_size=150, unique_by=lambda column: column.name,
)  # fmt: skip
WORDS = st.lists(st.text(min_size=1, max_size=3000), max_size=12).map(tuple)


@settings(max_examples=60, deadline=None)
@given(columns=COLUMNS, warnings=WORDS, value=st.text(max_size=4000), filename=st.text(min_size=1, max_size=300))
def test_no_catalog_makes_a_card_or_form_that_slack_refuses(
    columns: list[Column], warnings: tuple[str, ...], value: str, filename: str
) -> None:
    listed = ListColumn(columns[-1].name, ",", 5, 9, (value, value))
    card = replace(
        CARD, filename=filename, columns=tuple(columns), warnings=warnings, cleaned=warnings,
        lists=(ListChoice(listed, split=False),), examples=tuple(((columns[0].name, value),) * 4 for _ in range(3)),
    )  # fmt: skip
    message = views.catalog_card(card)
    form = CatalogFix(7, tuple(columns), Roles(columns[-1].name), (listed,), (listed.column,), sheets=("a", "b"))

    check_message_blocks(message.blocks)
    check_view(forms.fix_modal(form), "modal")
    assert sum(map(len, _markup(message.blocks))) < MESSAGE_CHARACTERS


def test_the_add_form_and_the_question_are_what_slack_takes() -> None:
    check_view(forms.add_modal("C1"), "modal")
    message = views.question(CatalogQuestion(7, "budget.xlsx", in_use="teas.csv"))
    check_message_blocks(message.blocks)

    assert message.text == "Use budget.xlsx as a product catalog?"
    assert actions_of(message) == [Action.CATALOG_YES, Action.CATALOG_NO, Action.CATALOG_NEVER]


def test_a_column_beyond_the_hundredth_can_still_be_the_chosen_one() -> None:
    columns = tuple(Column(f"c{n}", Kind.TEXT, 0, 1, None, ()) for n in range(150))

    view = forms.fix_modal(CatalogFix(7, columns, Roles("c140"), (), ()))

    check_view(view, "modal")
    [name] = [block["element"] for block in view["blocks"] if block["block_id"] == "product_name"]
    assert name["initial_option"]["value"] == "140"


def test_folded_rows_are_said_with_the_other_way_on_a_button() -> None:
    done = replace(CARD, folding=Folding("Handle", 636, 278, certain=True, done=True, platform="Shopify"))
    message = views.catalog_card(done)

    [fold] = [block for block in message.blocks if (block.get("accessory") or {}).get("value") == "7:rows"]
    sentence = "636 rows folded into 278 products by Handle, as in every Shopify export."
    assert fold["text"]["text"].startswith(sentence) and sentence in message.text
    assert fold["accessory"]["text"]["text"] == "Every row instead: 636"


def test_rows_that_may_belong_together_are_offered() -> None:
    message = views.catalog_card(replace(CARD, folding=Folding("code", 400, 100)))

    [fold] = [block for block in message.blocks if (block.get("accessory") or {}).get("value") == "7:fold"]
    assert fold["accessory"]["text"]["text"] == "Fold them: 100" and "folded" not in message.text


def test_what_could_be_done_besides_is_named_with_where() -> None:
    feature = Feature("amount:Price", "Price", ("Price amount", "Price currency"), ("9 EUR", "9", "EUR"))
    offered = (Step("html", 3, "3 cells hold HTML; it can be made plain text."), Step("trim", 1, "1 cell."))
    words = str(views.catalog_card(replace(CARD, offered=offered, features=(feature,))).blocks)

    assert "3 cells hold HTML" in words and "'Price' can give columns of its own: Price amount" in words
    assert "“Fix columns” does these." in words and "1 cell." not in words


def test_empty_columns_are_counted_not_listed() -> None:
    empty = tuple(Column(f"void {n}", Kind.TEXT, 2, 0, None, ()) for n in range(3))

    words = str(views.catalog_card(replace(CARD, columns=(*CARD.columns, *empty))).blocks)

    assert "3 empty columns" in words and "void" not in words
