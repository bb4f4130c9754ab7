"""Real and hostile catalogs that may lie beside the repository; without them the tests that need them are skipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MISSING = f"the shared catalogs are not at {DATA}"


def cases(folder: str, index: str) -> list[Any]:
    """One pytest parameter for each file that the index describes; one skipped parameter if there is no index."""
    path = DATA / folder / index
    if not path.exists():
        return [pytest.param({}, Path(), id="absent", marks=pytest.mark.skip(reason=MISSING))]
    files = json.loads(path.read_text())["files"]
    return [pytest.param(case, path.parent / case["file"], id=case["file"]) for case in files]
