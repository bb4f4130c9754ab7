"""Files with random damage are read or refused in words; nothing else ever comes out of the reader."""

from __future__ import annotations

import gzip
import random

import pytest

from bot.errors import BadCatalog
from bot.ingest.read import read_table
from tests.ingest.test_containers import zipped
from tests.ingest.test_feeds_and_parquet import RSS, parquet

CSV = 'name,type,price\n"Lamp ""big""",light,1.50\nCafé,"a; b",2\nDesk,"x\ny",3\n'
SEEDS = {
    "csv": CSV.encode(),
    "cp1252": CSV.replace(",", ";").encode("cp1252"),
    "utf-16": CSV.encode("utf-16"),
    "pipe": b"| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | x\\|y |\n",
    "json": b'{"data": {"items": [{"a": 1.50, "b": ["x", {"c": null}]}, {"a": "\\u00e9"}]}}',
    "jsonl": b'{"a": 1}\n{"a": "x", "b": true}\n',
    "rss": RSS.encode(),
    "parquet": parquet(a=["x", "y"], b=[[1], [2, 3]]),
    "gzip": gzip.compress(CSV.encode()),
    "zip": zipped(**{"a.csv": CSV.encode(), "b.csv": CSV.encode()}),
}
SPECIAL = b"[]{}\"',;\t|\n\r\0<>&#=-\xff\xfe\xc3\xe9"
QUICK, LONG = 40, 2_000  # damaged variants of each file


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, taken out, doubled or put in, or the end cut off."""
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        at = chance.randrange(len(data) or 1)
        length = chance.choice([1, 2, 10, 100])
        data = data[:at] + chance.choice(
            [
                bytes([chance.randrange(256)]) + data[at + 1 :],
                data[at + length :],
                data[at : at + length] + data[at:],
                bytes([chance.choice(SPECIAL)]) * chance.choice([1, 2, 8]) + data[at:],
                b"",
            ]
        )
    return data


def check(kind: str, variants: int) -> None:
    chance = random.Random(kind)
    for _ in range(variants):
        try:
            table = read_table(damaged(SEEDS[kind], chance) or b"x")
        except BadCatalog as error:
            assert str(error).encode()
        else:
            assert len(set(table.columns)) == len(table.columns)
            assert all(len(row) == len(table.columns) and "".join(row).encode() is not None for row in table.rows)


@pytest.mark.parametrize("kind", SEEDS)
def test_damage_is_refused_in_words(kind: str) -> None:
    check(kind, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SEEDS)
def test_much_damage_is_refused_in_words(kind: str) -> None:
    check(kind, LONG)
