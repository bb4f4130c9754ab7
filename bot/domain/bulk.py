"""Approving many texts at once: what may be, what has to be looked at, and what a person is shown before."""

from __future__ import annotations

from dataclasses import dataclass

# As many as one transaction takes without keeping anybody's click waiting, and as can be looked through for words that
# no cell supports (up to ten milliseconds each) while a window waits to be opened.
MOST_AT_ONCE = 150
# As many unread texts as the window lists.
LISTED = 4


@dataclass(frozen=True, slots=True)
class Unread:
    """One of the texts that nobody has opened."""

    product: str
    text: str


@dataclass(frozen=True, slots=True)
class Rest:
    """What *Approve the rest* would do: `last_id` is the newest text that it is about.

    `held_back` break a rule of the house or end too early; `doubtful` say what no cell says and are left out of `count`
    unless the person wants them too (`doubtful_unseen` of them unread); `left` are beyond what goes at once."""

    batch_id: int
    last_id: int
    count: int
    unseen: int
    listed: tuple[Unread, ...]
    held_back: int = 0
    doubtful: int = 0
    doubtful_unseen: int = 0
    left: int = 0
    votes: int = 1


@dataclass(frozen=True, slots=True)
class BulkCard:
    """An approval of many at once as it stands in the thread."""

    id: int
    who: str
    count: int
    unseen: int
    undone: int | None = None  # how many were taken back; None while it stands
