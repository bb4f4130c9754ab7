"""House style, template and sign-off as people meet them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.deps import Deps
from bot.views.ids import Action
from tests.handlers.test_catalog import deps, drop, shows
from tests.support.given_catalog import SEED, teas
from tests.support.workspace import CATALOG, Workspace

Json = dict[str, Any]
__all__ = ["deps"]  # the fixture is found by its name


@pytest.fixture
async def shop(slack: Workspace, bot: Deps) -> Json:
    """The sign-off card of thirty teas, twelve of them with a text."""
    await slack.ana.command(CATALOG, "/tune new Shop")
    await drop(slack.ana, CATALOG, teas(30, described=12), "teas.csv")
    await slack.ana.click(Action.CATALOG_USE)
    return await slack.ana.wait_for_message(shows(Action.PROMPTS_SIGN))


def shown_prompts(message: Json) -> list[str]:
    rich = [block for block in message["blocks"] if block["type"] == "rich_text"]
    return [line["elements"][0]["text"] for block in rich for line in block["elements"][0]["elements"]]


async def test_the_card_counts_prices_and_names_what_leaves(slack: Workspace, shop: Json) -> None:
    words = str(shop["blocks"])

    assert "*30 prompts* in all, the guide to training asks for 200; you can begin with fewer." in words
    assert "5 to try first: under 1 cent. All of them: $0.02, with small." in words
    assert (
        "Sends the columns Product Name, Type, Details of 30 products to the lab. Not sent: Price, Our description."
        in words
    )
    assert "12 products already have a text" in words
    assert len(set(shown_prompts(shop))) == 10


async def test_ten_more_edits_the_card_in_place(slack: Workspace, shop: Json) -> None:
    await slack.ben.click(Action.PROMPTS_MORE)

    card = await slack.ana.wait_for_message(
        lambda one: one["ts"] == shop["ts"] and shown_prompts(one) != shown_prompts(shop)
    )
    assert not set(shown_prompts(card)) & set(shown_prompts(shop))


async def test_only_an_owner_says_looks_right(slack: Workspace, shop: Json) -> None:
    await slack.ben.click(Action.PROMPTS_SIGN)

    note = await slack.ben.wait_for_text("Only the project's owner can do this: <@U0ANA>.")
    assert note["ephemeral"]
    assert shows(Action.PROMPTS_SIGN)(slack.ana.newest(lambda one: one["ts"] == shop["ts"]) or {})


async def test_the_house_style_is_saved_and_the_prompts_are_shown_anew(slack: Workspace, shop: Json) -> None:
    await slack.ana.click(Action.STYLE_OPEN)
    await slack.ana.wait_for_modal()
    assert await slack.ana.submit({"min_words": "60", "max_words": "40"}) == {
        "max_words": "The most words cannot be fewer than the fewest."
    }

    form = {
        "tone": "warm",
        "min_words": "30",
        "max_words": "45",
        "never_say": "perfect, luxury\nbest",
        "example_1": "A\nB",
    }
    assert await slack.ana.submit(form) == {}

    card = await slack.ana.wait_for_message(shows(Action.PROMPTS_SIGN), after=shop["ts"])
    assert "English · warm · 30 to 45 words · never says perfect, luxury, best" in str(card["blocks"])
    await slack.ana.click(Action.STYLE_OPEN)
    await slack.ana.wait_for_modal()
    assert slack.ana.form()["example_1"].body["initial_value"] == "A\nB"


def typed(template: str) -> dict[str, Json]:
    """The form's state while somebody types a template."""
    return {"template": {str(Action.TEMPLATE_TEXT): {"type": "plain_text_input", "value": template}}}


async def test_the_template_previews_real_products_while_it_is_typed(slack: Workspace, shop: Json) -> None:
    await slack.ben.command(CATALOG, "/tune template")
    view = await slack.ben.wait_for_modal()
    assert "*30 prompts* from 30 products." in str(view["blocks"])

    await slack.ben.click(Action.TEMPLATE_PREVIEW, state=typed("Praise [PRODUCT-name] for [nothing]"))
    view = await slack.ben.wait_for_modal(lambda one: "There is no column" in str(one["blocks"]))
    assert slack.ben.form()["template"].body["initial_value"] == "Praise [PRODUCT-name] for [nothing]"
    [update] = await slack.sent("views.update")
    assert update["hash"], "a preview that comes late must not undo a newer one"
    errors = await slack.ben.submit({"template": "Praise [PRODUCT-name] for [nothing]"})
    assert "There is no column 'nothing'" in errors["template"]

    await slack.ben.click(Action.TEMPLATE_PREVIEW, state=typed("Praise [PRODUCT-name] as [our_description]"))
    view = await slack.ben.wait_for_modal(lambda one: "Praise Tea" in str(one["blocks"]))
    assert "*12 prompts* from 30 products." in str(view["blocks"])
    assert "18 products left out, because a column is empty: 'Our description' (18)." in str(view["blocks"])


async def test_a_saved_template_with_its_settings_makes_a_new_card_and_the_old_one_history(
    slack: Workspace, shop: Json
) -> None:
    await slack.ana.click(Action.TEMPLATE_OPEN, message=shop)
    await slack.ana.wait_for_modal()

    assert await slack.ana.submit({"template": "Praise [product name]", "temperature": "0.2", "model": "small"}) == {}

    card = await slack.ana.wait_for_message(shows(Action.PROMPTS_SIGN), after=shop["ts"])
    assert "Sends the column Product Name of 30 products to the lab." in card["text"]
    old = await slack.ana.wait_for_message(lambda one: one["ts"] == shop["ts"] and "Earlier prompts" in one["text"])
    assert not shows(Action.PROMPTS_SIGN)(old)
    await slack.ana.command(CATALOG, "/tune template")
    await slack.ana.wait_for_modal()
    assert slack.ana.form()["temperature"].body["initial_value"] == "0.2"


async def test_asking_for_the_prompts_again_leads_to_the_card_that_is_there(slack: Workspace, shop: Json) -> None:
    await slack.ana.command(CATALOG, "/tune prompts")

    note = await slack.ana.wait_for_text("The prompts have not changed;")
    assert note["ephemeral"]


async def test_before_a_catalog_every_command_says_what_comes_first(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune prompts")
    await slack.ana.wait_for_text("There is no project in this channel yet.")
    await slack.ana.command(CATALOG, "/tune new Shop")

    await slack.ana.command(CATALOG, "/tune template")

    await slack.ana.wait_for_text("This project has no catalog yet.")


async def test_the_seed_comes_out_exactly_in_slack(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune new Medicines")
    await slack.ana.command(CATALOG, "/tune catalog")
    await slack.ana.wait_for_modal()
    await slack.ana.submit({"pasted": SEED})
    await slack.ana.click(Action.CATALOG_USE)

    card = await slack.ana.wait_for_message(shows(Action.PROMPTS_SIGN))

    assert sorted(shown_prompts(card)) == [
        "Write a description of Doxycycline, mention Antibiotic and injection",
        "Write a description of Doxycycline, mention Antibiotic and tablets",
        "Write a description of Paracetamol, mention Generic Drug and syrup",
        "Write a description of Paracetamol, mention Generic Drug and tablets",
    ]
