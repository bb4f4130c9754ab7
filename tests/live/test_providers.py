"""The real providers, one small job each: uploaded, made, found by its tag, cancelled. Opt in with `--live`.

What it shows is that our shapes are theirs: the job must come back in a state that our table knows.
"""

from __future__ import annotations

import json
import secrets

import pytest

from bot.domain.tuning_state import JobState
from bot.providers.account import Account
from bot.providers.base import TuningOrder
from bot.providers.create_once import create_once
from bot.providers.profiles import PROFILES, Profile
from bot.providers.tuners import open_tuner
from tests.live.conftest import required

HOSTED = [profile for profile in PROFILES.values() if profile.name not in ("tunesmith-engine", "compatible")]
EXAMPLES = 12


def training_file() -> bytes:
    lines = [
        {
            "messages": [
                {"role": "user", "content": f"Write a description of Tea {number}, mention leaf"},
                {"role": "assistant", "content": f"Tea {number} is a quiet leaf tea for long afternoons."},
            ]
        }
        for number in range(EXAMPLES)
    ]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@pytest.mark.live
@pytest.mark.timeout(600)
@pytest.mark.parametrize("profile", HOSTED, ids=lambda profile: profile.name)
async def test_a_job_is_made_found_and_cancelled(profile: Profile, request: pytest.FixtureRequest) -> None:
    live = required(request, profile.name, profile.base_url or "")
    tuner = open_tuner(Account(profile.name, live.base_url, live.key, profile))
    tag = f"ts-live-{secrets.token_hex(4)}"
    try:
        file_id = await tuner.upload(training_file(), f"{tag}.jsonl")
        order = TuningOrder(live.model, file_id, tag, suffix="live", hyperparameters={"epochs": 1})
        job = await create_once(tuner, order)
        try:
            again = await tuner.find_by_tag(tag, training_file=file_id)
            asked = await tuner.get(job.id)
            events = await tuner.events(job.id)
        finally:
            ended = await tuner.cancel(job.id)
        assert again is not None and again.id == job.id
        assert JobState.UNKNOWN not in (job.state, asked.state, ended.state), (job.raw_status, ended.raw_status)
        assert all(event.message or event.data for event in events)
    finally:
        await tuner.aclose()
