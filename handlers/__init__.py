"""Slack's door: module-level listeners by feature, bound here."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.deps import Deps


def register(app: AsyncApp, deps: Deps) -> None:
    """Bind every listener."""
    from handlers import (
        catalog,
        catalog_diff,
        comparison,
        completion,
        dataset,
        editing,
        evaluation,
        events,
        home,
        project,
        prompt,
        review,
        settings,
        spot_check,
        tuned,
        tuning,
        tuning_order,
    )

    for feature in (
        events,
        catalog,
        catalog_diff,
        spot_check,
        comparison,
        completion,
        dataset,
        editing,
        evaluation,
        home,
        project,
        prompt,
        review,
        settings,
        tuned,
        tuning,
        tuning_order,
    ):
        feature.register(app, deps)
