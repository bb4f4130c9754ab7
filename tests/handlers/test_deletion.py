"""Deleting a project at Slack's door: from the command, the card's menu and the settings."""

from __future__ import annotations

import asyncio

from sqlmodel import select

from bot.deps import Deps
from bot.services import project as service
from storage.engine import reading
from storage.models import Project
from tests.support.workspace import CATALOG, Workspace

TEAM = "T0LOCAL"


async def test_typing_the_name_deletes_the_project_and_the_receipt_comes_by_direct_message(
    bot: Deps, slack: Workspace
) -> None:
    await slack.ana.command(CATALOG, "/tune new Tea House")

    await slack.ben.command(CATALOG, "/tune delete")
    await slack.ben.wait_for_text("Only the project's owner can do this")
    await slack.ana.command(CATALOG, "/tune delete")
    await slack.ana.wait_for_modal()
    assert await slack.ana.submit({"name": "Tea"}) == {"name": "Type the project's name exactly: Tea House"}
    assert await slack.ana.submit({"name": "tea house"}) == {}

    await slack.ana.wait_for_text("“Tea House” is deleted.")
    async with reading(bot.db) as session:
        assert await service.of_channel(session, TEAM, CATALOG) is None
        assert (await session.exec(select(Project.name))).all() == ["Deleted project 1"]
    await slack.ana.command(CATALOG, "/tune new Tea House")  # the channel is free again

    async def places_told() -> set[str]:
        return {str(post["channel"]) for post in await slack.sent("chat.postMessage") if "“Tea House”" in post["text"]}

    while len(await places_told()) < 2:  # noqa: ASYNC110 - the channel, then her
        await asyncio.sleep(0.05)


async def test_the_settings_say_how_long_uploads_are_kept_and_lead_to_the_deletion(bot: Deps, slack: Workspace) -> None:
    await slack.ana.command(CATALOG, "/tune new Tea House")
    await slack.ana.command(CATALOG, "/tune settings")
    settings = await slack.ana.wait_for_modal()
    assert "deleted here after 30 days" in str(settings["blocks"])

    await slack.ana.click("deletion.open")
    window = await slack.ana.wait_for_modal()

    assert "Nothing yet." in str(window["blocks"])
