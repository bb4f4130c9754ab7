"""Starting and choosing projects, and the people in them, by command and by button."""

from __future__ import annotations

from bot.deps import Deps
from bot.domain.project import Role
from bot.services import project as service
from bot.views import home as views
from handlers.home import commands
from storage import project as projects
from storage.engine import reading
from tests.support.workspace import CATALOG, RANDOM, Workspace

TEAM = "T0LOCAL"


async def active(deps: Deps, channel: str = CATALOG) -> tuple[int, str]:
    async with reading(deps.db) as session:
        found = await service.of_channel(session, TEAM, channel)
    assert found is not None
    return found.id or 0, found.name


async def test_the_button_of_the_greeting_starts_a_project(bot: Deps, slack: Workspace) -> None:
    await slack.ana.act("channel", op="remove_bot", channel=CATALOG)
    await slack.ana.act("channel", op="invite_bot", channel=CATALOG)

    await slack.ana.click("project.new")
    await slack.ana.wait_for_modal()
    await slack.ana.submit({"name": "Tea House"})

    await slack.ana.wait_for_text("Tea House: Drop a catalog file")
    assert (await active(bot))[1] == "Tea House"


async def test_an_earlier_project_is_chosen_from_the_list(bot: Deps, slack: Workspace) -> None:
    await slack.ana.command(CATALOG, "/tune new Tea")
    first = await active(bot)
    await slack.ana.command(CATALOG, "/tune new Coffee")

    await slack.ana.command(CATALOG, "/tune projects")
    listed = await slack.ana.wait_for_text("2 projects in this channel")
    rows = [block for block in listed["blocks"] if block.get("accessory")]
    assert [row["text"]["text"].splitlines()[0] for row in rows] == ["*Coffee*  ✓ active", "*Tea*"]
    action = rows[1]["accessory"]
    await slack.ana.act(
        "click",
        container={"type": "message", "channel": CATALOG, "ts": listed["ts"]},
        action={
            "type": "button",
            "action_id": action["action_id"],
            "block_id": rows[1]["block_id"],
            "value": action["value"],
        },
    )

    assert await active(bot) == first


async def test_the_owner_names_reviewers_and_nobody_else_can(bot: Deps, slack: Workspace) -> None:
    await slack.ana.command(CATALOG, "/tune new Tea")
    project, _ = await active(bot)

    await slack.ben.command(CATALOG, "/tune people")
    await slack.ben.wait_for_text("Only the project's owner can do this")
    await slack.ana.command(CATALOG, "/tune people")
    await slack.ana.wait_for_modal()
    await slack.ana.submit({"owners": ["U0ANA"], "reviewers": ["U0CAM"]})

    async with reading(bot.db) as session:
        assert await projects.members(session, project, Role.REVIEWER) == ["U0CAM"]
        assert await projects.members(session, project, Role.OWNER) == ["U0ANA"]


async def test_an_archived_channel_is_left_for_another_one(bot: Deps, slack: Workspace) -> None:
    await slack.ana.command(CATALOG, "/tune new Tea")
    project, _ = await active(bot)
    await slack.ana.act("channel", op="invite_bot", channel=RANDOM)

    await slack.ana.act("channel", op="archive", channel=CATALOG)
    told = await slack.ana.wait_for_text("was archived", channel="D0ANA")
    await slack.ana.click("project.move", message=told)
    await slack.ana.wait_for_modal()
    await slack.ana.submit({"channel": RANDOM})

    await slack.ana.wait_for_text("Tea: Drop a catalog file", channel=RANDOM)
    assert (await active(bot, RANDOM))[0] == project


async def test_help_and_unknown_words_are_answered(bot: Deps, slack: Workspace) -> None:
    await slack.ana.command(CATALOG, "/tune help")
    await slack.ana.wait_for_text("What /tune can do")

    await slack.ana.command(CATALOG, "/tune dance")
    await slack.ana.wait_for_text("I don't know “/tune dance”.")


async def test_help_names_every_command() -> None:
    assert {word for lines in views.HELP.values() for word, _ in lines} == set(commands()) - {"help"}


async def test_a_name_with_an_ampersand_stays_as_it_was_typed(bot: Deps, slack: Workspace) -> None:
    await slack.ana.command(CATALOG, "/tune new Harbour & Pine")

    card = await slack.ana.wait_for_message(lambda m: "Harbour" in m["text"])
    assert card["blocks"][0]["text"]["text"] == "Harbour & Pine"


async def test_where_the_bot_is_not_a_member_it_says_how_to_invite_it(bot: Deps, slack: Workspace) -> None:
    await slack.ana.command(RANDOM, "/tune")

    await slack.ana.wait_for_text("/invite @Tunesmith", channel=RANDOM)
