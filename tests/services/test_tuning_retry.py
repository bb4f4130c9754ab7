"""After a failure: the order with what mends it, and versions without the line that was wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.dataset import Split
from bot.domain.people import Actor
from bot.domain.tuning import TrainForm
from bot.domain.tuning_failure import Fix
from bot.errors import NotAllowed, NotFound
from bot.services import tuning_retry as service
from storage import dataset as rows
from storage.engine import reading, transaction
from tests.support.tuning_bench import ANA, Bench, bench_from


@pytest.fixture
async def bench(frozen_template: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench_from(frozen_template, tmp_path) as bench:
        await bench.poll(seconds=0)
        bench.tuner.fails("Line 3 has no assistant turn.")
        await bench.poll()
        yield bench


async def test_the_card_names_the_fix(bench: Bench) -> None:
    card = await bench.card()

    assert card.remedy is not None and (card.remedy.fix, card.remedy.line) == (Fix.DROP_LINE, 3)


async def test_dropping_a_line_freezes_a_version_without_just_that_pair(bench: Bench) -> None:
    async with transaction(bench.deps.db) as session:
        fresh = await service.without_line(session, bench.job_id, 3, ANA, now=bench.clock.now)
        again = await service.without_line(session, bench.job_id, 3, ANA, now=bench.clock.now)

    async with reading(bench.deps.db) as session:
        before, after = await rows.lines(session, 1), await rows.lines(session, fresh)
        dataset = await rows.by_id(session, fresh)
    taught = [line for line in before if line.split is Split.TRAIN]
    assert [line for line in before if line not in after] == [taught[2]]
    assert dataset is not None and (dataset.number, dataset.pairs, dataset.train_pairs) == (2, 19, 16)
    assert dataset.settings["dropped"] == {"from": 1, "completion": taught[2].completion_id}
    assert again == fresh  # clicked twice, it is the same version


async def test_a_line_that_is_not_there_changes_nothing(bench: Bench) -> None:
    async with transaction(bench.deps.db) as session:
        with pytest.raises(NotFound, match="has 17 lines, so there is no line 18"):
            await service.without_line(session, bench.job_id, 18, ANA, now=bench.clock.now)
        with pytest.raises(NotFound):
            await service.without_line(session, bench.job_id, 0, ANA, now=bench.clock.now)


async def test_the_window_opens_again_with_what_was_chosen_and_what_mends_it(bench: Bench) -> None:
    async with reading(bench.deps.db) as session:
        refill = await service.refill(session, bench.job_id, Fix.SMALLER_BATCH, ANA)

    assert refill.dataset_id == 1 and (refill.form.epochs, refill.form.batch_size) == (2, 4)
    assert refill.retry.why.startswith("Line 3") and refill.retry.change == "4 texts at a time"


async def test_others_cannot_order_again(bench: Bench, colleague: Actor) -> None:
    async with reading(bench.deps.db) as session:
        with pytest.raises(NotAllowed):
            await service.refill(session, bench.job_id, Fix.AGAIN, colleague)


def test_each_fix_changes_one_thing() -> None:
    form = TrainForm(epochs=3, learning_rate=2.0, batch_size=8, suffix="tea", model="small")

    assert service.mended(form, Fix.SMALLER_BATCH)[0].batch_size == 4
    assert service.mended(TrainForm(batch_size=1), Fix.SMALLER_BATCH)[0].batch_size == 1
    assert service.mended(form, Fix.SLOWER)[0].learning_rate == 1.0
    assert service.mended(form, Fix.OTHER_MODEL)[0].model == ""
    assert service.mended(form, Fix.AGAIN)[0] == form
