"""Findings on their way from the checks to people: counted all, kept as far as anybody would read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.preflight.rules import RULES, Remedy, Severity

MOST_KEPT = 200  # of one code; the counts tell how many more there are


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one line. `line` counts from 1, 0 is the whole file; `key` names the line to the one who asked;
    `other` is the key of the other line of a pair, where there is one. `file` is "" for the file itself."""

    line: int
    code: str
    message: str
    fix: str
    key: str = ""
    other: str = ""
    file: str = ""

    @property
    def severity(self) -> Severity:
        return RULES[self.code].severity

    @property
    def remedy(self) -> Remedy:
        return RULES[self.code].remedy

    def as_dict(self) -> dict[str, object]:
        extra = {"file": self.file} if self.file else {}
        return {"line": self.line, "code": self.code, "message": self.message, "fix": self.fix, **extra}


Note = Callable[[str, str], None]  # (code, message) about the line at hand


@dataclass(slots=True)
class Findings:
    """What was found so far. `file` is written on each finding, for findings about a second file;
    `most` of one code are kept."""

    file: str = ""
    most: int = MOST_KEPT
    kept: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, line: int, code: str, message: str, *, key: str = "", other: str = "", fix: str = "") -> None:
        self.counts[code] += 1
        if self.counts[code] <= self.most:
            self.kept.append(Finding(line, code, message, fix or RULES[code].fix, key, other, self.file))

    def at(self, line: int, key: str = "") -> Note:
        """A function that notes things about this line."""
        return lambda code, message: self.add(line, code, message, key=key)

    def sorted(self, severity: Severity) -> list[Finding]:
        """Those of one severity, by line."""
        return sorted((one for one in self.kept if one.severity is severity), key=lambda one: one.line)

    def errors(self) -> int:
        """How many errors there are, the kept ones and the others."""
        return sum(count for code, count in self.counts.items() if RULES[code].severity is Severity.ERROR)
