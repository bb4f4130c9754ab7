"""What a person decided about how a file is read, and how that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

EVERY_ROW = ""  # as product key: every row is a product
IN_SLACK = frozenset(
    {"duplicate_rows"}
)  # offered steps that are done in Slack without asking: a text twice costs twice
PLAIN = ("sheet", "member", "header_row", "delimiter", "encoding", "product_key")
SETS = ("skip_steps", "add_steps", "extract")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person decided about a file; None and empty mean "find out". `header_row` counts from 1, 0 means
    there is none. `product_key` is a column to fold rows by, "" where every row is a product; with `fold` rows are
    folded by a recognised key without asking. `extract` names features to add as columns."""

    sheet: str | None = None
    member: str | None = None
    header_row: int | None = None
    delimiter: str | None = None
    encoding: str | None = None
    skip_steps: frozenset[str] = frozenset()
    add_steps: frozenset[str] = frozenset()
    product_key: str | None = None
    fold: bool = False
    extract: frozenset[str] = frozenset()

    def laid_out_as(self, other: ReadOptions) -> bool:
        """Whether the same cells stand under the same names: what was said about columns holds for both."""
        return all(getattr(self, name) == getattr(other, name) for name in PLAIN if name != "product_key")


def saved_options(options: ReadOptions) -> dict[str, Any]:
    """Only what was decided, as JSON."""
    plain = {name: value for name in PLAIN if (value := getattr(options, name)) is not None}
    return plain | {name: sorted(value) for name in SETS if (value := getattr(options, name))}


def options_from(raw: Mapping[str, Any]) -> ReadOptions:
    """What `saved_options` kept; other keys are passed over. `fold` is for the reader to say."""
    known: dict[str, Any] = {name: raw[name] for name in PLAIN if name in raw}
    known |= {name: frozenset(raw.get(name, ())) for name in SETS}
    return ReadOptions(**known)


def for_next_version(options: ReadOptions) -> ReadOptions:
    """What holds for the next file of a project, too: what is cleaned, made and folded, not how a file is laid out."""
    return replace(options, sheet=None, member=None, header_row=None, delimiter=None, encoding=None)


def for_slack(options: ReadOptions) -> ReadOptions:
    """How a file is read in Slack: products folded where that is certain, exact repetitions left out."""
    return replace(options, fold=True, add_steps=options.add_steps | (IN_SLACK - options.skip_steps))
