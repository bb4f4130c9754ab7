"""The clock's door: every job, and how often the clock wakes it. A commit wakes it at once."""

from __future__ import annotations

from bot.jobs.scheduler import Work


def work() -> list[Work]:
    """All jobs of the bot."""
    from bot.jobs import (
        arrange,
        budget_watch,
        catalog,
        catalog_diff,
        comparison,
        dataset_check,
        deliver,
        erase,
        finish,
        generate,
        inbox,
        pairs_import,
        remind,
        retention,
        serving,
        shutdowns,
        sweep,
        trials,
        tuning,
        tuning_charts,
    )

    return [
        Work("inbox", inbox.run_once, every_seconds=5),
        Work("deliver", deliver.edit_once, every_seconds=5, seconds_to_next=deliver.seconds_to_next_edit),
        Work("post", deliver.post_once, every_seconds=5, seconds_to_next=deliver.seconds_to_next_post),
        Work("catalog", catalog.run_once, every_seconds=5),
        Work("versions", catalog_diff.run_once, every_seconds=5),
        Work("arrange", arrange.run_once, every_seconds=30, rest_seconds=2),
        Work("dataset_check", dataset_check.run_once, every_seconds=5),
        Work("pairs_import", pairs_import.run_once, every_seconds=5),
        Work("generate", generate.run_once, every_seconds=5),
        Work("comparison", comparison.run_once, every_seconds=5),
        Work("trials", trials.run_once, every_seconds=5),
        Work("tuning", tuning.run_once, every_seconds=2),
        Work("charts", tuning_charts.run_once, every_seconds=5),
        Work("serving", serving.run_once, every_seconds=5),
        Work("remind", remind.run_once, every_seconds=60),
        Work("shutdowns", shutdowns.run_once, every_seconds=3600),
        Work("budget", budget_watch.run_once, every_seconds=60),
        Work("erase", erase.run_once, every_seconds=5),
        Work("retention", retention.run_once, every_seconds=3600),
        Work("sweep", sweep.run_once, every_seconds=3600),
        Work("finish", finish.run_once, every_seconds=5),
    ]
