"""Pairs out of a file: read, freed of doubles, stored once whatever happens, reviewed or vouched for."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select, update

from bot.domain.completion import Origin
from bot.domain.people import Actor
from bot.domain.review import ReviewState, Surface
from bot.errors import BadCatalog, NotAllowed
from bot.jobs import pairs_import as job
from bot.services import dataset as datasets
from bot.services import pairs_import as service
from storage import dataset as rows
from storage import pairs_import as queries
from storage.engine import Database, reading, transaction
from storage.models import Completion, PairsImport, Project, Verdict
from tests.support.given_dataset import Timepiece, deps_without_slack, given_decided
from tests.support.scripted_tuner import scripted_providers

COUNT = 130  # more than one transaction takes


def lines(count: int) -> bytes:
    pairs = ({"prompt": f"Describe Tea {number}", "completion": f"Tea {number} sings."} for number in range(count))
    return b"".join(json.dumps(pair).encode() + b"\n" for pair in pairs)


async def imported(
    db: Database, home: Path, project: Project, actor: Actor, now: datetime, data: bytes, *, trusted: bool
) -> PairsImport:
    """A file from outside Slack, read by the job."""
    async with deps_without_slack(db, home, Timepiece(now), scripted_providers(None, None)) as deps:  # type: ignore[arg-type]
        key = await deps.files.put(data)
        async with transaction(db) as session:
            number = await service.start(
                session, project.id or 0, actor, now=now, file_key=key, filename="pairs.jsonl", trusted=trusted,
                origin=Origin.EXTERNAL,
            )  # fmt: skip
        assert await job.run_once(deps) == 1
    async with reading(db) as session:
        row = await queries.by_id(session, number)
    assert row is not None
    return row


async def texts(db: Database, row: PairsImport) -> list[Completion]:
    async with reading(db) as session:
        return list((await session.exec(select(Completion).where(Completion.run_id == row.run_id))).all())


async def test_pairs_that_an_owner_vouches_for_are_approved_in_their_name_and_marked(
    db: Database, actor: Actor, now: datetime, tmp_path: Path
) -> None:
    project = await given_decided(db, actor, now, approved=3, products=30)

    row = await imported(db, tmp_path, project, actor, now, lines(COUNT), trusted=True)

    assert (row.state, row.added, row.matched) == ("done", COUNT, 30)
    stored = await texts(db, row)
    assert {(one.review, one.decided_by, one.decided_on) for one in stored} == {
        (ReviewState.APPROVED, actor.user_id, Surface.IMPORT)
    }
    async with transaction(db) as session:
        assert len((await session.exec(select(Verdict))).all()) == COUNT
        frozen = await datasets.freeze(session, project.id or 0, actor, now=now)
        verdicts = [line.verdict for line in await rows.lines(session, frozen.id)]
        assert (await datasets.card(session, frozen.id)).imported == COUNT
    assert verdicts.count("trusted") == COUNT and verdicts.count("approved") == 3


async def test_other_pairs_wait_for_reviewers(db: Database, actor: Actor, now: datetime, tmp_path: Path) -> None:
    project = await given_decided(db, actor, now, approved=3, products=30)

    row = await imported(db, tmp_path, project, actor, now, lines(8), trusted=False)

    stored = await texts(db, row)
    assert {one.review for one in stored} == {ReviewState.OPEN}
    assert sum(one.shown for one in stored) > 0  # the first ones have their cards


async def test_a_second_import_of_the_same_file_adds_nothing(
    sqlite_db: Database, actor: Actor, now: datetime, tmp_path: Path
) -> None:
    project = await given_decided(sqlite_db, actor, now, approved=3, products=30)
    await imported(sqlite_db, tmp_path, project, actor, now, lines(8), trusted=True)

    again = await imported(sqlite_db, tmp_path, project, actor, now, lines(9), trusted=True)

    assert (again.read, again.added, again.doubles) == (9, 1, 8)


async def test_after_a_kill_it_goes_on_behind_what_is_stored(
    sqlite_db: Database, actor: Actor, now: datetime, tmp_path: Path
) -> None:
    project = await given_decided(sqlite_db, actor, now, approved=3, products=30)
    row = await imported(sqlite_db, tmp_path, project, actor, now, lines(COUNT), trusted=True)
    async with transaction(sqlite_db) as session:  # as if the worker had died before it could say that it was done
        await session.exec(update(PairsImport).values(state="waiting"))

    async with deps_without_slack(  # type: ignore[arg-type]
        sqlite_db, tmp_path, Timepiece(now), scripted_providers(None, None)
    ) as deps:
        await job.run_once(deps)

    assert len(await texts(sqlite_db, row)) == COUNT


async def test_where_text_of_slack_must_not_train_pairs_are_imported_elsewhere(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_decided(sqlite_db, actor, now, approved=3)

    with pytest.raises(NotAllowed, match="dataset import"):
        async with transaction(sqlite_db) as session:
            await service.start(session, project.id or 0, actor, now=now, file_id="F1", text_allowed=False)


def test_chat_lines_and_conversations_are_told_apart() -> None:
    turn = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Tea?"}]
    answer = {"role": "assistant", "content": "Tea."}
    long = [*turn, answer, {"role": "user", "content": "More?"}, answer]
    data = b"".join(json.dumps({"messages": messages}).encode() + b"\n" for messages in ([*turn, answer], long))

    read = service.from_lines(data + b"not json\n")

    assert [(pair.prompt, pair.text, pair.system) for pair in read.pairs] == [("Tea?", "Tea.", "Be kind.")]
    assert read.unfit == 1


def test_a_file_without_pairs_says_what_it_needs() -> None:
    with pytest.raises(BadCatalog, match="There are no pairs in this file"):
        service.from_lines(b'{"name": "Tea"}\n')
