"""The command line as a person meets it: arguments in; exit code, standard output and sentences out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.cli.root import run


@dataclass(frozen=True)
class Said:
    """What a command left: `err` is joined to one line, as it is wrapped to the terminal's width."""

    code: int
    out: str
    err: str


Tunesmith = Callable[..., Said]


def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tunesmith:
    """`tunesmith(*arguments)` in this process."""

    def tunesmith(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["tunesmith", *arguments])
        capsys.readouterr()
        try:
            run()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        printed = capsys.readouterr()
        return Said(code, printed.out, " ".join(printed.err.split()))

    return tunesmith
