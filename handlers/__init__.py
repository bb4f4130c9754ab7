"""Slack's door: module-level listeners by feature, bound here."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.deps import Deps


def register(app: AsyncApp, deps: Deps) -> None:
    """Bind every listener."""
    from handlers import (
        agreement,
        audit,
        catalog,
        catalog_diff,
        comparison,
        completion,
        dataset,
        dataset_check,
        dataset_versions,
        deletion,
        editing,
        evaluation,
        events,
        home,
        money,
        pairs_import,
        project,
        prompt,
        reminders,
        review,
        settings,
        spot_check,
        tuned,
        tuning,
        tuning_order,
    )

    for feature in (
        events,
        agreement,
        audit,
        catalog,
        catalog_diff,
        spot_check,
        comparison,
        completion,
        dataset,
        dataset_check,
        dataset_versions,
        deletion,
        editing,
        evaluation,
        home,
        money,
        pairs_import,
        project,
        prompt,
        reminders,
        review,
        settings,
        tuned,
        tuning,
        tuning_order,
    ):
        feature.register(app, deps)
