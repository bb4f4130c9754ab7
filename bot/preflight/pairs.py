"""The same checks for pairs that are not in a file yet, with a key a pair to find back to where it came from."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.errors import BotError
from bot.preflight.check import Options, Sieve
from bot.preflight.examples import Example, Form, Turn
from bot.preflight.findings import Finding, Findings
from bot.preflight.house import check_claims
from bot.preflight.rules import RULES, Remedy
from bot.preflight.texts import CONTROL, MARKUP, SPECIAL
from bot.preflight.together import Lines, Place


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt with its answer, on the way into a dataset.

    `key` is the caller's own name for it; `sources` are all cells of its product (none: claims are not checked);
    `origin` says where the text came from; `held_out` pairs are kept aside, and only compared with the others."""

    key: str
    prompt: str
    answer: str
    system: str = ""
    sources: tuple[str, ...] = ()
    origin: str = ""
    held_out: bool = False


def check_pairs(
    pairs: Iterable[Pair], options: Options | None = None, *, refused_origins: Iterable[str] = ()
) -> list[Finding]:
    """Everything worth saying about the pairs, in their order; `line` is a pair's place, from 1, in what was given."""
    options, refused = options or Options(), frozenset(refused_origins)
    findings = Findings(most=sys.maxsize)  # each leads to a card of its own
    sieve = Sieve(options, findings, Lines(near=options.near))
    aside = Sieve(options, findings, Lines(near=options.near))
    for line, pair in enumerate(pairs, 1):
        place = Place(line, pair.key)
        if pair.origin in refused:
            findings.add(line, "origin", f"The text comes from “{pair.origin}”, which is left out.", key=pair.key)
        _check(pair, place, aside if pair.held_out else sieve)
    sieve.lines.finish(findings, aside.lines, language=options.language)
    return sorted(findings.kept, key=lambda finding: (finding.line, finding.code))


def can_fix(code: str) -> bool:
    """Whether `apply_fix` mends this by itself; else a person has to edit the text, drop or keep it."""
    return code in FIXES


def apply_fix(pair: Pair, finding: Finding) -> Pair | None:
    """The pair as it should be: mended where the code can be mended by rule, None where it should be dropped, as it was
    where it should be kept. Raises BotError where only a person can mend it."""
    if finding.code in FIXES:
        mend = FIXES[finding.code]
        return replace(pair, prompt=mend(pair.prompt), answer=mend(pair.answer))
    remedy = RULES[finding.code].remedy
    if remedy is Remedy.FIX:
        raise BotError("This needs a person's eye.", kept="The text is as it was.", todo=finding.fix)
    return None if remedy is Remedy.DROP else pair


def _check(pair: Pair, place: Place, sieve: Sieve) -> None:
    note = sieve.findings.at(place.line, place.key)
    for name, text in (("prompt", pair.prompt), ("answer", pair.answer)):
        if not text.strip():
            note("empty_content", f"The {name} is empty.")
            return
    system = (Turn("system", pair.system),) if pair.system else ()
    before = (*system, Turn("user", pair.prompt))
    sieve.look_at(Example(Form.CHAT, before, Turn("assistant", pair.answer), None, {}), place)
    if pair.sources:
        check_claims(pair.answer, (*pair.sources, pair.prompt), note)


def _without(pattern: re.Pattern[str]) -> Callable[[str], str]:
    return lambda text: re.sub(r"[ \t]{2,}", " ", pattern.sub("", text)).strip()


def _mended(text: str) -> str:
    from ftfy import fix_encoding  # here, because it takes a while to load

    return str(fix_encoding(text))


FIXES: dict[str, Callable[[str], str]] = {
    "edge_blanks": str.strip,
    "control_characters": _without(CONTROL),
    "special_tokens": _without(SPECIAL),
    "template_markup": _without(MARKUP),
    "mojibake": _mended,
}
