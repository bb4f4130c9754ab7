"""What a provider said when a job failed, and what mends it: words and codes in, one remedy out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Fix(StrEnum):
    """What the button does."""

    DROP_LINE = "drop"  # freeze a version without this line, then order again
    OTHER_MODEL = "model"
    SMALLER_BATCH = "batch"
    SLOWER = "rate"  # a lower learning rate
    AGAIN = "again"  # nothing was wrong with the order
    MORE_TEXTS = "texts"
    ACCOUNT = "account"  # nothing here mends it


@dataclass(frozen=True, slots=True)
class Remedy:
    """`advice` says in words what to do; `line` counts from 1 in the training file."""

    fix: Fix
    advice: str
    line: int | None = None


LINE = re.compile(r"\b(?:line|example|row|record)s?\s*(?:#|no\.?|number)?\s*(\d+)\b", re.IGNORECASE)
RULES: tuple[tuple[Fix, str, str], ...] = (
    (
        Fix.SMALLER_BATCH,
        r"out of memory|\boom\b|memory (?:error|exhausted)|ran out of memory|batch.?size.{0,40}(?:too large|exceed)",
        "Fewer texts at a time need less memory: try it with a smaller batch.",
    ),
    (
        Fix.MORE_TEXTS,
        r"at least \d+ examples|too few (?:examples|lines)|not enough (?:examples|data)|"
        r"minimum (?:number )?of .{0,20}examples",
        "The provider wants more texts: approve some more and freeze again.",
    ),
    (
        Fix.ACCOUNT,
        r"insufficient[_ ](?:quota|funds)|billing|spending limit|credit|api key|unauthori[sz]ed|not allowed|permission",
        "Whoever manages the account there has to settle this first; then the same order goes through.",
    ),
    (
        Fix.OTHER_MODEL,
        r"model.{0,60}(?:not (?:found|available|supported|exist)|does not (?:exist|support)|cannot be fine|deprecated|"
        r"retired|no longer|shut ?down)|fine-?tuning.{0,40}(?:not (?:available|supported)|no longer|disabled)",
        "This model cannot be taught there any more: choose another one.",
    ),
    (
        Fix.SLOWER,
        r"\bnan\b|diverged|loss (?:is|was|became) (?:nan|inf)|learning.?rate.{0,40}too (?:high|large)|unstable",
        "It learned too fast and lost its way: try it with a lower learning speed.",
    ),
    (
        Fix.AGAIN,
        r"internal|server error|unavailable|timed? ?out|pre-?empt|interrupted|hardware|node|capacity|try again|"
        r"unexpected",
        "This was the provider's own trouble: the same order may well go through now.",
    ),
)  # fmt: skip
UNKNOWN = Remedy(Fix.AGAIN, "I do not know this answer. Try it again, or with another model.")


def remedy(message: str, code: str = "") -> Remedy:
    """The first rule that fits; a line that is named wins over all others, because leaving it out mends it surely."""
    found = LINE.search(message)
    if found is not None and not re.search(r"at least|minimum|fewer than", message, re.IGNORECASE):
        line = int(found[1])
        return Remedy(Fix.DROP_LINE, f"Leave line {line} out: the other texts are fine.", line)
    said = f"{code.replace('_', ' ')} {message}"
    for fix, words, advice in RULES:
        if re.search(words, said, re.IGNORECASE):
            return Remedy(fix, advice)
    return UNKNOWN
