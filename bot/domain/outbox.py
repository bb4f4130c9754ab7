"""What the bot may have to say, and how often it tries."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Say(StrEnum):
    """Every kind of message. The subject is the id that the renderer of this kind looks up."""

    PROJECT = "project"  # where this project stands and what comes next; subject: project
    CATALOG_QUESTION = "catalog_question"  # "use this file as a catalog?"; subject: catalog
    CATALOG = "catalog"  # what was read; subject: catalog
    PROMPTS = "prompts"  # sign-off; subject: project
    TRY = "try"  # five texts; subject: run
    RUN = "run"  # progress of a run; subject: run
    RUN_DONE = "run_done"  # one ping when texts are ready or the run stopped; subject: run
    BATCH = "batch"  # review progress; subject: batch
    SAMPLE = "sample"  # one text in the batch's thread; subject: completion
    BULK = "bulk"  # many were approved at once, with the way back; subject: bulk
    DATASET = "dataset"  # frozen version; subject: dataset
    DATASET_FILE = "dataset_file"  # one uploaded file; subject: dataset, key ends in the file's name
    DATASET_CHECK = "dataset_check"  # what was found before a freeze; subject: project
    PAIRS = "pairs"  # a file of pairs that was imported; subject: pairs import
    JOB = "job"  # status of a fine-tune; subject: job
    JOB_DONE = "job_done"  # direct message to who started it; subject: job
    JOB_DONE_THREAD = "job_done_thread"  # a word in the thread; subject: job
    JOB_EVENT = "job_event"  # a warning of the provider, in the thread; subject: job event
    TRIAL = "trial"  # base and tuned side by side; subject: trial
    COMPARISON = "comparison"  # blind comparison, while texts are written and judged; subject: comparison
    COMPARISON_CHART = "comparison_chart"  # win rates of all rounds as a picture; subject: comparison
    COMPARISON_RESULT = "comparison_result"  # what the votes came to; subject: comparison
    DIGEST = "digest"  # what a day brought, in the batch's thread; subject: digest
    REMINDER = "reminder"  # a direct message about texts that wait; subject: reminder
    AGREEMENT_FILE = "agreement_file"  # figures for who asked, by direct message; subject: project
    AUDIT_FILE = "audit_file"  # the log of decisions for an owner, by direct message; subject: project
    FINISHED = "finished"  # the rest is written; subject: run
    FINISHED_FILE = "finished_file"  # the table with the texts; subject: run
    ERASURE = "erasure"  # a deletion on its way, then its receipt; subject: erasure
    HELLO = "hello"  # two lines on being invited; subject: 0
    HOME = "home"  # somebody's App Home; subject: person
    SPEND = "spend"  # somebody asks for money above the threshold; subject: spend request
    NOTE = "note"  # one sentence to one person or channel; subject: note


class SayState(StrEnum):
    OPEN = "open"
    DEAD = "dead"


MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=5)
# Longer than the longest HTTP timeout of a delivery (30 s), so that a lease never runs out under a living owner.
DELIVERY_LEASE = timedelta(seconds=90)


def retry_at(attempts: int, now: datetime, retry_after: float | None = None) -> datetime:
    """When to try again after `attempts` failures: doubling from 2 s to 5 min, never before Slack's Retry-After."""
    wait = min(FIRST_RETRY * (1 << max(attempts - 1, 0)), LONGEST_RETRY)
    return now + max(wait, timedelta(seconds=retry_after or 0))


def gives_up(attempts: int) -> bool:
    return attempts >= MAX_ATTEMPTS
