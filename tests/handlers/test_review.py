"""The review as people meet it: buttons, thumbs and forms on the cards in a batch's thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.deps import Deps
from bot.domain.people import Actor
from bot.domain.review import ReviewState
from bot.views.ids import Action
from storage.engine import transaction
from storage.models import Completion, Project
from tests.handlers.test_catalog import shows
from tests.support.bot import bot_on
from tests.support.given_texts import given_existing_texts, state, text, texts
from tests.support.workspace import CATALOG, Workspace

Json = dict[str, Any]
ANA = Actor("T0LOCAL", "U0ANA", name="Ana")


@pytest.fixture
async def project(deps: Deps) -> Project:
    """Eight texts to review, in the channel that everybody is in."""
    return await given_existing_texts(deps.db, ANA, deps.now(), channel=CATALOG)


@pytest.fixture
async def bot(slack: Workspace, deps: Deps, project: Project) -> AsyncIterator[Deps]:
    async with bot_on(deps, slack):
        yield deps


async def sample(slack: Workspace, number: int = 0) -> Json:
    """The card of a tea by its number, once it stands in the thread."""
    return await slack.ana.wait_for_message(
        lambda one: shows(Action.REVIEW_APPROVE)(one) and one["text"].startswith(f"Tea {number}:")
    )


async def becomes(slack: Workspace, card: Json, words: str) -> Json:
    return await slack.ana.wait_for_message(lambda one: one["ts"] == card["ts"] and words in one["text"])


async def ids(bot: Deps, project: Project) -> list[int]:
    return [row.id or 0 for row in await texts(bot.db, project)]


async def test_a_batch_card_with_five_samples_in_its_thread(slack: Workspace, bot: Deps) -> None:
    card = await slack.ana.wait_for_message(shows(Action.REVIEW_NEXT))
    shown = [await sample(slack, number) for number in range(5)]

    assert "0 of 8" in str((await slack.ana.wait_for_text("Review of 8 texts"))["blocks"])
    batch = await slack.ana.wait_for_text("Review of 8 texts: 0 decided, 8 open.")
    assert {one["thread_ts"] for one in shown} == {batch["ts"]} and card is not None
    assert slack.ana.newest(lambda one: one["text"].startswith("Tea 5:")) is None
    assert "Tea number 0 tastes of long afternoons" in shown[0]["text"]


async def test_approve_leaves_one_line_with_undo_and_shows_the_next(slack: Workspace, bot: Deps) -> None:
    card = await sample(slack)

    await slack.ben.click(Action.REVIEW_APPROVE, message=card)

    decided = await becomes(slack, card, "approved by <@U0BEN>")
    assert shows(Action.REVIEW_UNDO)(decided) and not shows(Action.REVIEW_APPROVE)(decided)
    await sample(slack, 5)
    await slack.ana.wait_for_text("1 decided, 7 open")


async def test_of_two_who_press_at_once_one_wins_and_the_other_is_told(
    slack: Workspace, bot: Deps, project: Project
) -> None:
    card = await sample(slack)

    await asyncio.gather(
        slack.ana.click(Action.REVIEW_APPROVE, message=card), slack.ben.click(Action.REVIEW_APPROVE, message=card)
    )

    _, winner = await state(bot.db, (await ids(bot, project))[0])
    loser = slack.ben if winner == "U0ANA" else slack.ana
    told = await loser.wait_for_text(f"Already approved by <@{winner}>.")
    assert told["ephemeral"]


async def test_reject_asks_why_and_keeps_it(slack: Workspace, bot: Deps, project: Project) -> None:
    card = await sample(slack)

    await slack.ben.click(Action.REVIEW_REJECT, message=card)
    assert await slack.ben.submit({"reason": "Says nothing <useful>"}) == {}

    decided = await becomes(slack, card, "rejected by <@U0BEN>")
    assert "Says nothing &lt;useful&gt;" in str(decided["blocks"])


async def test_an_edit_counts_as_decided_and_shows_its_words(slack: Workspace, bot: Deps, project: Project) -> None:
    card = await sample(slack)

    await slack.ana.click(Action.REVIEW_EDIT, message=card)
    assert await slack.ana.submit({"text": "A tea for people who whistle."}) == {}

    decided = await becomes(slack, card, "edited by <@U0ANA>")
    assert "A tea for people who whistle." in str(decided["blocks"])


async def test_an_edit_that_comes_too_late_loses_no_typing(slack: Workspace, bot: Deps, project: Project) -> None:
    card = await sample(slack)
    await slack.ana.click(Action.REVIEW_EDIT, message=card)
    await slack.ana.wait_for_modal()
    await slack.ben.click(Action.REVIEW_APPROVE, message=card)
    await becomes(slack, card, "approved by <@U0BEN>")

    await slack.ana.submit({"text": "Half an hour of typing."})

    view = await slack.ana.wait_for_modal(lambda view: "Half an hour of typing." in str(view["blocks"]))
    assert "Already approved by <@U0BEN>." in str(view["blocks"])
    assert "Tea number 0 tastes of long afternoons" in str(view["blocks"])
    assert await state(bot.db, (await ids(bot, project))[0]) == (ReviewState.APPROVED, "U0BEN")


async def test_a_text_of_ones_own_takes_the_place_of_the_other(slack: Workspace, bot: Deps, project: Project) -> None:
    card = await sample(slack)

    await slack.ana.click(Action.REVIEW_OWN, message=card)
    await slack.ana.submit({"text": "My own words."})

    await becomes(slack, card, "edited by <@U0ANA>")
    found = await text(bot.db, (await ids(bot, project))[0])
    assert (found.text, found.origin) == ("My own words.", "slack_edit")


async def test_undo_brings_the_buttons_back(slack: Workspace, bot: Deps) -> None:
    card = await sample(slack)
    await slack.ana.click(Action.REVIEW_APPROVE, message=card)
    await becomes(slack, card, "approved by")

    await slack.ana.click(Action.REVIEW_UNDO, message=card)

    assert shows(Action.REVIEW_APPROVE)(await becomes(slack, card, "waiting for a decision"))


async def test_an_objection_stands_on_the_card(slack: Workspace, bot: Deps) -> None:
    card = await sample(slack)
    await slack.ana.click(Action.REVIEW_APPROVE, message=card)
    await becomes(slack, card, "approved by")

    await slack.ben.click(Action.REVIEW_OBJECT, message=card)
    await slack.ben.submit({"reason": "It is a herb, not a tea."})

    await slack.ana.wait_for_message(lambda one: one["ts"] == card["ts"] and "not a tea" in str(one["blocks"]))
    await slack.ana.wait_for_text("<@U0BEN> objects to a text that you approved.")


async def test_thumbs_decide_and_taking_them_back_undoes(slack: Workspace, bot: Deps) -> None:
    card = await sample(slack)

    await slack.ben.react(card, "+1::skin-tone-4")
    await becomes(slack, card, "approved by <@U0BEN>")
    await slack.ben.unreact(card, "+1::skin-tone-4")
    await becomes(slack, card, "waiting for a decision")
    await slack.ben.react(card, "-1")
    await becomes(slack, card, "rejected by <@U0BEN>")


async def test_focus_mode_goes_from_text_to_text_until_nothing_waits(
    slack: Workspace, bot: Deps, project: Project
) -> None:
    await slack.ana.command(CATALOG, "/tune review")
    await slack.ana.wait_for_modal(lambda view: "Tea 0" in str(view["blocks"]))

    await slack.ana.submit()
    await slack.ana.wait_for_modal(lambda view: "Tea 1" in str(view["blocks"]))
    await slack.ana.click(Action.REVIEW_REJECT)
    await slack.ana.wait_for_modal(lambda view: "reason" in str(view["blocks"]))
    await slack.ana.submit({"reason": "no"})
    await slack.ana.wait_for_modal(lambda view: "Tea 2" in str(view["blocks"]))
    await slack.ana.click(f"{Action.REVIEW_NEXT}:skip")
    await slack.ana.wait_for_modal(lambda view: "Tea 3" in str(view["blocks"]))
    for number in range(3, 8):
        await slack.ana.wait_for_modal(lambda view, number=number: f"Tea {number}" in str(view["blocks"]))
        await slack.ana.submit()

    await slack.ana.wait_for_modal(lambda view: "Nothing waits for you" in str(view["blocks"]))
    rows = await texts(bot.db, project)
    assert [row.review for row in rows].count(ReviewState.APPROVED) == 6
    assert rows[2].review == ReviewState.OPEN


async def test_a_long_text_is_approved_from_its_full_view(slack: Workspace, deps: Deps, project: Project) -> None:
    first = (await texts(deps.db, project))[0].id
    async with transaction(deps.db) as session:
        row = await session.get(Completion, first)
        assert row is not None
        row.text = "long words " * 400 + "the end"
        session.add(row)
    async with bot_on(deps, slack):
        card = await slack.ana.wait_for_message(shows(Action.REVIEW_FULL))
        assert not shows(Action.REVIEW_APPROVE)(card)

        await slack.ana.click(Action.REVIEW_FULL, message=card)
        await slack.ana.wait_for_modal(lambda view: "the end" in str(view["blocks"]))
        await slack.ana.submit()

        await becomes(slack, card, "approved by <@U0ANA>")


async def test_where_slack_text_must_not_train_edit_is_refused_in_words(
    slack: Workspace, deps: Deps, project: Project
) -> None:
    settings = deps.settings.model_copy(update={"slack_text_for_training": "no"})
    async with bot_on(replace(deps, settings=settings), slack):
        card = await sample(slack)
        await slack.ana.click(Action.REVIEW_EDIT, message=card)

        told = await slack.ana.wait_for_text("not used for training here")
        assert told["ephemeral"]


async def test_only_an_owner_has_a_text_written_again(slack: Workspace, bot: Deps) -> None:
    card = await sample(slack)

    await slack.ben.click(Action.REVIEW_AGAIN, message=card)
    await slack.ben.wait_for_text("Only the project's owner can do this: <@U0ANA>.")
    await slack.ana.click(Action.REVIEW_AGAIN, message=card)

    view = await slack.ana.wait_for_modal()
    assert "Costs under 1 cent." in str(view["blocks"])
