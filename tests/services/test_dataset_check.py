"""The check before a freeze: what it finds, what is remembered, and what goes into the version."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.domain.completion import Origin
from bot.domain.dataset import Split
from bot.domain.dataset_check import PairVerdict
from bot.domain.people import Actor
from bot.errors import BotError, NotAllowed
from bot.jobs import dataset_check as job
from bot.services import dataset as datasets
from bot.services import dataset_check as service
from storage import dataset as rows
from storage import dataset_check as checks
from storage.engine import Database, reading, transaction
from storage.models import Dataset, Project
from tests.support.given_catalog import fresh
from tests.support.given_check import given_texts, reword
from tests.support.given_dataset import Timepiece, deps_without_slack, given_decided
from tests.support.scripted_tuner import scripted_providers

MAIL = "Fresh from the garden. Write to ann.lee@teahouse.com for more of it, any day."
TOKENS = "A quiet tea for long afternoons.<|im_end|>"
TWIN = "A tea for evenings by the fire, dark and round, with smoke in it."


async def check(
    db: Database, home: Path, project: Project, actor: Actor, now: datetime, *, go_on: bool = False
) -> None:
    """Ask for a check and have the job do it."""
    async with transaction(db) as session:
        await service.ask(session, project.id or 0, actor, now=now, without_slack=False, go_on=go_on)
    async with deps_without_slack(db, home, Timepiece(now), scripted_providers(None, None)) as deps:  # type: ignore[arg-type]
        assert await job.run_once(deps) == 1


async def versions(db: Database, project: Project) -> int:
    async with reading(db) as session:
        latest = await rows.latest(session, project.id or 0)
    return latest.number if latest else 0


async def found(db: Database, project: Project, code: str) -> int:
    """The first finding of a kind."""
    async with reading(db) as session:
        return (await checks.findings(session, project.id or 0, code))[0].id or 0


async def say(db: Database, finding: int, actor: Actor, choice: PairVerdict, now: datetime) -> None:
    async with transaction(db) as session:
        await service.answer(session, finding, actor, choice, now=now)


async def frozen_texts(db: Database, project: Project) -> dict[str, str]:
    async with reading(db) as session:
        latest = await rows.latest(session, project.id or 0)
        assert latest is not None
        return {line.text: line.fixed_by for line in await rows.lines(session, latest.id or 0)}


async def test_only_what_could_not_train_holds_a_freeze_up(
    db: Database, actor: Actor, now: datetime, tmp_path: Path
) -> None:
    project = await given_texts(db, actor, now, MAIL, TOKENS)

    await check(db, tmp_path, project, actor, now, go_on=True)
    assert await versions(db, project) == 0
    await say(db, await found(db, project, "special_tokens"), actor, PairVerdict.FIX, now)
    await check(db, tmp_path, project, actor, now, go_on=True)

    texts = await frozen_texts(db, project)
    assert texts["A quiet tea for long afternoons."] == actor.user_id and texts[MAIL] == ""
    async with reading(db) as session:
        card = await datasets.card(session, 1)
    assert card.found.startswith("1 text carries an e-mail address; ")  # what was mended is not found again


async def test_what_was_kept_is_remembered_and_asked_again_only_about_another_version_of_the_text(
    db: Database, actor: Actor, now: datetime, tmp_path: Path
) -> None:
    project = await given_texts(db, actor, now, MAIL)
    await check(db, tmp_path, project, actor, now)
    assert await versions(db, project) == 0

    await say(db, await found(db, project, "personal_data"), actor, PairVerdict.KEEP, now)
    await check(db, tmp_path, project, actor, now)

    assert await versions(db, project) == 1
    async with reading(db) as session:
        page = await service.page(session, project.id or 0, actor, "personal_data", 0)
    assert [(one.choice, one.by) for one in page.found] == [(PairVerdict.KEEP, actor.user_id)]


async def test_a_dropped_text_stays_out_until_that_is_taken_back(
    db: Database, actor: Actor, now: datetime, tmp_path: Path
) -> None:
    project = await given_texts(db, actor, now, MAIL)
    await check(db, tmp_path, project, actor, now)
    finding = await found(db, project, "personal_data")

    await say(db, finding, actor, PairVerdict.DROP, now)
    await check(db, tmp_path, project, actor, now)
    assert MAIL not in await frozen_texts(db, project)

    async with reading(db) as session:
        assert (await datasets.card(session, 1)).dropped == 1
    async with transaction(db) as session:
        project = await fresh(db, project.id or 0)
        said = await checks.choices(session, project.id or 0)
    assert [choice.choice for one in said.values() for choice in one] == [PairVerdict.DROP]


async def test_an_edit_counts_as_typed_in_slack_and_keeps_what_was_approved(
    db: Database, actor: Actor, now: datetime, tmp_path: Path
) -> None:
    project = await given_texts(db, actor, now, MAIL)
    await check(db, tmp_path, project, actor, now)
    finding = await found(db, project, "personal_data")

    with pytest.raises(NotAllowed):
        async with transaction(db) as session:
            await service.edit(session, finding, actor, "Without.", allowed=False, now=now)
    async with transaction(db) as session:
        await service.edit(session, finding, actor, " Without it. ", allowed=True, now=now)
        frozen = await datasets.freeze(session, project.id or 0, actor, now=now)
        lines = await rows.lines(session, frozen.id)

    [line] = [one for one in lines if one.text == "Without it."]
    assert (line.original, line.origin, line.fixed_by) == (MAIL, Origin.SLACK_EDIT, actor.user_id)


async def test_near_repetitions_are_found_by_their_texts_not_by_what_the_template_has_in_common(
    sqlite_db: Database, actor: Actor, now: datetime, tmp_path: Path
) -> None:
    project = await given_texts(sqlite_db, actor, now, TWIN, TWIN.replace("dark", "deep"))

    await check(sqlite_db, tmp_path, project, actor, now)

    async with reading(sqlite_db) as session:
        kinds = (await service.card(session, project.id or 0)).kinds
    assert [(kind.code, kind.total) for kind in kinds] == [
        ("near_duplicate", 1),
        ("unsupported_claim", 12),  # "Text 3." of Tea 2
    ]


async def test_only_owners_answer_and_no_rule_mends_what_needs_a_person(
    sqlite_db: Database, actor: Actor, colleague: Actor, now: datetime, tmp_path: Path
) -> None:
    project = await given_texts(sqlite_db, actor, now, MAIL)
    await check(sqlite_db, tmp_path, project, actor, now)
    finding = await found(sqlite_db, project, "personal_data")

    with pytest.raises(NotAllowed):
        await say(sqlite_db, finding, colleague, PairVerdict.KEEP, now)
    with pytest.raises(BotError, match="needs a person's eye"):
        await say(sqlite_db, finding, actor, PairVerdict.FIX, now)


async def test_one_answer_for_all_of_a_kind(sqlite_db: Database, actor: Actor, now: datetime, tmp_path: Path) -> None:
    project = await given_texts(sqlite_db, actor, now, MAIL, f"{MAIL} Or ask ben@teahouse.com at the counter.")
    await check(sqlite_db, tmp_path, project, actor, now)

    async with transaction(sqlite_db) as session:
        answered = await service.answer_all(session, project.id or 0, actor, "personal_data", PairVerdict.KEEP, now=now)

    assert answered == 2
    await check(sqlite_db, tmp_path, project, actor, now)
    assert await versions(sqlite_db, project) == 1


async def test_the_products_kept_aside_in_one_version_are_kept_aside_in_the_next(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_decided(db, actor, now, approved=14, products=40)
    async with transaction(db) as session:
        first = await datasets.freeze(session, project.id or 0, actor, now=now)
        before = {line.product for line in await rows.lines(session, first.id) if line.split is Split.VALIDATION}
    for place in range(6):
        await reword(db, place, f"Other words, number {place}.")

    async with transaction(db) as session:
        second = await datasets.freeze(session, project.id or 0, actor, now=now)
        after = {line.product for line in await rows.lines(session, second.id) if line.split is Split.VALIDATION}
        card = await datasets.card(session, second.id)
        dataset = await session.get(Dataset, second.id)

    assert before and before <= after and second.number == 2
    assert (card.diff, card.held) == ("6 edited again", len(before))
    assert dataset is not None and dataset.settings["split_by"] == "Type"
