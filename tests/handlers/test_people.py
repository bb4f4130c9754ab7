"""Roles, the log of decisions, the pause, the digest and the agreement, as people meet them in Slack."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.deps import Deps
from bot.domain.people import Actor
from bot.domain.review import Surface, VerdictKind
from bot.domain.team import Team
from bot.jobs import remind
from bot.services import people, review, settings
from bot.views.ids import Action
from storage.engine import reading, transaction
from storage.models import Project
from tests.support.given_texts import approve, given_existing_texts, texts
from tests.support.workspace import CATALOG, Workspace

ANA, BEN = Actor("T0LOCAL", "U0ANA", "Ana Ruiz"), Actor("T0LOCAL", "U0BEN", "Ben")
# A Tuesday, ten in the morning in Berlin
TUESDAY = datetime(2099, 11, 24, 9, 0, tzinfo=UTC)


async def given_two_who_differ(bot: Deps) -> Project:
    """Six texts that need two votes; of two of them Ana and Ben say the same of one."""
    project = await given_existing_texts(bot.db, ANA, bot.now(), 6, channel=CATALOG)
    async with transaction(bot.db) as session:
        await settings.change(
            session, project.id or 0, ANA, lambda old: replace(old, votes=2, time_zone="Europe/Berlin"), now=bot.now()
        )
    first, second = [one.id or 0 for one in (await texts(bot.db, project))[:2]]
    for who, completion in ((ANA, first), (BEN, first), (ANA, second)):
        await approve(bot.db, completion, who, bot.now())
    async with transaction(bot.db) as session:
        await review.decide(
            session, second, 1, BEN, VerdictKind.REJECTED, surface=Surface.MODAL, now=bot.now(), reason="Too long"
        )
    return project


async def batch_card(slack: Workspace, words: str) -> dict[str, Any]:
    return await slack.ana.wait_for_message(
        lambda message: "Review of 6 texts" in message["text"] and words in str(message.get("blocks"))
    )


async def test_who_differs_is_on_the_card_in_a_window_and_in_a_table(bot: Deps, slack: Workspace) -> None:
    await given_two_who_differ(bot)
    card = await batch_card(slack, "agreed on 1 of 2")

    await slack.ana.click(Action.AGREEMENT_SHOW, message=card)
    window = await slack.ana.wait_for_modal()
    assert "You and <@U0BEN> agreed on 1 of 2" in str(window["blocks"])
    assert "<@U0ANA> says it is good · <@U0BEN> says no" in str(window["blocks"])
    await slack.ana.click(Action.AGREEMENT_FILE)

    table = await file_of(slack, "agreement-")
    assert table.decode("utf-8-sig").splitlines()[1].split(",")[1:4] == ["2", "1", "50.0"]


async def test_an_owner_gets_the_log_with_the_exact_texts(bot: Deps, slack: Workspace) -> None:
    await given_two_who_differ(bot)

    await slack.ben.command(CATALOG, "/tune audit")
    await slack.ben.wait_for_text("Only the project's owner can do this")
    await slack.ana.command(CATALOG, "/tune audit")

    table = (await file_of(slack, "decisions-")).decode("utf-8-sig")
    assert "Tea number 0 tastes of long afternoons" in table and table.count(",approved,text,") == 3


async def file_of(slack: Workspace, name: str) -> bytes:
    message = await slack.ana.wait_for_message(
        lambda one: any(f["name"].startswith(name) for f in one.get("files") or ())
    )
    return await slack.ana.download(message["files"][0])


async def test_a_pause_is_pressed_seen_and_undone_and_the_digest_comes_once(bot: Deps, slack: Workspace) -> None:
    await given_two_who_differ(bot)
    card = await batch_card(slack, "Pause until Monday")
    await slack.ben.click(Action.PAUSE, message=card)
    card = await batch_card(slack, "Paused by <@U0BEN>")
    await slack.ana.click(Action.PAUSE_END, message=card)
    await batch_card(slack, "Pause until Monday")

    for _ in range(2):
        await remind.run_once(replace(bot, now=lambda: TUESDAY))
    digest = replace(bot, now=lambda: TUESDAY)
    await deliver_all(digest)

    found = [one for one in slack.ana.all_messages(CATALOG) if "So far in" in one["text"]]
    assert len(found) == 1 and "*1 text decided* by 2 people (1 approved)" in found[0]["text"]
    waits = [one for one in await slack.sent("chat.postMessage") if one["channel"] in ("U0ANA", "U0BEN")]
    assert sum("texts wait for you" in one["text"] for one in waits) == 2


async def deliver_all(deps: Deps) -> None:
    from bot.jobs import deliver

    while await deliver.run_once(deps):
        pass


async def test_the_window_holds_all_four_roles(bot: Deps, slack: Workspace) -> None:
    project = await given_two_who_differ(bot)
    await slack.ana.command(CATALOG, "/tune people")
    await slack.ana.wait_for_modal()
    await slack.ana.submit({"owners": ["U0ANA"], "reviewers": ["U0BEN"], "approvers": ["U0CAM"], "viewers": ["U0BEN"]})
    await slack.ana.submit({"owners": ["U0ANA"], "reviewers": [], "approvers": ["U0CAM"], "viewers": ["U0BEN"]})

    async with reading(bot.db) as session:
        assert await people.team_of(session, project.id or 0) == Team(("U0ANA",), (), ("U0CAM",), ("U0BEN",))
