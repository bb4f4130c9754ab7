"""`tunesmith dataset convert`: what was converted, what was skipped and why."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.preflight.files import GOOD, GOOD_COMPLETIONS, GOOD_PREFERENCES, lines, turns
from tests.support.cli import Tunesmith

BAD = turns({"role": "user", "content": "Describe the ladder."})


def test_a_list_of_objects_becomes_lines_that_pass_the_check(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "train.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD, indent=1).encode())

    said = tunesmith(
        "dataset", "convert", str(tmp_path / "train.json"), "-o", str(tmp_path / "o.jsonl"), "--to", "chat"
    )

    assert said.code == 0 and said.err.startswith("12 examples converted:")
    assert [json.loads(line) for line in (tmp_path / "o.jsonl").read_bytes().splitlines()] == GOOD
    assert tunesmith("dataset", "check", str(tmp_path / "o.jsonl")).code == 0


def test_what_is_skipped_is_counted_with_its_line_and_reason(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(lines([*GOOD, BAD, b"nonsense", *GOOD_PREFERENCES[:1]]))
    files = (str(tmp_path / "train.jsonl"), "-o", str(tmp_path / "o.jsonl"))

    said = tunesmith("dataset", "convert", *files, "--to", "completion", "--json")

    report = json.loads(said.out)
    assert (said.code, report["converted"], report["skipped"], report["problem"]) == (0, 13, 2, None)
    assert {tuple(one["lines"]) for one in report["reasons"]} == {(13,), (14,)}
    assert report["left_out"] == {"the system prompt": 12, "the answer that was not preferred": 1}


def test_tables_go_there_and_back(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines(GOOD_COMPLETIONS)))
    path = {name: str(tmp_path / name) for name in ("a.jsonl.gz", "b.csv", "c.parquet", "d.jsonl")}

    for source, target, form in (
        ("a.jsonl.gz", "b.csv", "csv"),
        ("b.csv", "c.parquet", "parquet"),
        ("c.parquet", "d.jsonl", "completion"),
    ):
        assert tunesmith("dataset", "convert", path[source], "-o", path[target], "--to", form).code == 0

    assert (tmp_path / "d.jsonl").read_bytes() == lines(GOOD_COMPLETIONS).replace(b'": "', b'":"').replace(
        b'", "', b'","'
    )


def test_where_nothing_fits_nothing_is_written(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(lines(GOOD))
    files = (str(tmp_path / "train.jsonl"), "-o", str(tmp_path / "o.jsonl"))

    said = tunesmith("dataset", "convert", *files, "--to", "preference")

    assert said.code == 1 and "nothing was written" in said.err and "12 skipped: has one answer only" in said.err
    assert not (tmp_path / "o.jsonl").exists()


def test_a_table_in_another_encoding_is_a_sentence(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_bytes("prompt,completion\nDescribe the café,Für Gäste\n".encode("cp1252"))
    files = (str(tmp_path / "train.csv"), "-o", str(tmp_path / "o.jsonl"))

    said = tunesmith("dataset", "convert", *files, "--to", "chat")

    assert said.code == 1 and "is not UTF-8" in said.err and not (tmp_path / "o.jsonl").exists()
