"""The check of a fine-tuning file before it goes anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.project import Style
from bot.domain.tuning import MIN_PAIRS
from bot.errors import BotError
from bot.preflight.examples import Example, Form
from bot.preflight.findings import Finding, Findings
from bot.preflight.house import check_style
from bot.preflight.reading import items
from bot.preflight.rules import Severity
from bot.preflight.shapes import example_of
from bot.preflight.texts import check_edges, check_texts
from bot.preflight.together import Lines, Place
from bot.preflight.tokens import Estimate, TokenCounter

HELPFUL = 50  # examples from which a difference is seen; below, a word is said


@dataclass(frozen=True, slots=True)
class Options:
    """How to check. `style` is the house style that answers are held against, `language` the one they should be in (in
    English; else most answers decide), `near` whether lines are compared with each other for near duplicates."""

    counter: TokenCounter = field(default_factory=Estimate)
    least: int = MIN_PAIRS
    style: Style | None = None
    language: str = ""
    near: bool = True


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of all examples, of the longest one, and whether they were counted with the model's own tokenizer."""

    total: int = 0
    longest: int = 0
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a file is. `format` is None where no line could be read; `counts` has every finding, the lists the first
    200 of each code."""

    valid: bool
    format: Form | None
    examples: int
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    counts: dict[str, int]
    tokens: Tokens
    problem: str | None = None

    @classmethod
    def refused(cls, problem: str) -> Report:
        """A file that could not even be looked at."""
        return cls(False, None, 0, (), (), {}, Tokens(), problem)

    def as_dict(self) -> dict[str, object]:
        return {
            "valid": self.valid,
            "format": self.format.value if self.format else None,
            "examples": self.examples,
            "errors": [finding.as_dict() for finding in self.errors],
            "warnings": [finding.as_dict() for finding in self.warnings],
            "counts": self.counts,
            "tokens": {"total": self.tokens.total, "longest": self.tokens.longest, "exact": self.tokens.exact},
            "problem": self.problem,
        }


@dataclass(slots=True)
class Sieve:
    """Takes examples one by one and keeps what is worth saying about them."""

    options: Options
    findings: Findings
    lines: Lines
    form: Form | None = None
    examples: int = 0
    total: int = 0
    longest: int = 0

    def take(self, value: object, place: Place) -> None:
        """One JSON value of a file."""
        note = self.findings.at(place.line, place.key)
        example = example_of(value, note, self.form)
        if example is None:
            return
        self.form = self.form or example.form
        self.look_at(example, place)

    def look_at(self, example: Example, place: Place) -> None:
        """One example that could be read."""
        note = self.findings.at(place.line, place.key)
        self.examples += 1
        tokens = self.options.counter.count(example)
        self.total, self.longest = self.total + tokens, max(self.longest, tokens)
        if tokens > self.options.counter.limit:
            about = "" if self.options.counter.exact else "about "
            note("too_long", f"The example has {about}{tokens:,} tokens; {self.options.counter.limit:,} is the most.")
        check_texts(example, note)
        if example.form is not Form.COMPLETION:
            check_edges(example, note)
        if self.options.style is not None:
            check_style(example.answer.text, self.options.style, note)
        self.lines.add(example, place, self.findings)


def check_file(path: Path, options: Options | None = None, *, validation: Path | None = None) -> Report:
    """Check a file, and the file kept aside for validation with it. Raises BotError for a file that is not there."""
    options = options or Options()
    aside = _sieved(validation, options, least=1, file=validation.name) if validation else None
    sieve = _sieved(path, options, least=options.least)
    _count_examples(sieve)
    sieve.lines.finish(sieve.findings, aside.lines if aside else None, language=options.language)
    return _report(sieve, aside)


def _sieved(path: Path, options: Options, *, least: int, file: str = "") -> Sieve:
    sieve = Sieve(options, Findings(file), Lines(near=options.near))
    try:
        for item in items(path, sieve.findings):
            sieve.take(item.value, Place(item.line))
    except OSError as problem:
        raise BotError(f"{path.name} cannot be read: {problem.strerror or problem}.") from None
    if sieve.examples == 0 and not sieve.findings.kept:
        sieve.findings.add(0, "empty_file", "The file holds no example.")
    elif sieve.examples < least and not sieve.findings.counts["not_jsonl"]:
        message = f"The file has {sieve.examples} examples that can be used; at least {least} are needed."
        sieve.findings.add(0, "too_few_examples", message)
    return sieve


def _count_examples(sieve: Sieve) -> None:
    if sieve.options.least <= sieve.examples < HELPFUL:
        sieve.findings.add(0, "few_examples", f"{sieve.examples} examples are enough to try, not yet to help much.")
    if not sieve.lines.compared_all:
        sieve.findings.add(
            0, "near_duplicate", "The file is too large to compare all its lines; only the first were compared."
        )


def _report(sieve: Sieve, aside: Sieve | None) -> Report:
    found = [sieve.findings, *([aside.findings] if aside else [])]
    errors = tuple(one for each in found for one in each.sorted(Severity.ERROR))
    warnings = tuple(one for each in found for one in each.sorted(Severity.WARNING))
    number = sum(each.errors() for each in found)
    return Report(
        valid=number == 0,
        format=sieve.form,
        examples=sieve.examples,
        errors=errors,
        warnings=warnings,
        counts=dict(sum((each.counts for each in found[1:]), found[0].counts)),
        tokens=Tokens(sieve.total, sieve.longest, sieve.options.counter.exact),
        problem=_problem(number, errors),
    )


def _problem(number: int, errors: tuple[Finding, ...]) -> str | None:
    if not errors:
        return None
    first = errors[0]
    where = f"{first.file or 'the file'}, line {first.line}" if first.line else (first.file or "the file as a whole")
    return f"{number} {'error' if number == 1 else 'errors'}; the first is in {where}: {first.message}"
