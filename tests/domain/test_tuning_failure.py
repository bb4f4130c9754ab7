"""What mends a failed job."""

from __future__ import annotations

import pytest

from bot.domain.tuning_failure import Fix, remedy


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("The job failed due to an invalid training file. Line 17: messages must have an assistant.", Fix.DROP_LINE),
        ("Example 3 contains the token <|fim_suffix|>", Fix.DROP_LINE),
        ("CUDA out of memory. Tried to allocate 2.0 GiB", Fix.SMALLER_BATCH),
        ("The machine ran out of memory.", Fix.SMALLER_BATCH),
        ("Training file has 8 examples, but must have at least 10 examples", Fix.MORE_TEXTS),
        ("You exceeded your current quota, insufficient_quota", Fix.ACCOUNT),
        ("Model gpt-4o-mini is not available for fine-tuning", Fix.OTHER_MODEL),
        ("Fine-tuning is no longer available for this organization", Fix.OTHER_MODEL),
        ("loss became nan at step 40", Fix.SLOWER),
        ("Internal server error, please try again", Fix.AGAIN),
        ("Ein Fehler ist aufgetreten", Fix.AGAIN),
        ("", Fix.AGAIN),
    ],
)
def test_the_providers_words_lead_to_the_button_that_mends_it(said: str, fix: Fix) -> None:
    found = remedy(said)

    assert found.fix is fix and found.advice.endswith(".")


def test_a_named_line_is_counted_as_the_provider_counts_it() -> None:
    assert remedy("Invalid file: line 17 has no assistant turn").line == 17
    assert remedy("must have at least 10 examples, line 1").line is None


def test_the_code_helps_where_the_words_do_not() -> None:
    assert remedy("Sorry.", "model_not_available").fix is Fix.OTHER_MODEL
    assert remedy("Sorry.", "insufficient_quota").fix is Fix.ACCOUNT
