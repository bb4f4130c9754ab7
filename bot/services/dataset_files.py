"""The files of a frozen version: what they are called and what stands in them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.dataset import Line, Split, chat_messages, line_hash
from bot.domain.dataset_lineage import Card, Root, link_to, place_of
from bot.export.jsonl import Pair as ExportPair
from bot.export.jsonl import completion_lines, object_line
from bot.export.tables import to_csv, to_xlsx
from storage.models import Dataset

TABLE_COLUMNS = ("Product", "Prompt", "Text", "Text before it was edited", "Decided by", "Origin", "Used to")
TABLE_WIDTHS = (24, 50, 70, 50, 20, 14, 12)
ORIGIN_WORDS = {
    "model": "written by a model",
    "existing": "existed before",
    "slack_file": "uploaded in Slack",
    "slack_edit": "edited in Slack",
    "external": "from outside Slack",
}
SPLIT_WORDS = {Split.TRAIN: "teach", Split.VALIDATION: "check"}
LONGEST_SLUG = 30
LINEAGE_COLUMNS = (
    "file", "line", "sha256", "text id", "text version", "verdict", "decided by", "mended by", "origin", "model",
    "template", "template version", "style version", "review card", "product", "kind", "catalog", "catalog version",
    "catalog row",
)  # fmt: skip


def file_names(number: int, *, has_validation: bool) -> list[str]:
    """What the files of a version are called, chat format first."""
    check = [check_file(number)] if has_validation else []
    others = [f"dataset-v{number}-prompt-completion.jsonl", f"dataset-v{number}.xlsx"]
    return [train_file(number), *check, *others, lineage_file(number), manifest_file(number)]


def lineage_file(number: int) -> str:
    return f"dataset-v{number}-lineage.csv"


def manifest_file(number: int) -> str:
    return f"dataset-v{number}-manifest.json"


def train_file(number: int) -> str:
    return f"dataset-v{number}-train.jsonl"


def check_file(number: int) -> str:
    return f"dataset-v{number}-check.jsonl"


def slug(name: str) -> str:
    """A name as a part of a file's name or a model's: small ASCII letters, digits and dashes."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:LONGEST_SLUG].strip("-") or "texts"


def build_files(
    names: Sequence[str],
    lines: Sequence[Line],
    people: Mapping[str, str],
    lineage: Lineage | None = None,
) -> dict[str, bytes]:
    """The bytes of the named files of a version. `people` maps user ids to names. Slow for thousands of lines."""
    return {name: _build(name, lines, people, lineage or Lineage()) for name in names}


def _build(name: str, lines: Sequence[Line], people: Mapping[str, str], lineage: Lineage) -> bytes:
    if name.endswith("-lineage.csv"):
        return to_csv(LINEAGE_COLUMNS, list(_lineage_rows(name, lines, people, lineage)))
    if name.endswith("-manifest.json"):
        return json.dumps(lineage.manifest, indent=2, ensure_ascii=False).encode() + b"\n"
    if name.endswith(".xlsx"):
        return to_xlsx(TABLE_COLUMNS, [_table_row(line, people) for line in lines], sheet="Texts", widths=TABLE_WIDTHS)
    if name.endswith("-prompt-completion.jsonl"):
        return b"".join(completion_lines(ExportPair(line.prompt, line.text) for line in lines))
    side = Split.VALIDATION if name.endswith("-check.jsonl") else Split.TRAIN
    return b"".join(chat_line(line) for line in lines if line.split is side)


def chat_line(line: Line) -> bytes:
    """One line of a training file: `{"messages": [system?, user, assistant]}`."""
    asked = chat_messages(line.system, line.prompt)
    return object_line({"messages": [*asked, {"role": "assistant", "content": line.text}]})


def _table_row(line: Line, people: Mapping[str, str]) -> tuple[str, ...]:
    return (
        line.product,
        line.prompt,
        line.text,
        line.original,
        people.get(line.decided_by, line.decided_by),
        ORIGIN_WORDS.get(line.origin.value, line.origin.value),
        SPLIT_WORDS[line.split],
    )


@dataclass(frozen=True, slots=True)
class Lineage:
    """What leads from lines back: cards by text, catalog rows by text, and what the manifest says of the version."""

    cards: Mapping[int, Card] = field(default_factory=dict)
    roots: Mapping[int, Root] = field(default_factory=dict)
    base: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)


def _lineage_rows(
    name: str, lines: Sequence[Line], people: Mapping[str, str], lineage: Lineage
) -> Iterator[tuple[str, ...]]:
    """One row a line of the training and the check file, in their order; lines count from 1."""
    number = int(name.removeprefix("dataset-v").partition("-")[0])
    for split, file in ((Split.TRAIN, train_file(number)), (Split.VALIDATION, check_file(number))):
        for place, line in enumerate((line for line in lines if line.split is split), start=1):
            root = lineage.roots.get(line.completion_id)
            yield (
                file, str(place), line_hash(line), str(line.completion_id), str(line.version), line.verdict,
                people.get(line.decided_by, line.decided_by), people.get(line.fixed_by, line.fixed_by),
                line.origin.value, line.model, str(line.template_id or ""), str(line.template_version or ""),
                str(line.style_version or ""), _place(lineage, line),
                line.product, line.stratum, *_root_cells(root),
            )  # fmt: skip


def _place(lineage: Lineage, line: Line) -> str:
    """Its card's permalink; without the workspace's address the end of it."""
    card = lineage.cards.get(line.completion_id)
    return link_to(lineage.base, card) or place_of(card)


def _root_cells(root: Root | None) -> tuple[str, str, str]:
    return (root.catalog, str(root.catalog_version), str(root.row)) if root else ("", "", "")


def manifest(dataset: Dataset, lines: Sequence[Line]) -> dict[str, Any]:
    """What a version is, with a hash for every line: enough to verify its files and to say how it came about."""
    return {
        "version": dataset.number,
        "sha256": dataset.sha256,
        "rule": "SHA-256 over the lines' hashes in this order, each followed by a line end",
        "created_at": dataset.created_at.isoformat(),
        "created_by": dataset.created_by,
        "pairs": dataset.pairs,
        "teach": dataset.train_pairs,
        "check": dataset.validation_pairs,
        "seed": dataset.seed,
        "settings": dict(dataset.settings),
        "lines": [
            {
                "sha256": line_hash(line),
                "split": line.split.value,
                "text_id": line.completion_id,
                "text_version": line.version,
                "verdict": line.verdict,
                "model": line.model,
                "template": [line.template_id, line.template_version],
            }
            for line in lines
        ],
    }
