"""Fine-tuning files have the exact shape that providers take, and are written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.export.files import write_atomically
from bot.export.jsonl import Pair, chat_lines, completion_lines, prompt_line

PAIRS = [Pair('Say "hi" to\nBob', "Höi\u2028Bob"), Pair("b", "c")]


def test_a_pair_has_exactly_the_two_keys() -> None:
    assert next(completion_lines([Pair("P", "C")])) == b'{"prompt": "P", "completion": "C"}\n'


def test_any_text_comes_back_from_a_line() -> None:
    lines = list(completion_lines(PAIRS))

    assert [json.loads(line) for line in lines] == [pair._asdict() for pair in PAIRS]
    assert all(line.count(b"\n") == 1 for line in lines)


def test_a_chat_has_the_system_prompt_first_if_there_is_one() -> None:
    [with_system] = map(json.loads, chat_lines(PAIRS[1:], system="Be kind"))
    [without] = map(json.loads, chat_lines(PAIRS[1:]))

    assert [m["role"] for m in with_system["messages"]] == ["system", "user", "assistant"]
    assert without == {"messages": [{"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]}


def test_a_prompt_line_names_its_row_and_values() -> None:
    line = prompt_line("P", 3, ["Name", "Type"], ["A", "b"])

    assert json.loads(line) == {"prompt": "P", "row": 3, "values": {"Name": "A", "Type": "b"}}


def test_a_written_file_is_described_by_its_hash(tmp_path: Path) -> None:
    written = write_atomically(tmp_path / "a.jsonl", completion_lines(PAIRS))

    data = (tmp_path / "a.jsonl").read_bytes()
    assert (written.sha256, written.size, written.blocks) == (hashlib.sha256(data).hexdigest(), len(data), 2)


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"old")

    def broken() -> Iterator[bytes]:
        yield b"new"
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, broken())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
