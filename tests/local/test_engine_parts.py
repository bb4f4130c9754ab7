"""The engine's small pure parts: growing texts, names, hyperparameters, files that survive a kill."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local.engine import hyper, names, store
from bot.local.engine.text import GrowingText
from bot.local.engine.wire import ApiError


def shown(steps: list[str], *stop: str) -> tuple[list[str], bool]:
    text = GrowingText(stop)
    pieces = []
    for step in steps:
        pieces.append(text.grow(step))
        if text.stopped:
            return pieces, True
    return [*pieces, text.rest()], False


def test_half_a_character_is_held_back_until_it_is_whole() -> None:
    assert shown(["caf", "caf\ufffd", "café"]) == (["caf", "", "é", ""], False)


def test_a_stop_sequence_that_comes_in_parts_is_never_shown() -> None:
    assert shown(["one", "one E", "one EN", "one END", "one END two"], "END") == (["one", " ", "", ""], True)


def test_what_only_looked_like_a_stop_sequence_is_shown_after_all() -> None:
    assert "".join(shown(["one E", "one EN", "one ENG"], "END")[0]) == "one ENG"


@given(st.text("abX", max_size=30), st.lists(st.text("abX", min_size=1, max_size=3), max_size=3))
def test_pieces_always_add_up_to_the_text_before_the_first_stop(text: str, stops: list[str]) -> None:
    pieces, _ = shown([text[: size + 1] for size in range(len(text))], *stops)

    first = next((n for n in range(len(text) + 1) if any(text[:n].endswith(stop) for stop in stops)), None)
    ended = text if first is None else text[: min(text[:first].find(s) for s in stops if s in text[:first])]
    assert "".join(pieces) == ended


def test_a_model_directory_gives_a_plain_name() -> None:
    assert names.wire_name("/models/My Model_v2/") == "my-model-v2"
    assert names.wire_name("HuggingFaceTB/SmolLM2-135M-Instruct") == "smollm2-135m-instruct"


def test_a_checkpoints_name_leads_back_to_its_model_and_step() -> None:
    tuned = names.tuned_name("base", "voice", "ftjob-abcdefgh12345678")

    assert tuned == "ft:base:local:voice:12345678"
    assert names.split_checkpoint(names.checkpoint_name(tuned, 36)) == (tuned, 36)
    assert names.split_checkpoint(tuned) == (tuned, None)


def test_auto_means_enough_steps_for_few_examples_and_not_too_many_passes_for_many() -> None:
    assert hyper.planned(hyper.Hyperparameters(), 36) == hyper.Plan(3, 2, 1.0)
    assert hyper.planned(hyper.Hyperparameters(), 10).n_epochs == 10
    assert hyper.planned(hyper.Hyperparameters(), 1000) == hyper.Plan(2, 4, 1.0)


def test_hyperparameters_are_read_from_both_places() -> None:
    wanted = {"n_epochs": 4, "batch_size": "auto"}
    nested = {"method": {"type": "supervised", "supervised": {"hyperparameters": wanted}}}

    assert hyper.requested({"hyperparameters": wanted}) == hyper.requested(nested) == hyper.Hyperparameters(n_epochs=4)


@pytest.mark.parametrize("wrong", [{"n_epochs": 0}, {"n_epochs": 51}, {"n_epochs": 1.5}, {"batch_size": "many"}])
def test_hyperparameters_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ApiError) as refused:
        hyper.requested({"hyperparameters": wrong})

    assert refused.value.status == 400 and refused.value.param in wrong


def test_a_line_torn_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    store.append_line(path, {"n": 1})
    with path.open("ab") as file:
        file.write(b'{"n": 2, "torn')

    store.append_line(path, {"n": 3})

    assert store.read_lines(path) == [(1, {"n": 1}), (3, {"n": 3})]


def test_replacing_a_file_leaves_nothing_else_behind(tmp_path: Path) -> None:
    for n in range(3):
        store.write_json(tmp_path / "job.json", {"n": n})

    assert [path.name for path in tmp_path.iterdir()] == ["job.json"]
    assert json.loads((tmp_path / "job.json").read_text()) == {"n": 2}
