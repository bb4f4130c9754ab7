"""Money at Slack's door: an order above the threshold takes a second person's yes, and what was spent is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.deps import Deps
from bot.domain.completion import RunKind
from bot.domain.project import Role
from bot.views.ids import Action
from storage import completion as queries
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Project
from tests.handlers.test_catalog import shows
from tests.handlers.test_completion import ANA, tried
from tests.support.bot import bot_on, deps_on
from tests.support.chat_server import ChatServer, running
from tests.support.given_catalog import fresh, given_signed_off, teas
from tests.support.workspace import CATALOG, Workspace

TEN_MORE = f"{Action.WRITE_MORE}:10"


@pytest.fixture(scope="module")
def provider() -> Iterator[ChatServer]:
    with running() as server:
        yield server


@pytest.fixture
async def deps(slack: Workspace, sqlite_db: Database, tmp_path: Path, provider: ChatServer) -> AsyncIterator[Deps]:
    """A provider that answers, and a threshold that ten texts are above."""
    provider.behave()
    money = {"second_approver_above_usd": 0.0001, "budget_usd_per_month": 50.0}
    async with deps_on(slack, sqlite_db, tmp_path, base_url=provider.base_url, **money) as made:
        yield made


@pytest.fixture
async def project(deps: Deps) -> Project:
    """Ana's project, in which Ben approves money."""
    made = await given_signed_off(deps.db, teas(30), ANA, deps.now(), channel=CATALOG)
    async with transaction(deps.db) as session:
        await projects.add_member(session, project_id=made.id or 0, user_id="U0BEN", role=Role.APPROVER)
    return made


@pytest.fixture
async def bot(slack: Workspace, deps: Deps, project: Project) -> AsyncIterator[Deps]:
    async with bot_on(deps, slack):
        yield deps


async def is_writing(deps: Deps, project: Project) -> bool:
    async with reading(deps.db) as session:
        return await queries.live_run(session, project.id or 0, [RunKind.WRITE]) is not None


async def test_an_order_above_the_threshold_waits_for_a_second_person_and_a_yes_counts_once(
    slack: Workspace, bot: Deps, project: Project
) -> None:
    await slack.ana.click(Action.WRITE_TRY)
    five = await tried(slack)

    await slack.ana.click(TEN_MORE, message=five)
    await slack.ana.wait_for_text("I asked <@U0BEN> in the channel")
    card = await slack.ben.wait_for_message(shows(Action.MONEY_YES))
    assert card["text"] == "<@U0ANA> asks for under 1 cent to write 10 texts."
    assert not await is_writing(bot, project)

    await slack.cam.click(Action.MONEY_YES, message=card)
    await slack.cam.wait_for_text("Only <@U0BEN> can answer this")
    await slack.ben.click(Action.MONEY_YES, message=card)
    await slack.ana.wait_for_text("<@U0BEN> said yes to")
    await slack.ana.wait_for_text("Approved by <@U0BEN>")

    await slack.ana.click(TEN_MORE, message=five)
    await slack.ana.wait_for_text("10 texts are ready to review")
    await slack.ana.click(TEN_MORE, message=five)
    again = await slack.ben.wait_for_message(shows(Action.MONEY_NO), after=card["ts"])
    await slack.ben.click(Action.MONEY_NO, message=again)
    await slack.ana.wait_for_text("<@U0BEN> said no to")


async def test_an_owner_sees_what_was_spent_and_sets_a_budget_and_a_bystander_sees_nothing(
    slack: Workspace, bot: Deps, project: Project
) -> None:
    await slack.cam.command(CATALOG, "/tune money")
    await slack.cam.wait_for_text("Only the project's owners and approvers")

    await slack.ana.command(CATALOG, "/tune money")
    card = await slack.ana.wait_for_text("No budget is set for this project")
    assert "of this month's $50 for all projects is left" in card["text"]
    await slack.ana.click(Action.MONEY_BUDGET, message=card)
    await slack.ana.wait_for_modal()
    assert set(await slack.ana.submit({"usd": "a lot"})) == {"usd"}
    assert await slack.ana.submit({"usd": "$1,250.50"}) == {}

    assert (await fresh(bot.db, project.id or 0)).settings["budget_usd"] == 1250.5
