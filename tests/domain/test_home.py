from dataclasses import replace

import pytest

from bot.domain.home import Counts, Stage, stage_of

READY = Counts(products=60, catalog_used=True)


@pytest.mark.parametrize(
    ("counts", "stage"),
    [
        (Counts(), Stage.CATALOG),
        (Counts(catalog_ready=True), Stage.CATALOG_CHECK),
        (READY, Stage.PROMPTS),
        (replace(READY, signed_off=True), Stage.TRY),
        (replace(READY, signed_off=True, running=1), Stage.WRITING),
        (replace(READY, signed_off=True, open=5), Stage.REVIEW),
        (replace(READY, signed_off=True, approved=12, unfrozen=12), Stage.DATASET),
        (replace(READY, signed_off=True, approved=12, datasets=1), Stage.TRAIN),
        (replace(READY, signed_off=True, approved=12, datasets=1, tuning=1), Stage.TUNING),
        (replace(READY, signed_off=True, approved=12, datasets=1, tuned_model="ft:x"), Stage.MODEL),
    ],
)
def test_the_next_step_is_the_first_that_is_not_done(counts: Counts, stage: Stage) -> None:
    assert stage_of(counts) == stage


def test_new_approved_texts_after_a_first_model_ask_for_another_training_set() -> None:
    counts = replace(READY, signed_off=True, approved=30, datasets=1, unfrozen=18, tuned_model="ft:x")

    assert stage_of(counts) == Stage.DATASET
