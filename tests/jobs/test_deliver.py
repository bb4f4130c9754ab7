"""What must be said is said once, whatever Slack and the network do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import DELIVERY_LEASE, Say, SayState
from bot.jobs import deliver
from bot.services import project as projects
from storage import outbox
from storage.engine import reading, transaction
from storage.models import Note, Outbox
from tests.support.workspace import CATALOG, Workspace

TEAM = "T0LOCAL"


async def say(deps: Deps, text: str = "Tea is ready.", key: str = "note:1", channel: str = CATALOG) -> None:
    async with transaction(deps.db) as session:
        await projects.note(session, team_id=TEAM, channel=channel, text=text, key=key, now=deps.now())


async def row(deps: Deps, key: str = "note:1") -> Outbox:
    async with reading(deps.db) as session:
        found = await outbox.by_key(session, TEAM, key)
    assert found is not None
    return found


def later(deps: Deps, **by: float) -> Deps:
    moment = deps.now() + timedelta(**by)
    return replace(deps, now=lambda: moment)


async def test_a_note_is_posted_once_with_its_key(deps: Deps, slack: Workspace) -> None:
    await say(deps)

    assert await deliver.run_once(deps) == 1
    assert await deliver.run_once(deps) == 0

    [post] = await slack.sent("chat.postMessage")
    assert post["text"] == "Tea is ready." and "note:1" in str(post["metadata"])


async def test_news_edit_the_message_instead_of_posting_another(deps: Deps, slack: Workspace) -> None:
    await say(deps)
    await deliver.run_once(deps)
    async with transaction(deps.db) as session:
        note = await session.get(Note, (await row(deps)).subject_id)
        assert note is not None
        note.text = "Tea is cold."
        await outbox.refresh(session, team_id=TEAM, key="note:1", due=deps.now())

    await deliver.run_once(deps)

    [edit] = await slack.sent("chat.update")
    assert edit["text"] == "Tea is cold." and edit["ts"] == (await row(deps)).ts
    assert len(await slack.sent("chat.postMessage")) == 1


async def test_a_post_whose_answer_was_lost_is_found_again_and_not_repeated(deps: Deps, slack: Workspace) -> None:
    await slack.control.fault("chat.postMessage", "lose_answer")
    await say(deps)

    await deliver.run_once(deps)
    assert (await row(deps)).ambiguous and not (await row(deps)).ts
    await deliver.run_once(later(deps, seconds=10))

    shown = [m for m in await slack.ana.history(CATALOG) if m["text"] == "Tea is ready."]
    assert len(shown) == 1 and (await row(deps)).ts == shown[0]["ts"]


async def test_a_worker_that_died_after_posting_does_not_make_the_next_one_post_again(
    deps: Deps, slack: Workspace
) -> None:
    await say(deps)
    dying = replace(deps, owner="dying")
    async with transaction(deps.db) as session:
        claimed = await outbox.claim(session, (await row(deps)).id or 0, owner="dying", now=deps.now())
        assert claimed is not None
        await outbox.about_to_post(session, claimed.id or 0, owner="dying", now=deps.now())
    await dying.slack.post(CATALOG, Message("Tea is ready."), key="note:1")

    await deliver.run_once(later(deps, seconds=DELIVERY_LEASE.total_seconds() + 1))

    assert len(await slack.sent("chat.postMessage")) == 1
    assert (await row(deps)).ts


async def test_a_rate_limit_is_waited_for(deps: Deps, slack: Workspace) -> None:
    await slack.control.fault("chat.postMessage", "429", retry_after=7)
    await say(deps)

    await deliver.run_once(deps)
    put_off = await row(deps)
    assert put_off.not_before - deps.now() > timedelta(seconds=5) and not put_off.ambiguous


async def test_an_archived_channel_is_given_up_on_at_once(deps: Deps, slack: Workspace) -> None:
    await slack.ana.act("channel", op="archive", channel=CATALOG)
    await say(deps)

    await deliver.run_once(deps)

    assert (await row(deps)).state == SayState.DEAD and (await row(deps)).problem == "is_archived"


async def test_a_thread_message_waits_for_its_parent(deps: Deps, slack: Workspace) -> None:
    await say(deps, key="parent")
    async with transaction(deps.db) as session:
        note = Note(team_id=TEAM, text="in the thread", created_at=deps.now())
        session.add(note)
        await session.flush()
        await outbox.say(
            session, team_id=TEAM, key="child", kind=Say.NOTE, subject_id=note.id or 0, channel=CATALOG,
            thread_key="parent", now=deps.now() - timedelta(seconds=5),
        )  # fmt: skip

    await deliver.run_once(deps)
    await deliver.run_once(later(deps, seconds=10))

    child = next(p for p in await slack.sent("chat.postMessage") if p["text"] == "in the thread")
    assert child["thread_ts"] == (await row(deps, "parent")).ts


async def test_a_direct_message_goes_to_the_person(deps: Deps, slack: Workspace) -> None:
    await say(deps, channel="U0BEN")

    await deliver.run_once(deps)

    await slack.ben.wait_for_text("Tea is ready.", channel="D0BEN")
    assert (await row(deps)).posted_in == "D0BEN"
