"""Datasets: what goes in, which side of the split it falls on, and the hash that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.completion import Origin
from bot.domain.dataset_split import Before, Item, held_out_places, lot, product_key
from bot.domain.tuning import GUIDE_PAIRS, HELPFUL_PAIRS, MIN_PAIRS


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"


# Any number does, as long as it never changes: the same texts then always fall on the same sides.
SEED = 20
# Texts shown as examples in a prompt: more cost more with every request and help little.
MOST_EXAMPLES = 4
FROM_SLACK = frozenset({Origin.SLACK_EDIT, Origin.SLACK_FILE})


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt with a text that people approved, to be shown to a model before it writes."""

    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One pair on its way into a dataset. `original` is what stood there before a person edited it, or nothing.

    `source` is where its product came from, `model` who wrote the first text (nobody: a person did), `stratum` its
    value of the column that the two sides get the same mixture of, `fixed_by` who had a finding mended."""

    completion_id: int
    version: int
    product_id: int
    product: str
    system: str
    prompt: str
    text: str
    original: str
    origin: Origin
    decided_by: str
    split: Split = Split.TRAIN
    source: Origin = Origin.EXTERNAL
    model: str = ""
    verdict: str = ""
    template_id: int = 0
    template_version: int = 0
    style_version: int = 0
    stratum: str = ""
    fixed_by: str = ""

    @property
    def is_from_slack(self) -> bool:
        """The one rule for what may not train where Slack's text may not: its words, or its product's cells, came
        through Slack."""
        return self.origin in FROM_SLACK or self.source in FROM_SLACK


@dataclass(frozen=True, slots=True)
class Draft:
    """Lines in their final order. `doubles` gave way to a later text for their prompt, `from_slack` stayed out.

    `held` is how many pairs are of products that were kept aside before, `by` the column that was split by."""

    lines: tuple[Line, ...]
    sha256: str
    seed: int
    doubles: int = 0
    from_slack: int = 0
    held: int = 0
    by: str = ""

    @property
    def train(self) -> int:
        return sum(line.split is Split.TRAIN for line in self.lines)

    @property
    def validation(self) -> int:
        return len(self.lines) - self.train


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """All that a card about a frozen version shows. `model` is the tuned one in use, if there is one."""

    id: int
    project_id: int
    number: int
    pairs: int
    train: int
    validation: int
    prompts: int
    undecided: int
    doubles: int
    from_slack: int
    sha256: str
    created_by: str
    created_at: datetime
    few_shot: bool = False
    model: str = ""
    try_usd: float | None = None
    diff: str = ""  # against the version before, in words
    before: int = 0  # that version's number
    held: int = 0  # of those kept aside, how many were kept aside before
    by: str = ""  # the column of which both sides have the same mixture
    found: str = ""  # what a check found and people let be
    dropped: int = 0  # left out by hand after a check
    imported: int = 0  # out of files that an owner vouches for

    @property
    def can_train(self) -> bool:
        return self.train >= MIN_PAIRS


def compose(
    lines: Iterable[Line],
    *,
    without_slack: bool = False,
    seed: int = SEED,
    before: Before | None = None,
    by: str = "",
) -> Draft:
    """Choose, order and split the settled texts, which come in the order they were decided in.

    One text a prompt: the one people settled on last. `without_slack` leaves out what came through Slack, `before` says
    what was kept aside earlier. The result depends on nothing but the texts and that: not on ids, nor on the order of
    decisions for different prompts."""
    settled = list(lines)
    allowed = [line for line in settled if not (without_slack and line.is_from_slack)]
    latest = {line.prompt: line for line in allowed}
    ordered = sorted(latest.values(), key=lambda line: (product_key(line.product), line.prompt, line.system))
    split = _split(ordered, seed, before or Before())
    held = sum(product_key(line.product) in before.held for line in split) if before else 0
    return Draft(split, digest(split), seed, len(allowed) - len(latest), len(settled) - len(allowed), held, by)


def _split(ordered: Sequence[Line], seed: int, before: Before) -> tuple[Line, ...]:
    aside = held_out_places([Item(line.product, line.text, line.stratum) for line in ordered], seed, before)
    sides = (Split.VALIDATION if place in aside else Split.TRAIN for place in range(len(ordered)))
    return tuple(replace(line, split=side) for line, side in zip(ordered, sides, strict=True))


def line_hash(line: Line) -> str:
    """SHA-256 of one line: what is taught, and on which side it stands."""
    taught = json.dumps([line.split.value, line.system, line.prompt, line.text], separators=(",", ":"))
    return hashlib.sha256(taught.encode("ascii")).hexdigest()


def digest(lines: Iterable[Line]) -> str:
    """SHA-256 of a version: over its lines' own hashes, so that it can still be verified when a text was erased."""
    return digest_of(line_hash(line) for line in lines)


def digest_of(hashes: Iterable[str]) -> str:
    """SHA-256 over the hashes of lines in their order, each followed by a line end."""
    whole = hashlib.sha256()
    for one in hashes:
        whole.update(one.encode("ascii") + b"\n")
    return whole.hexdigest()


def advice(approved: int) -> str:
    """How many texts there are against how many help, in a sentence or two."""
    few, some = HELPFUL_PAIRS
    if approved < MIN_PAIRS:
        return (
            f"{approved} approved. {MIN_PAIRS} is the provider's minimum, {few} to {some} start to help, "
            f"the guide asks for {GUIDE_PAIRS}."
        )
    if approved < few:
        return f"{approved} approved: enough to try. {few} to {some} start to help, the guide asks for {GUIDE_PAIRS}."
    if approved < GUIDE_PAIRS:
        return f"{approved} approved: enough to help. The guide asks for {GUIDE_PAIRS}."
    return f"{approved} approved: as many as the guide asks for."


def chat_messages(system: str, prompt: str, examples: Sequence[Example] = ()) -> tuple[Mapping[str, str], ...]:
    """What a model is asked: the house's instructions, examples as earlier turns, then the prompt."""
    before = [{"role": "system", "content": system}] if system else []
    turns = [
        turn
        for example in examples
        for turn in ({"role": "user", "content": example.prompt}, {"role": "assistant", "content": example.text})
    ]
    return (*before, *turns, {"role": "user", "content": prompt})


def pick_examples(lines: Sequence[Line], most: int = MOST_EXAMPLES) -> tuple[Example, ...]:
    """A few approved texts of different products, the same every time; edited ones first: people cared for them."""
    ranked = sorted(lines, key=lambda line: (not line.original, lot(line.product, SEED), line.prompt))
    chosen: dict[str, Line] = {}
    for line in ranked:
        chosen.setdefault(product_key(line.product), line)
    return tuple(Example(line.prompt, line.text) for line in list(chosen.values())[:most])
