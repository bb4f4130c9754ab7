"""The house's words as people type them: one a line, `term -> how we write it`."""

from __future__ import annotations

import re

from bot.errors import BadForm

ARROW = re.compile(r"\s*(?:-+>|=+>|→|⇒)\s*")
FIELD = "glossary"
MOST_ENTRIES = 100
LONGEST = 80  # characters of a term
MOST_PROBLEMS = 3  # told at once

Glossary = tuple[tuple[str, str], ...]


def glossary_text(glossary: Glossary) -> str:
    """The glossary as the form shows it."""
    return "\n".join(f"{term} -> {ours}" for term, ours in glossary)


def glossary_in(typed: str) -> Glossary:
    """What was typed, line by line; empty lines are passed over. Raises BadForm that names each wrong line."""
    entries: dict[str, tuple[str, str]] = {}
    problems: list[str] = []
    for number, line in enumerate(typed.splitlines(), start=1):
        if not line.strip():
            continue
        problem, entry = _entry(line, entries)
        if problem:
            problems.append(f"Line {number}: {problem}")
        else:
            entries[entry[0].casefold()] = entry
    if len(entries) > MOST_ENTRIES:
        problems.append(f"{len(entries)} lines are too many for one instruction; {MOST_ENTRIES} fit.")
    if problems:
        more = f" And {len(problems) - MOST_PROBLEMS} more." if len(problems) > MOST_PROBLEMS else ""
        raise BadForm({FIELD: " ".join(problems[:MOST_PROBLEMS]) + more})
    return tuple(entries.values())


def _entry(line: str, known: dict[str, tuple[str, str]]) -> tuple[str, tuple[str, str]]:
    """What is wrong with a line, if anything, and its two halves."""
    halves = [" ".join(half.split()) for half in ARROW.split(line)]
    shown = f"“{' '.join(line.split())[:40]}”"
    if len(halves) != 2:
        return f"{shown} needs one arrow, such as colour -> color.", ("", "")
    term, ours = halves
    if not term or not ours:
        return f"{shown} has nothing {'before' if not term else 'after'} its arrow.", ("", "")
    if max(len(term), len(ours)) > LONGEST:
        return f"{shown} is too long; {LONGEST} characters a side.", ("", "")
    if term == ours:
        return f"{shown} has the same on both sides.", ("", "")
    before = known.get(term.casefold())
    if before is not None and before[1] != ours:
        return f"“{term}” is “{before[1]}” further up.", ("", "")
    return "", (term, ours)
