"""Ordering texts as people meet it: five to try, more, the ones that are there already, stop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.config import ModelSettings
from bot.deps import Deps
from bot.domain.people import Actor
from bot.views.ids import Action
from storage.engine import Database
from storage.models import Project
from tests.handlers.test_catalog import shows
from tests.support.bot import MODEL, bot_on, deps_on
from tests.support.chat_server import ChatServer, running
from tests.support.given_catalog import given_signed_off, given_used_catalog, teas
from tests.support.given_texts import texts
from tests.support.workspace import CATALOG, Workspace

Json = dict[str, Any]
ANA = Actor("T0LOCAL", "U0ANA", name="Ana")
NOTICE = "Learning model: invents facts. Never publish."


@pytest.fixture(scope="module")
def provider() -> Iterator[ChatServer]:
    with running() as server:
        yield server


@pytest.fixture
async def deps(slack: Workspace, sqlite_db: Database, tmp_path: Path, provider: ChatServer) -> AsyncIterator[Deps]:
    """The bot's things, with a provider that answers."""
    provider.behave()
    async with deps_on(slack, sqlite_db, tmp_path, base_url=provider.base_url) as made:
        made.settings.models[MODEL] = ModelSettings(provider="lab", input_usd=1.0, output_usd=2.0, notice=NOTICE)
        yield made


@pytest.fixture
async def project(deps: Deps) -> Project:
    return await given_signed_off(deps.db, teas(30, described=4), ANA, deps.now(), channel=CATALOG)


@pytest.fixture
async def bot(slack: Workspace, deps: Deps, project: Project) -> AsyncIterator[Deps]:
    async with bot_on(deps, slack):
        yield deps


async def tried(slack: Workspace) -> Json:
    """The card of five texts, once they are written."""
    return await slack.ana.wait_for_message(shows(f"{Action.WRITE_MORE}:10"))


async def test_five_texts_with_their_facts_a_red_notice_and_offers_with_price_and_minutes(
    slack: Workspace, bot: Deps
) -> None:
    await slack.ana.click(Action.WRITE_TRY)

    card = await tried(slack)
    words = str(card["blocks"])
    assert words.count("rich_text_quote") == 5 and "Details: leaf" in words
    assert f":red_circle: *{NOTICE}*" in words
    assert "10 more · under 1 cent · 5 min review" in words
    assert "All 25 · under 1 cent · 12 min review" in words
    assert "Use the texts you already have (4)" in words
    assert shows(Action.TEMPLATE_OPEN)(card) and shows(Action.STYLE_OPEN)(card)


async def test_good_write_more_ends_in_a_review_and_one_ping(
    slack: Workspace, bot: Deps, project: Project, provider: ChatServer
) -> None:
    await slack.ana.click(Action.WRITE_TRY)
    await slack.ana.click(f"{Action.WRITE_MORE}:10", message=await tried(slack))

    ping = await slack.ana.wait_for_text("<@U0ANA> 10 texts are ready to review")
    assert shows(Action.REVIEW_NEXT)(ping)
    progress = await slack.ana.wait_for_text("Writing new texts: done: 10 of 10 written.")
    assert not shows(Action.WRITE_STOP)(progress)
    await slack.ana.wait_for_text("Review of 15 texts: 0 decided, 15 open.")
    sample = await slack.ana.wait_for_message(shows(Action.REVIEW_APPROVE))
    assert NOTICE in sample["text"] and NOTICE in str(sample["blocks"])
    assert (provider.stats()["bought"], provider.stats()["twice"]) == (15, 0)


async def test_only_owners_order_and_a_thumb_orders_nothing(
    slack: Workspace, bot: Deps, project: Project, provider: ChatServer
) -> None:
    await slack.ben.click(Action.WRITE_TRY)
    await slack.ben.wait_for_text("Only the project's owner can do this: <@U0ANA>.")
    await slack.ana.click(Action.WRITE_TRY)
    card = await tried(slack)

    await slack.ben.click(f"{Action.WRITE_MORE}:10", message=card)
    await slack.ana.react(card, "+1")

    await slack.ana.wait_for_text("spends nothing")
    assert provider.stats()["asked"] == 5 and len(await texts(bot.db, project)) == 5


async def test_texts_that_are_there_are_reviewed_without_a_notice_and_without_a_request(
    slack: Workspace, bot: Deps, provider: ChatServer
) -> None:
    await slack.ana.click(Action.WRITE_EXISTING)

    await slack.ana.wait_for_text("<@U0ANA> 4 texts are ready to review, about 2 min.")
    sample = await slack.ana.wait_for_message(shows(Action.REVIEW_APPROVE))
    assert "your own text" in str(sample["blocks"]) and NOTICE not in str(sample)
    assert "asked" not in provider.stats()


async def test_more_is_not_written_before_five_were_tried(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune write 10")

    await slack.ana.wait_for_text("Nobody has seen five texts of these prompts yet.")


async def test_nothing_is_written_before_the_prompts_are_signed_off(slack: Workspace, deps: Deps) -> None:
    await given_used_catalog(deps.db, teas(8), ANA, deps.now(), channel=CATALOG)
    async with bot_on(deps, slack):
        await slack.ana.command(CATALOG, "/tune write")

        await slack.ana.wait_for_text("The prompts have not been looked at yet.")


async def test_a_run_is_stopped_by_its_button_and_says_what_is_kept(
    slack: Workspace, bot: Deps, provider: ChatServer
) -> None:
    await slack.ana.command(CATALOG, "/tune write")
    await tried(slack)
    provider.behave(rpm=60, burst=3)
    await slack.ana.command(CATALOG, "/tune write all")
    progress = await slack.ana.wait_for_message(shows(Action.WRITE_STOP))

    await slack.ana.click(Action.WRITE_STOP, message=progress)

    ping = await slack.ana.wait_for_text("<@U0ANA> The writing was stopped.", timeout=30)
    assert "were not written" in ping["text"]


async def test_a_refusal_of_the_provider_is_told_on_the_card(slack: Workspace, bot: Deps, provider: ChatServer) -> None:
    provider.behave(key="another")

    await slack.ana.command(CATALOG, "/tune write")

    card = await slack.ana.wait_for_message(lambda one: "then it ended" in one["text"])
    assert "key" in card["text"] and shows(Action.WRITE_TRY)(card)


async def test_a_text_is_written_again_with_a_hint(slack: Workspace, bot: Deps, provider: ChatServer) -> None:
    await slack.ana.click(Action.WRITE_EXISTING)
    card = await slack.ana.wait_for_message(
        lambda one: shows(Action.REVIEW_APPROVE)(one) and one["text"].startswith("Tea 0:")
    )

    await slack.ana.click(Action.REVIEW_AGAIN, message=card)
    await slack.ana.submit({"hint": "Name the rain."})

    await slack.ana.wait_for_message(lambda one: one["ts"] == card["ts"] and "being written again" in one["text"])
    new = await slack.ana.wait_for_message(
        lambda one: one["ts"] != card["ts"] and shows(Action.REVIEW_APPROVE)(one) and one["text"].startswith("Tea 0:")
    )
    assert NOTICE in new["text"] and "1 of 4" in str(new["blocks"])
    assert provider.stats()["bodies"][0]["messages"][-1] == {"role": "user", "content": "Name the rain."}
