"""Datasets: what goes in, which side of the split it falls on, and the hash that names it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.completion import Origin
from bot.domain.tuning import GUIDE_PAIRS, HELPFUL_PAIRS, MIN_PAIRS


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"


# Any number does, as long as it never changes: the same texts then always fall on the same sides.
SEED = 20
# What is kept aside to check the model with: a seventh, between the usual tenth and fifth.
VALIDATION_SHARE = 0.15
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
    """One pair on its way into a dataset. `original` is what stood there before a person edited it, or nothing."""

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


@dataclass(frozen=True, slots=True)
class Draft:
    """Lines in their final order. `doubles` gave way to a later text for their prompt, `from_slack` stayed out."""

    lines: tuple[Line, ...]
    sha256: str
    seed: int
    doubles: int = 0
    from_slack: int = 0

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

    @property
    def can_train(self) -> bool:
        return self.train >= MIN_PAIRS


def compose(lines: Iterable[Line], *, without_slack: bool = False, seed: int = SEED) -> Draft:
    """Choose, order and split the settled texts, which come in the order they were decided in.

    One text a prompt: the one people settled on last. `without_slack` leaves out texts that were typed or uploaded in
    Slack. The result depends on nothing but the texts: not on ids, nor on the order of decisions for different prompts.
    """
    settled = list(lines)
    allowed = [line for line in settled if not (without_slack and line.origin in FROM_SLACK)]
    latest = {line.prompt: line for line in allowed}
    ordered = sorted(latest.values(), key=lambda line: (_key(line.product), line.prompt, line.system))
    aside = held_out([line.product for line in ordered], seed)
    split = tuple(_on_its_side(line, aside) for line in ordered)
    return Draft(split, digest(split), seed, len(allowed) - len(latest), len(settled) - len(allowed))


def held_out(products: Sequence[str], seed: int) -> frozenset[str]:
    """The products kept aside, given each pair's product: whole products, about a seventh of the pairs.

    Never so many that fewer than the provider's minimum are left to train on; at least one product where that allows.
    """
    sizes = Counter(_key(product) for product in products)
    spare = len(products) - MIN_PAIRS
    if spare < 1 or len(sizes) < 2:
        return frozenset()
    room = min(max(1, round(len(products) * VALIDATION_SHARE)), spare)
    aside: set[str] = set()
    for product in sorted(sizes, key=lambda name: _shuffled(name, seed)):
        if sizes[product] <= room:
            aside.add(product)
            room -= sizes[product]
    smallest = min(sizes, key=lambda name: (sizes[name], _shuffled(name, seed)))
    return frozenset(aside or ({smallest} if sizes[smallest] <= spare else ()))


def digest(lines: Iterable[Line]) -> str:
    """SHA-256 over one line of JSON a pair: what is taught, and on which side it stands."""
    whole = hashlib.sha256()
    for line in lines:
        taught = json.dumps([line.split.value, line.system, line.prompt, line.text], separators=(",", ":"))
        whole.update(taught.encode("ascii") + b"\n")
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
    ranked = sorted(lines, key=lambda line: (not line.original, _shuffled(line.product, SEED), line.prompt))
    chosen: dict[str, Line] = {}
    for line in ranked:
        chosen.setdefault(_key(line.product), line)
    return tuple(Example(line.prompt, line.text) for line in list(chosen.values())[:most])


def _on_its_side(line: Line, aside: frozenset[str]) -> Line:
    return replace(line, split=Split.VALIDATION) if _key(line.product) in aside else replace(line, split=Split.TRAIN)


def _key(product: str) -> str:
    """A product is the same one in the next version of its catalog."""
    return " ".join(product.casefold().split())


def _shuffled(product: str, seed: int) -> str:
    """A place in an order that is random, but always the same."""
    return hashlib.sha256(f"{seed}:{_key(product)}".encode("utf-8", "surrogatepass")).hexdigest()
