"""A million prompts beside a bare f-string loop over the same values, in one go: `python -m tests.bench.prompts`.

`texts` is what `tunesmith prompts expand` prints; `expand` also tells the row and the values of each prompt. The rates
are the best of several turns, taken alternately; the aim is that `texts` reaches 60 % of the bare loop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from random import Random

from bot.domain.prompt import expand
from bot.domain.prompt_texts import texts
from bot.ingest.table import Cells, Rows

PROMPTS = 1_000_000
TURNS = 5
AIM = 0.6
COLUMNS = ["Product Name", "Type", "Details"]
TEMPLATE = "Write a description of [product name], mention [type] and [details]"


def values() -> list[list[str]]:
    """Three columns: one with a value of its own in each row, one with few values, one with thousands."""
    lots = Random(7)
    names = [f"Product {number}" for number in range(PROMPTS)]
    types = [lots.choice(("tea", "coffee", "cocoa", "mate")) for _ in range(PROMPTS)]
    details = [f"leaf {lots.randrange(5_000)}, sweet" for _ in range(PROMPTS)]
    return [names, types, details]


def bare(columns: list[list[str]]) -> int:
    made = 0
    for name, kind, details in zip(*columns, strict=True):
        made += len(f"Write a description of {name}, mention {kind} and {details}") > 0
    return made


def quick(rows: Rows) -> int:
    made = 0
    for text in texts(TEMPLATE, rows, COLUMNS):
        made += len(text) > 0
    return made


def whole(rows: Rows) -> int:
    made = 0
    for prompt in expand(TEMPLATE, rows, COLUMNS):
        made += len(prompt.text) > 0
    return made


def rate(loop: Callable[[], int]) -> float:
    """Prompts a second."""
    started = time.perf_counter()
    made = loop()
    assert made == PROMPTS
    return made / (time.perf_counter() - started)


def main() -> int:
    columns = values()
    rows = Rows(tuple(Cells.of(column) for column in columns))
    contestants = {"bare": lambda: bare(columns), "texts": lambda: quick(rows), "expand": lambda: whole(rows)}
    best = dict.fromkeys(contestants, 0.0)
    for _ in range(TURNS):
        for name, loop in contestants.items():
            best[name] = max(best[name], rate(loop))
    print(f"\nprompts: {PROMPTS:,} from three columns, best of {TURNS}")
    for name, per_second in best.items():
        print(f"  {name:7} {per_second:12,.0f} a second  {per_second / best['bare']:.2f} of the bare loop")
    return 0 if best["texts"] >= AIM * best["bare"] else 1


if __name__ == "__main__":
    sys.exit(main())
