"""Editing in Slack: long texts in parts, reasons to tick, the history, a hint that becomes house style."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from bot.deps import Deps
from bot.domain.review import ReviewState
from bot.views.ids import Action, Callback
from storage.engine import transaction
from storage.models import Completion, Project
from tests.handlers.test_catalog import shows
from tests.handlers.test_review import ANA, Json, becomes, ids, sample
from tests.support.bot import bot_on
from tests.support.given_texts import given_existing_texts, state, text
from tests.support.workspace import CATALOG, Workspace


@pytest.fixture
async def project(deps: Deps) -> Project:
    return await given_existing_texts(deps.db, ANA, deps.now(), channel=CATALOG)


@pytest.fixture
async def bot(slack: Workspace, deps: Deps, project: Project) -> AsyncIterator[Deps]:
    async with bot_on(deps, slack):
        yield deps


def boxes(view: Json) -> dict[str, str]:
    return {
        block["block_id"]: block["element"].get("initial_value", "")
        for block in view["blocks"]
        if block["type"] == "input"
    }


async def given_long(bot: Deps, project: Project) -> str:
    """The first text has five paragraphs, more than one box takes."""
    long = "\n\n".join(f"Paragraph {n}. " + "word " * 180 + "end." for n in range(5))
    async with transaction(bot.db) as session:
        found = await session.get_one(Completion, (await ids(bot, project))[0])
        found.text = found.original = long
    return long


async def test_a_long_text_is_edited_in_parts(slack: Workspace, bot: Deps, project: Project) -> None:
    long = await given_long(bot, project)
    card = await slack.ana.wait_for_message(shows(Action.REVIEW_FULL))
    await slack.ana.click(Action.REVIEW_EDIT, message=card)
    typed = boxes(await slack.ana.wait_for_modal())
    assert len(typed) == 3

    changed = {name: words.replace("Paragraph 2.", "My paragraph.") for name, words in typed.items()}
    assert await slack.ana.submit(changed) == {}

    await becomes(slack, card, "edited by <@U0ANA>")
    first = await text(bot.db, (await ids(bot, project))[0])
    assert (first.text, first.original) == (long.replace("Paragraph 2.", "My paragraph."), long)


async def test_an_emptied_text_is_complained_about_under_its_first_part(
    slack: Workspace, bot: Deps, project: Project
) -> None:
    await given_long(bot, project)
    await slack.ana.click(Action.REVIEW_EDIT, message=await slack.ana.wait_for_message(shows(Action.REVIEW_FULL)))
    names = list(boxes(await slack.ana.wait_for_modal()))

    errors = await slack.ana.submit(dict.fromkeys(names, ""))

    assert list(errors) == names[:1] and "Write a text" in errors[names[0]]


async def test_reject_takes_ticks_and_words(slack: Workspace, bot: Deps, project: Project) -> None:
    card = await sample(slack)

    await slack.ben.click(Action.REVIEW_REJECT, message=card)
    assert await slack.ben.submit({"reasons": ["1", "3"], "reason": "says brass"}) == {}

    decided = await becomes(slack, card, "rejected by <@U0BEN>")
    assert "Invents something; Too long; says brass" in json.dumps(decided["blocks"], ensure_ascii=False)


async def test_an_edited_card_opens_its_history(slack: Workspace, bot: Deps, project: Project) -> None:
    card = await sample(slack)
    await slack.ana.click(Action.REVIEW_EDIT, message=card)
    await slack.ana.submit({"text": "Tea number 0 tastes of short afternoons."})
    edited = await becomes(slack, card, "edited by <@U0ANA>")

    await slack.ben.click(Action.REVIEW_HISTORY, message=edited)

    said = json.dumps(await slack.ben.wait_for_modal(), ensure_ascii=False)
    assert '"text": "short", "style": {"bold": true}' in said and "<@U0ANA>" in said


async def test_three_rejections_for_the_same_reason_lead_to_the_house_style(
    slack: Workspace, bot: Deps, project: Project
) -> None:
    for number in range(3):
        await slack.ben.click(Action.REVIEW_REJECT, message=await sample(slack, number))
        assert await slack.ben.submit({"reason": "Don't say “afternoons”"}) == {}
    offer = await slack.ana.wait_for_message(shows(Action.STYLE_FROM_HINT))
    assert "<@U0BEN> has asked 3 times" in offer["text"]

    await slack.ana.click(Action.STYLE_FROM_HINT, message=offer)
    form = await slack.ana.wait_for_modal(lambda view: view["callback_id"] == Callback.STYLE)
    assert boxes(form)["never_say"] == "afternoons" and "people keep asking for" in str(form["blocks"][0])
    await slack.ana.submit(boxes(form))

    await slack.ana.wait_for_message(lambda one: one["text"].startswith("Tea 3:") and "must not be said" in one["text"])
    assert (await state(bot.db, (await ids(bot, project))[0]))[0] == ReviewState.REJECTED
