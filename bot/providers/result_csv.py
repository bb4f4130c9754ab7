"""A job's result file: CSV whose columns every vendor names a little differently, sometimes in base64."""

from __future__ import annotations

import base64
import binascii
import csv
import io

from bot.providers import wire_values
from bot.providers.base import MetricPoint

COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "training_loss": "train_loss",
    "train_accuracy": "train_accuracy",
    "train_mean_token_accuracy": "train_accuracy",
    "training_accuracy": "train_accuracy",
    "valid_loss": "valid_loss",
    "validation_loss": "valid_loss",
    "valid_accuracy": "valid_accuracy",
    "valid_mean_token_accuracy": "valid_accuracy",
    "validation_mean_token_accuracy": "valid_accuracy",
    "full_valid_loss": "full_valid_loss",
    "full_validation_loss": "full_valid_loss",
    "full_valid_mean_token_accuracy": "full_valid_accuracy",
    "full_validation_mean_token_accuracy": "full_valid_accuracy",
}


def read_result_csv(content: bytes) -> list[MetricPoint]:
    """The file's points by step. Columns it does not know and lines without a step are passed over."""
    rows = csv.DictReader(io.StringIO(_plain(content)))
    points = (_point({str(name): value for name, value in row.items()}) for row in rows)
    return sorted((point for point in points if point is not None), key=lambda point: point.step)


def _plain(content: bytes) -> str:
    """The text itself; a first line without a comma is taken for base64 if it decodes to one with a comma."""
    text = content.decode("utf-8-sig", "replace")
    first = text.partition("\n")[0]
    if "," in first or not first.strip():
        return text
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode("utf-8-sig")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text
    return decoded if "," in decoded.partition("\n")[0] else text


def _point(row: dict[str, str | None]) -> MetricPoint | None:
    known = {COLUMNS[name]: value for given, value in row.items() if (name := given.strip().lower()) in COLUMNS}
    step = wire_values.whole(known.pop("step", None))
    if step is None:
        return None
    return MetricPoint(step=step, **{name: wire_values.number(value) for name, value in known.items()})
