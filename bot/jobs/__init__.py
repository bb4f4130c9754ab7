"""The clock's door: every job, and how often the clock wakes it. A commit wakes it at once."""

from __future__ import annotations

from bot.jobs.scheduler import Work


def work() -> list[Work]:
    """All jobs of the bot."""
    from bot.jobs import catalog, deliver, finish, generate, inbox, sweep, trials, tuning

    return [
        Work("inbox", inbox.run_once, every_seconds=5),
        Work("deliver", deliver.edit_once, every_seconds=5, seconds_to_next=deliver.seconds_to_next_edit),
        Work("post", deliver.post_once, every_seconds=5, seconds_to_next=deliver.seconds_to_next_post),
        Work("catalog", catalog.run_once, every_seconds=5),
        Work("generate", generate.run_once, every_seconds=5),
        Work("trials", trials.run_once, every_seconds=5),
        Work("tuning", tuning.run_once, every_seconds=2),
        Work("sweep", sweep.run_once, every_seconds=3600),
        Work("finish", finish.run_once, every_seconds=5),
    ]
