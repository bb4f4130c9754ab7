"""Where a line of a training set comes from: the card people decided on, and the row of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Card:
    """A message in Slack; `thread` is its parent's ts where it stands in a thread."""

    channel: str
    ts: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Root:
    """A line's product: `row` counts from 0 in the catalog as it was read."""

    position: int
    catalog_id: int
    catalog: str
    catalog_version: int
    row: int


def base_of(permalink: str) -> str:
    """The workspace's address out of any message's permalink."""
    return permalink.partition("/archives/")[0]


def link_to(base: str, card: Card | None) -> str:
    """The permalink of a message; "" where there is none."""
    return f"{base}/{place_of(card)}" if base and card is not None else ""


def place_of(card: Card | None) -> str:
    """A message within its workspace, as permalinks end; "" where there is none."""
    if card is None:
        return ""
    place = f"archives/{quote(card.channel)}/p{card.ts.replace('.', '')}"
    return f"{place}?thread_ts={card.thread}&cid={quote(card.channel)}" if card.thread else place
