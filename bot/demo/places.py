"""Where the demo finds what it ships with, in a checkout and in an installed wheel alike."""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parent.parent
SAMPLES = PACKAGE / "samples"
SAMPLE_CATALOG = SAMPLES / "harbour_and_pine.csv"
HOUSE_STYLE = SAMPLES / "house_style.json"


def manifest() -> Path:
    """The Slack app's manifest."""
    in_checkout = CHECKOUT / "manifest.yml"
    return in_checkout if in_checkout.is_file() else Path(sys.prefix) / "share" / "tunesmith" / "manifest.yml"


def requirements(name: str) -> Path | None:
    """A pinned list in a checkout; None in an installed wheel, whose extra `local` says it instead."""
    path = CHECKOUT / "requirements" / name
    return path if path.is_file() else None
