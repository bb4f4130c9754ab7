"""What a running model costs, and which one was in use before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.tuned import ServingState, TunedCard, cost_so_far, former_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CARD = TunedCard(1, 1, 1, "tea-1", "small", "the lab", ServingState.READY, 1, 20, NOW)


def test_the_cost_grows_by_the_hour_on_top_of_earlier_runs() -> None:
    assert cost_so_far(2.0, NOW - timedelta(minutes=90), 1.0, NOW) == pytest.approx(4.0)
    assert cost_so_far(2.0, None, 1.0, NOW) == 1.0
    assert cost_so_far(None, NOW - timedelta(hours=1), 0.0, NOW) is None
    assert cost_so_far(2.0, NOW + timedelta(minutes=5), 1.0, NOW) == 1.0


def test_the_way_back_leads_to_the_last_one_used_that_can_be_used_again() -> None:
    now = replace(CARD, id=3, in_use=True, promoted_at=NOW)
    before = replace(CARD, id=2, promoted_at=NOW - timedelta(days=1))
    older = replace(CARD, id=1, promoted_at=NOW - timedelta(days=9))
    never = replace(CARD, id=4)

    assert former_of([never, now, before, older]) is before
    assert former_of([now, replace(before, retired_at=NOW), older]) is older
    assert former_of([now, never]) is None
