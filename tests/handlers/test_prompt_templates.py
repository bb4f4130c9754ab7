"""Several templates, starters, other projects, the glossary and the closer look as people meet them."""

from __future__ import annotations

from typing import Any

from bot.deps import Deps
from bot.views.ids import Action, Callback
from tests.handlers.test_catalog import deps, drop, shows
from tests.handlers.test_prompt import shop
from tests.support.given_catalog import teas
from tests.support.workspace import CATALOG, Workspace

Json = dict[str, Any]
__all__ = ["deps", "shop"]  # the fixtures are found by their names


async def test_a_second_template_is_added_from_the_card_listed_and_removed(slack: Workspace, shop: Json) -> None:
    assert "170 more to go: a second template gives 60." in str(shop["blocks"])
    await slack.ana.click(Action.TEMPLATE_ADD, message=shop)
    await slack.ana.wait_for_modal(lambda one: one["callback_id"] == Callback.TEMPLATE_NEXT)
    assert "Tell somebody" in slack.ana.form()["template"].body["initial_value"]
    assert await slack.ana.submit({"share": "99", "name": " "}) != {}
    assert await slack.ana.submit({"share": "40", "name": "Short"}) == {}

    card = await slack.ana.wait_for_message(shows(Action.PROMPTS_SIGN), after=shop["ts"])
    assert "Templates: Main 60 %, Short 40 %" in str(card["blocks"]) and "*60 prompts*" in str(card["blocks"])
    await slack.ana.click(Action.TEMPLATE_OPEN, message=card)
    window = await slack.ana.wait_for_modal(lambda one: "*Short*" in str(one.get("blocks")))
    assert "Share: 60 %" in str(window["blocks"])

    await slack.ana.click(Action.TEMPLATE_OTHER, choose="remove:2")
    await slack.ana.wait_for_modal(lambda one: "*Short*" not in str(one.get("blocks")))
    await slack.ana.wait_for_message(
        lambda one: shows(Action.PROMPTS_SIGN)(one) and "*30 prompts*" in str(one.get("blocks"))
    )


async def test_a_template_added_above_the_main_window_shows_in_it_and_loses_no_typing(
    slack: Workspace, shop: Json
) -> None:
    await slack.ana.click(Action.TEMPLATE_OPEN, message=shop)
    await slack.ana.wait_for_modal(lambda one: one["callback_id"] == Callback.TEMPLATE)
    typed: Json = {"template": {Action.TEMPLATE_TEXT: {"type": "plain_text_input", "value": "Praise [product name]"}}}
    await slack.ana.click(Action.TEMPLATE_ADD, state=typed)
    await slack.ana.wait_for_modal(lambda one: one["callback_id"] == Callback.TEMPLATE_NEXT)

    assert await slack.ana.submit({}) == {}

    await slack.ana.wait_for_modal(
        lambda one: one["callback_id"] == Callback.TEMPLATE and "*Asked differently*" in str(one.get("blocks"))
    )
    assert await slack.ana.submit({"name": "First"}) == {}
    await slack.ana.wait_for_message(
        lambda one: "Templates: First 50 %, Asked differently 50 %" in str(one.get("blocks"))
    )
    await slack.ana.wait_for_message(lambda one: "Praise Tea" in str(one.get("blocks")))


async def test_a_starter_fills_the_text_in_and_another_projects_template_as_well(slack: Workspace, shop: Json) -> None:
    await slack.ana.command(CATALOG, "/tune new Second shop")
    await drop(slack.ana, CATALOG, teas(4), "more.csv")
    await slack.ana.click(Action.CATALOG_USE)
    await slack.ana.wait_for_text("4 prompts")
    await slack.ana.command(CATALOG, "/tune template")
    await slack.ana.wait_for_modal(lambda one: "4 prompts" in str(one.get("blocks")))

    await slack.ana.click(Action.TEMPLATE_STARTER, choose="questions")
    await slack.ana.wait_for_modal(lambda one: "Write three questions" in str(one.get("blocks")))
    assert slack.ana.form()["template"].body["initial_value"].startswith("Write three questions")
    await slack.ana.click(Action.TEMPLATE_TAKE, choose="Shop")
    await slack.ana.wait_for_modal(lambda one: "Write three questions" not in str(one.get("blocks")))
    assert slack.ana.form()["template"].body["initial_value"].startswith("Write a description of [Product Name]")


async def test_the_glossary_is_checked_line_by_line_kept_and_taken_by_another_project(
    slack: Workspace, shop: Json
) -> None:
    await slack.ana.click(Action.STYLE_OPEN, message=shop)
    await slack.ana.wait_for_modal()
    wrong = await slack.ana.submit({"glossary": "colour -> color\nteapot: pot"})
    assert wrong == {"glossary": "Line 2: “teapot: pot” needs one arrow, such as colour -> color."}
    assert await slack.ana.submit({"glossary": "colour -> color\ntea pot → teapot", "tone": "warm"}) == {}
    await slack.ana.wait_for_message(lambda one: "2 glossary entries" in str(one.get("blocks")))

    await slack.ana.command(CATALOG, "/tune new Second shop")
    await slack.ana.command(CATALOG, "/tune style")
    await slack.ana.wait_for_modal(lambda one: Action.STYLE_TAKE in str(one.get("blocks")))
    await slack.ana.click(Action.STYLE_TAKE, choose="Shop")
    await slack.ana.wait_for_modal(lambda one: "tea pot -> teapot" in str(one.get("blocks")))
    assert slack.ana.form()["tone"].body["initial_value"] == "warm"
    assert await slack.ana.submit({}) == {}


async def test_a_closer_look_opens_and_the_ten_are_sampled_by_a_column(slack: Workspace, bot: Deps) -> None:
    rows = "\n".join(f"Item {number},{'abc'[number % 3]},red" for number in range(12))
    await slack.ana.command(CATALOG, "/tune new Shop")
    await drop(slack.ana, CATALOG, f"Product Name,Type,Details\n{rows}\n", "items.csv")
    await slack.ana.click(Action.CATALOG_USE)
    card = await slack.ana.wait_for_message(shows(Action.PROMPTS_SIGN))

    await slack.ben.click(Action.PROMPTS_CLOSER, message=card)
    window = await slack.ben.wait_for_modal(lambda one: "The shortest prompt" in str(one.get("blocks")))
    assert "no two products give the same prompt" in str(window["blocks"])
    await slack.ben.close_modal()
    await slack.ben.click(Action.PROMPTS_BY, message=card, choose="Ten by Type")
    await slack.ana.wait_for_message(lambda one: "These by Type: a 4, b 3, c 3" in str(one.get("blocks")))
