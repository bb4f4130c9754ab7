"""Slack's door: module-level listeners by feature, bound here."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.deps import Deps


def register(app: AsyncApp, deps: Deps) -> None:
    """Bind every listener."""
    from handlers import catalog, completion, dataset, evaluation, events, home, project, prompt, review, tuning

    for feature in (events, catalog, completion, dataset, evaluation, home, project, prompt, review, tuning):
        feature.register(app, deps)
