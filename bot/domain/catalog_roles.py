"""Which column is probably the product's name, its type, its details, and a text somebody has already written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

from bot.domain.catalog import Column, Roles
from bot.domain.catalog_kinds import Kind
from bot.domain.catalog_words import (
    DETAIL_WORDS,
    NAME_WORDS,
    NOT_A_NAME,
    OWN_WORDS,
    TEXT_WORDS,
    TYPE_WORDS,
    names_a_list,
    words_of,
)

WRITTEN_TEXT = 40  # characters that the examples of a written description have on average, at least
MOSTLY_EMPTY = 0.5  # columns emptier than this are a poor guess for name and type


def guess_roles(columns: Sequence[Column], rows: int) -> Roles:
    """The best column for each role, each column at most once, the name first. None where nothing fits."""
    left = [column for column in columns if column.distinct]
    text = _best(left, lambda column: _text_score(column))
    left = [column for column in left if column.name != text]
    name = _best(left, lambda column: _name_score(column, rows)) or _first_text(left, rows)
    left = [column for column in left if column.name != name]
    type_ = _best(left, lambda column: _word_score(column, TYPE_WORDS) - _emptiness(column, rows))
    left = [column for column in left if column.name != type_]
    details = _best(left, lambda column: _detail_score(column))
    return Roles(product_name=name, type=type_, details=details, existing_text=text)


def _best(columns: Sequence[Column], score: Callable[[Column], float]) -> str | None:
    """The name of the first column with the highest positive score."""
    best = max(columns, key=score, default=None)
    return best.name if best is not None and score(best) > 0 else None


def _first_text(columns: Sequence[Column], rows: int) -> str | None:
    """Without a telling header: the text column with the most different, short values."""
    texts = [c for c in columns if c.kind is Kind.TEXT and c.missing <= rows * MOSTLY_EMPTY and _length(c) <= 80]
    return max(texts, key=lambda column: column.distinct).name if texts else None


def _name_score(column: Column, rows: int) -> float:
    words = words_of(column.name)
    hits = [index for index, word in enumerate(words) if word in NAME_WORDS]
    if not hits or set(words) & NOT_A_NAME or column.kind not in (Kind.TEXT, Kind.HTML) or names_a_list(column.name):
        return 0.0
    exact = 2.0 if len(words) <= 2 else 1.0
    both = 0.5 if {"product", "name"} <= set(words) else 0.0
    return (
        exact
        + both
        + len(hits) * 0.2
        - len(words) * 0.1
        - 0.3 * _emptiness(column, rows)
        - (0.5 if column.multi_value else 0)
    )


def _word_score(column: Column, vocabulary: frozenset[str]) -> float:
    words = words_of(column.name)
    if not set(words) & vocabulary or column.kind not in (Kind.TEXT, Kind.OBJECT) or set(words) & {"id", "code", "url"}:
        return 0.0
    return 2.0 - 0.1 * len(words)


def _detail_score(column: Column) -> float:
    listed = 0.5 if column.multi_value else 0.0
    score = _word_score(column, DETAIL_WORDS)
    return score + listed if score or (listed and column.kind is Kind.TEXT) else 0.0


def _text_score(column: Column) -> float:
    """Written texts are long, and their header says description, text, copy; "our description" more than
    "description"."""
    words = set(words_of(column.name))
    if not words & TEXT_WORDS or column.kind not in (Kind.TEXT, Kind.HTML) or _length(column) < WRITTEN_TEXT:
        return 0.0
    return 1.0 + (1.0 if words & OWN_WORDS else 0.0) + min(_length(column), 500) / 1000


def _emptiness(column: Column, rows: int) -> float:
    return column.missing / rows if rows else 0.0


def _length(column: Column) -> float:
    return fmean(map(len, column.examples)) if column.examples else 0.0
