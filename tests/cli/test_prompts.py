"""`tunesmith prompts expand`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.prompts import prompts_app

SEED = """Product Name | Type | Details |
Paracetamol | Generic Drug | tablets,syrup |
Doxycycline | Antibiotic | injection,tablets |
Nameless |  | gel |
"""
TEMPLATE = "Write a description of [product name], mention [type] and [details]"


@pytest.fixture
def seed(tmp_path: Path) -> str:
    path = tmp_path / "seed.txt"
    path.write_text(SEED)
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(prompts_app, ["expand", *arguments])


def test_the_seed_example_gives_its_four_prompts(seed: str) -> None:
    result = run(seed, "--template", TEMPLATE)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Write a description of Paracetamol, mention Generic Drug and tablets",
        "Write a description of Paracetamol, mention Generic Drug and syrup",
        "Write a description of Doxycycline, mention Antibiotic and injection",
        "Write a description of Doxycycline, mention Antibiotic and tablets",
    ]
    assert "4 prompts" in result.stderr and "'Type' in 1" in result.stderr


def test_jsonl_has_prompt_row_and_values(seed: str) -> None:
    lines = [
        json.loads(line)
        for line in run(seed, "--template", "[details] of [product name]", "--jsonl").stdout.splitlines()
    ]

    assert lines[1] == {
        "prompt": "syrup of Paracetamol",
        "row": 0,
        "values": {"Details": "syrup", "Product Name": "Paracetamol"},
    }
    assert [line["row"] for line in lines] == [0, 0, 1, 1, 2]


def test_split_and_limit_are_followed(seed: str) -> None:
    assert run(seed, "--template", "[details]", "--limit", "3").stdout.splitlines() == ["tablets", "syrup", "injection"]
    assert run(seed, "--template", "[type]", "--split", "type= ").stdout.splitlines() == [
        "Generic",
        "Drug",
        "Antibiotic",
    ]
    assert run(seed, "--template", "[details]", "--split", "Type=;").stdout.splitlines()[0] == "tablets,syrup"
    assert run(seed, "--template", "[details]", "--split", "details").stdout.splitlines()[0] == "tablets"


def test_several_templates_come_one_after_the_other_or_in_their_shares(seed: str) -> None:
    both = ["--template", "A [product name] [details]", "--template", "B [product name]"]

    everything = [line[0] for line in run(seed, *both).stdout.splitlines()]
    shared = run(seed, *both, "--share", "60", "--share", "40").stdout.splitlines()
    jsonl = [json.loads(line) for line in run(seed, *both, "--jsonl").stdout.splitlines()]

    assert "".join(everything) == "AAAAABBB"
    assert [line[0] for line in shared] == ["A", "B", "A", "B", "A", "A", "B", "A"]
    assert len({*shared}) == len(shared)
    assert jsonl[-1] == {"prompt": "B Nameless", "row": 2, "values": {"Product Name": "Nameless"}}


def test_a_row_is_left_out_only_where_no_template_has_a_prompt_for_it(seed: str) -> None:
    result = run(seed, "--template", "[type]", "--template", "[details]")

    assert "gave no prompt" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--template", "[nix]"], "no column 'nix'"),
        (["--template", "no column"], "names no column"),
        (["--template", "[type]", "--split", "nix=,"], "no column 'nix'"),
        (["--template", "[type]", "--share", "60", "--share", "40"], "There are 1 templates and 2 shares."),
    ],
)
def test_a_mistake_is_explained_with_exit_code_one(seed: str, arguments: list[str], words: str) -> None:
    result = run(seed, *arguments)

    assert result.exit_code == 1 and words in " ".join(result.stderr.split()) and not result.stdout


def test_with_jsonl_a_mistake_is_one_object_with_a_problem(seed: str) -> None:
    result = run(seed, "--template", "[nix]", "--jsonl")

    assert result.exit_code == 1 and "nix" in json.loads(result.stdout)["problem"]


def test_wrong_usage_has_exit_code_two(seed: str) -> None:
    assert run(seed).exit_code == 2
    assert run("nothing.csv", "--template", "[a]").exit_code == 2
