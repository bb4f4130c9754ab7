"""Is the tuned model better? Base and tuned side by side, and what it takes to write the rest of a catalog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.completion import RunState, WritingState
from bot.domain.spot_check import SpotReport

# Longer than the two requests of a trial (120 s each) together.
TRIAL_LEASE = timedelta(minutes=5)
# A provider that is silent for so long gets no further request for a trial.
TRIAL_PATIENCE = timedelta(minutes=5)
TRIAL_RETRY = timedelta(seconds=10)
# Columns of the finished table, after the catalog's own.
TEXT_COLUMN = "Text"
LOOKED_COLUMN = "Looked at"
CHECKED_COLUMN = "Checked by"
RULES_COLUMN = "House rules"
CLAIMS_COLUMN = "Not in the catalog"
OUR_COLUMNS = (TEXT_COLUMN, LOOKED_COLUMN, CHECKED_COLUMN, RULES_COLUMN, CLAIMS_COLUMN)
LOOKED_AT, NOT_LOOKED_AT, REJECTED = "looked at", "not looked at", "rejected"
NO_REPORT = SpotReport()


@dataclass(frozen=True, slots=True)
class TrialCard:
    """Two texts for one product. Without a tuned model the second is the base model's with examples in the prompt."""

    id: int
    project_id: int
    state: WritingState
    product: str
    facts: tuple[tuple[str, str], ...]
    prompt: str
    base_model: str
    tuned_model: str
    base_text: str = ""
    tuned_text: str = ""
    problem: str = ""
    notice: str = ""
    taught: bool = False  # the product was among those the model learned from
    try_usd: float | None = None

    @property
    def by_examples(self) -> bool:
        return not self.tuned_model


@dataclass(frozen=True, slots=True)
class FinishOffer:
    """What writing the rest means: how many texts, with which model, at what price, and which columns leave."""

    project_id: int
    total: int
    agreed: int
    left: int
    model: str
    provider_label: str
    examples: int
    usd: float | None
    leave: tuple[str, ...]
    stay: tuple[str, ...]
    notice: str = ""
    kept: int = 0  # texts that an order that was cut short wrote already


@dataclass(frozen=True, slots=True)
class FinishedCard:
    """How writing the rest ended. `agreed` texts were approved by people, `written` ones nobody has checked."""

    run_id: int
    project_id: int
    state: RunState
    agreed: int
    written: int
    missing: int
    model: str
    started_by: str
    problem: str = ""
    notice: str = ""
    try_usd: float | None = None
    report: SpotReport = NO_REPORT
    can_refresh: bool = False  # something was corrected since the files were made


@dataclass(frozen=True, slots=True)
class FinishedText:
    """A text for one place of the catalog's expansion. `checked_by`: who settled it, though perhaps unread, with many
    others at once; `looked_at`: somebody read it; a rejected one has no text."""

    text: str
    checked_by: str = ""
    looked_at: bool = False
    rejected: bool = False

    @property
    def flag(self) -> str:
        """What the table says of it; nothing where there is no text."""
        if self.rejected:
            return REJECTED
        if not self.text:
            return ""
        return LOOKED_AT if self.looked_at else NOT_LOOKED_AT


def table_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The catalog's columns and ours; where the catalog has one of the same name, ours is numbered."""
    return (*columns, *(_free(name, columns) for name in OUR_COLUMNS))


def _free(name: str, taken: tuple[str, ...]) -> str:
    known = {column.casefold() for column in taken}
    number = 2
    chosen = name
    while chosen.casefold() in known:
        chosen = f"{name} ({number})"
        number += 1
    return chosen
