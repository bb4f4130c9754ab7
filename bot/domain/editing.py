"""Texts that people change: long ones in parts, and the history of every version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.project import MOST_REASONS
from bot.domain.review import EDIT_TEXT, CompletionCard
from bot.errors import BadForm

# A part leaves its box room to grow.
PART = 2400
# As many boxes as a modal stays usable with: 36,000 characters.
MOST_PARTS = 15
# What Slack shows of an option.
REASON_LENGTH = 75
# Where a text may be parted, best first, and the name of each in a form.
JOINTS = {"paragraph": "\n\n", "line": "\n", "blank": " ", "none": ""}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, and the name of what stands between it and the next one."""

    text: str
    joint: str = "none"


def parts_of(text: str, size: int = PART) -> tuple[Part, ...]:
    """A text in pieces of at most `size` characters, parted at paragraphs, lines or blanks; one piece if it fits a box.

    `joined` puts it together again, exactly."""
    if len(text) <= EDIT_TEXT:
        return (Part(text),)
    parts: list[Part] = []
    while len(text) > size:
        at, joint = _break(text, size)
        parts.append(Part(text[:at], joint))
        text = text[at + len(JOINTS[joint]) :]
    return (*parts, Part(text))


def reject_reasons(lines: Iterable[str]) -> tuple[str, ...]:
    """What an owner typed as reasons to tick, one a line. Raises BadForm for more or longer ones than Slack shows."""
    reasons = tuple(dict.fromkeys(line for line in lines if line))
    if len(reasons) > MOST_REASONS:
        raise BadForm({"reject_reasons": f"Up to {MOST_REASONS} reasons fit; these are {len(reasons)}."})
    long = [reason for reason in reasons if len(reason) > REASON_LENGTH]
    if long:
        raise BadForm({"reject_reasons": f"“{long[0][:20]}…” is longer than {REASON_LENGTH} characters."})
    return reasons


def _break(text: str, size: int) -> tuple[int, str]:
    """The last good place in the second half of the first `size` characters."""
    for joint, between in JOINTS.items():
        at = text.rfind(between, size // 2, size) if between else size
        if at > 0:
            return at, joint
    return size, "none"


def joined(parts: Iterable[Part]) -> str:
    """A part that somebody emptied takes what stood behind it along."""
    found = "".join(part.text + JOINTS.get(part.joint, "\n\n") for part in parts if part.text)
    return re.sub(r"\s+\Z", "", found)


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a text. `who` is empty for the first; `taken_back` where the change does not stand any more."""

    number: int
    text: str
    before: str = ""
    who: str = ""
    at: datetime | None = None
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """A text with all its versions, oldest first."""

    card: CompletionCard
    versions: tuple[Version, ...]
