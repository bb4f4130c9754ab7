"""The audit log: every decision of a person, with the exact words it was about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256


class Audited(StrEnum):
    """What can be decided. What stands behind it is the subject that `subject_id` names."""

    # a text
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    OBJECTED = "objected"
    RULED = "ruled"  # the last word where people disagree; without a text: none of them
    UNDONE = "undone"  # one's own vote or ruling taken back
    AGAIN = "again"  # to be written again
    KEPT_OLD = "kept_old"  # the text before it was written again
    # many texts
    BULK_UNDONE = "bulk_undone"  # subject: the approval of many at once
    # a project
    SIGNED_OFF = "signed_off"
    SETTINGS = "settings"  # budget among them; `detail` says what was and is
    PEOPLE = "people"
    LEFT = "left"  # `who` left the project; what they had to decide went back
    PAUSED = "paused"
    RESUMED = "resumed"
    DELETED = "deleted"
    MONEY_APPROVED = "money_approved"  # a colleague's order above the threshold; `detail` says what
    MONEY_REFUSED = "money_refused"
    # money and models
    WRITE = "write"  # subject: run
    STOPPED = "stopped"  # subject: run
    FROZEN = "frozen"  # subject: dataset
    TRAIN = "train"  # subject: job
    TRAIN_CANCELLED = "train_cancelled"  # subject: job
    PROMOTED = "promoted"  # subject: tuned model
    RETIRED = "retired"  # subject: tuned model
    DEPLOYED = "deployed"  # subject: tuned model
    SHUT_DOWN = "shut_down"  # subject: tuned model
    COMPARED = "compared"  # subject: comparison


# What `subject_id` is the number of, for a reader of the log.
SUBJECTS: dict[Audited, str] = {
    **dict.fromkeys(
        (
            Audited.APPROVED, Audited.EDITED, Audited.REJECTED, Audited.OBJECTED, Audited.RULED, Audited.UNDONE,
            Audited.AGAIN, Audited.KEPT_OLD,
        ),
        "text",
    ),
    Audited.BULK_UNDONE: "approval of many",
    Audited.WRITE: "run",
    Audited.STOPPED: "run",
    Audited.FROZEN: "training set",
    Audited.TRAIN: "fine-tuning job",
    Audited.TRAIN_CANCELLED: "fine-tuning job",
    Audited.PROMOTED: "tuned model",
    Audited.RETIRED: "tuned model",
    Audited.DEPLOYED: "tuned model",
    Audited.SHUT_DOWN: "tuned model",
    Audited.COMPARED: "comparison",
}  # fmt: skip


def subject_of(what: Audited) -> str:
    return SUBJECTS.get(what, "project")


def sha256_of(text: str) -> str:
    """The fingerprint of words as they are: no blank and no case is forgiven."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log, as it is exported. `text` is empty where no words were decided on, or they were erased."""

    number: int
    at: datetime
    who: str
    name: str
    what: Audited
    subject_id: int
    version: int
    surface: str
    product: str
    text: str
    text_sha256: str
    detail: str


COLUMNS = (
    "Number", "When (UTC)", "Who", "Name", "What", "About", "Its number", "Version", "Where", "Product", "Text",
    "SHA-256 of the text", "Details",
)  # fmt: skip


def row_of(entry: Entry) -> tuple[str, ...]:
    """The line as cells, in the order of `COLUMNS`."""
    return (
        str(entry.number),
        entry.at.isoformat(timespec="seconds"),
        entry.who,
        entry.name,
        entry.what.value,
        subject_of(entry.what),
        str(entry.subject_id) if entry.subject_id else "",
        str(entry.version) if entry.version else "",
        entry.surface,
        entry.product,
        entry.text,
        entry.text_sha256,
        entry.detail,
    )


def changes(before: dict[str, object], after: dict[str, object]) -> str:
    """What became of settings, as `votes: 1 -> 2; group: nobody -> UBEN`; nothing where all is as it was."""
    changed = (name for name in after if before.get(name) != after[name])
    return "; ".join(f"{name}: {_shown(before.get(name))} -> {_shown(after[name])}" for name in changed)


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)


def dollars(usd: float | None) -> str:
    return "price unknown" if usd is None else f"${usd:,.2f}"


def ordered(kind: str, texts: int, model: str, cap_usd: float | None) -> str:
    """What somebody ordered, as `write: 200 texts by gpt-4.1-mini, at most $1.20`."""
    return f"{kind}: {texts} texts by {model or 'nobody'}, at most {dollars(cap_usd)}"
