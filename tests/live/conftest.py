"""Live tests cost money and need a key: each runs only with `--live` and its own variables, and says what it lacks."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Live:
    """What one provider's test is given from outside."""

    base_url: str
    key: str
    model: str


def required(request: pytest.FixtureRequest, provider: str, base_url: str = "") -> Live:
    """From `TUNESMITH_LIVE_<PROVIDER>_KEY`, `_MODEL` and (where the profile has none) `_URL`; else a printed skip."""
    if not request.config.getoption("--live"):
        pytest.skip(f"costs money at {provider}: run with --live")
    start = f"TUNESMITH_LIVE_{provider.upper()}"
    found = {name: os.environ.get(f"{start}_{name}", "") for name in ("KEY", "MODEL", "URL")}
    found["URL"] = found["URL"] or base_url
    missing = [f"{start}_{name}" for name, value in found.items() if not value]
    if missing:
        pytest.skip(f"{provider} is not set up: {', '.join(missing)} is empty")
    return Live(found["URL"], found["KEY"], found["MODEL"])
