"""Before and after, and the rest of the catalog: who may, which product, what the table holds."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import col, select

from bot.domain.completion import RunKind, RunState
from bot.domain.evaluation import OUR_COLUMNS
from bot.domain.models import ModelInfo
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.review import Surface, VerdictKind
from bot.domain.tuning_state import JobState
from bot.errors import BudgetReached, NotAllowed, NotFound, NotYet
from bot.services import dataset as datasets
from bot.services import evaluation as service
from bot.services import evaluation_finish as finish
from bot.services import review
from storage import evaluation as queries
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Completion, Dataset, Job, Outbox, Pair, Product, Project
from tests.support.given_catalog import SEED, SEED_TEMPLATE, fresh, given_signed_off
from tests.support.given_dataset import given_decided
from tests.support.given_texts import write_out

MODEL = ModelInfo("small", "lab", "the lab", input_usd=1.0, output_usd=2.0)
TUNED = ModelInfo("ft:small:tea", "lab", "the lab", input_usd=1.0, output_usd=2.0)


async def given_model(db: Database, actor: Actor, now: datetime, **texts: int) -> Project:
    """A project whose model was taught with its approved texts."""
    project = await given_decided(db, actor, now, **texts)
    async with transaction(db) as session:
        frozen = await datasets.freeze(session, project.id or 0, actor, now=now)
        session.add(
            Job(
                team_id=project.team_id,
                project_id=project.id or 0,
                dataset_id=frozen.id,
                tag="t",
                provider="lab",
                base_model="small",
                tuned_model=TUNED.name,
                state=JobState.SUCCEEDED,
                started_by=actor.user_id,
                created_at=now,
            )
        )
        await projects.change(session, project.id or 0, tuned_model=TUNED.name)
    return await fresh(db, project.id or 0)


async def tried(db: Database, project: Project, actor: Actor, now: datetime, product: str = "") -> str:
    """The name of the product that a trial is about."""
    async with transaction(db) as session:
        trial = await service.try_model(session, project.id or 0, actor, base=MODEL, product=product, now=now)
        return (await service.trial_card(session, trial.id or 0)).product


async def test_products_kept_aside_are_tried_first_and_each_once(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=14, products=40)
    async with reading(db) as session:
        dataset = (await session.exec(select(Dataset))).one()
        aside = set(
            (
                await session.exec(
                    select(Product.name)
                    .join(Pair, col(Pair.product_id) == Product.id)
                    .where(Pair.dataset_id == dataset.id, Pair.split == "validation")
                )
            ).all()
        )

    first, second = [await tried(db, project, actor, now) for _ in range(2)]
    later = [await tried(db, project, actor, now) for _ in range(3)]

    assert {first, second} == aside
    assert len(set(later)) == 3 and set(later) <= {f"Tea {number}" for number in range(14, 40)}  # never taught


async def test_when_everything_was_tried_it_goes_round_again(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=11, products=13)
    async with reading(db) as session:
        lines = select(Product.name).join(Pair, col(Pair.product_id) == Product.id).where(Pair.split == "train")
        taught = set((await session.exec(lines)).all())

    names = [await tried(db, project, actor, now) for _ in range(7)]

    fresh_ones = {f"Tea {number}" for number in range(13)} - taught
    assert len(taught) == 10 and set(names[:3]) == fresh_ones
    assert set(names[3:]) <= fresh_ones  # again, and still none that was taught


async def test_a_product_is_found_by_its_name_whatever_its_case(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=12)

    assert await tried(db, project, actor, now, product="  tEa   1 ") == "Tea 1"  # not Tea 10
    with pytest.raises(NotFound, match="Did you mean Tea 1"):
        await tried(db, project, actor, now, product="Tee 1")
    with pytest.raises(NotFound, match="100%"):
        await tried(db, project, actor, now, product="100%")


async def test_a_trial_says_whether_the_product_was_taught(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=12, products=13)
    async with transaction(db) as session:
        trials = [
            await service.try_model(session, project.id or 0, actor, base=MODEL, product=name, now=now)
            for name in ("Tea 12", "Tea 3")
        ]
        untaught, taught = [await service.trial_card(session, trial.id or 0) for trial in trials]

    assert not untaught.taught and taught.taught
    assert (taught.base_model, taught.tuned_model) == ("small", "ft:small:tea")


async def test_without_a_model_or_examples_there_is_nothing_to_try(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_decided(db, actor, now, approved=4)

    with pytest.raises(NotYet, match="no model of yours"):
        await tried(db, project, actor, now)
    async with transaction(db) as session:
        await projects.change(session, project.id or 0, few_shot=True)
    assert await tried(db, project, actor, now)


async def test_only_owners_try_and_finish(db: Database, actor: Actor, colleague: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=12)

    with pytest.raises(NotAllowed):
        await tried(db, project, colleague, now)
    with pytest.raises(NotAllowed):
        async with transaction(db) as session:
            await finish.start_finish(session, project.id or 0, colleague, model=TUNED, now=now)


async def test_the_offer_counts_what_has_no_approved_text(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=12, rejected=1, open_=2, products=20)

    async with reading(db) as session:
        offer = await finish.offer_finish(session, project.id or 0, actor, TUNED)

    assert (offer.total, offer.agreed, offer.left, offer.examples) == (20, 12, 8, 0)
    assert offer.usd is not None and 0 < offer.usd < 0.1
    assert (offer.leave, offer.stay) == (("Product Name", "Type", "Details"), ("Price", "Our description"))


async def test_confirming_twice_writes_once(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=12, products=20)
    async with transaction(db) as session:
        run = await finish.start_finish(session, project.id or 0, actor, model=TUNED, now=now)

    with pytest.raises(NotYet, match="writing 8 texts already"):
        async with transaction(db) as session:
            await finish.start_finish(session, project.id or 0, actor, model=TUNED, now=now)
    assert (run.kind, run.wanted, run.model, run.cap_usd is not None) == (RunKind.FINISH, 8, "ft:small:tea", True)


async def test_a_budget_that_is_too_small_starts_nothing(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=12, products=20)
    async with transaction(db) as session:
        await projects.change(session, project.id or 0, settings={**project.settings, "budget_usd": 0.0001})

    with pytest.raises(BudgetReached):
        async with transaction(db) as session:
            await finish.start_finish(session, project.id or 0, actor, model=TUNED, now=now)


async def test_the_table_is_the_catalog_with_every_text_and_who_checked_it(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_model(db, actor, now, approved=11, edited=1, products=14)
    async with transaction(db) as session:
        run = await finish.start_finish(session, project.id or 0, actor, model=TUNED, now=now)
    await write_out(db, run.id or 0, now)

    async with reading(db) as session:
        columns, rows = await finish.table(session, run.id or 0)
        card = await finish.finished_card(session, run.id or 0)

    assert columns == ("Product Name", "Type", "Details", "Price", "Our description", *OUR_COLUMNS)
    assert [row[0] for row in rows] == [f"Tea {number}" for number in range(14)]
    assert rows[0][5:8] == ["Text 1.", "looked at", "UANA"]
    assert rows[11][5:8] == ["Text 12, by hand.", "looked at", "UANA"]
    assert rows[12][5].startswith("Text for ") and rows[12][6:8] == ["not looked at", ""]
    assert (card.state, card.agreed, card.written, card.missing) == (RunState.DONE, 12, 2, 0)
    assert finish.build_table("a.csv", columns, rows).startswith(b"\xef\xbb\xbfProduct Name,")


async def test_a_split_catalog_has_a_row_for_each_of_its_texts(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_signed_off(db, SEED, actor, now, template=SEED_TEMPLATE)
    async with transaction(db) as session:
        await projects.change(session, project.id or 0, tuned_model=TUNED.name)
        run = await finish.start_finish(session, project.id or 0, actor, model=TUNED, now=now)
    await write_out(db, run.id or 0, now)

    async with reading(db) as session:
        columns, rows = await finish.table(session, run.id or 0)

    details = columns.index("Details")
    assert [(row[0], row[details]) for row in rows] == [
        ("Paracetamol", "tablets"), ("Paracetamol", "syrup"), ("Doxycycline", "injection"), ("Doxycycline", "tablets"),
    ]  # fmt: skip
    assert all(row[-4] == "not looked at" and row[-5] for row in rows)


async def test_with_everything_approved_the_table_costs_nothing(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=12)

    async with transaction(db) as session:
        run = await finish.start_finish(session, project.id or 0, actor, model=TUNED, now=now)
        assert run.state is RunState.DONE
        assert [found.id for found in await queries.finished_unsaid(session, limit=5)] == [run.id]
        await finish.announce(session, run, now=now)
        assert await queries.finished_unsaid(session, limit=5) == []

    async with reading(db) as session:
        files = (await session.exec(select(Outbox.key).where(Outbox.kind == Say.FINISHED_FILE))).all()
    assert sorted(files) == [f"finished:{run.id}:teas-with-texts.csv", f"finished:{run.id}:teas-with-texts.xlsx"]


async def test_a_text_approved_while_the_rest_was_written_wins(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_model(db, actor, now, approved=12, open_=1)
    async with transaction(db) as session:
        run = await finish.start_finish(session, project.id or 0, actor, model=TUNED, now=now)
    await write_out(db, run.id or 0, now)
    async with transaction(db) as session:
        waiting = (await session.exec(select(Completion).where(Completion.text == "Text 13."))).one()
        approved = VerdictKind.APPROVED
        await review.decide(session, waiting.id or 0, 1, actor, approved, surface=Surface.BUTTON, now=now)
        _, rows = await finish.table(session, run.id or 0)

    assert rows[12][5:8] == ["Text 13.", "looked at", "UANA"]
