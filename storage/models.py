"""The tables. Enums are strings stored by value; JSON columns are replaced, never changed in place."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, MetaData, UniqueConstraint, false, text
from sqlalchemy import Enum as SqlEnum
from sqlmodel import Field, SQLModel

from bot.domain.audit import Audited
from bot.domain.comparison import Choice, ComparisonState, Contender
from bot.domain.completion import Origin, RunKind, RunState, WritingState
from bot.domain.dataset import Split
from bot.domain.dataset_check import PairVerdict
from bot.domain.deletion import ErasureKind, ErasureState, Why
from bot.domain.outbox import Say, SayState
from bot.domain.project import ChannelState, Role
from bot.domain.review import ReviewState, Surface, VerdictKind
from bot.domain.spending import RequestState
from bot.domain.tuned import ServingState
from bot.domain.tuning_state import JobState

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


def by_value(choices: type[StrEnum]) -> SqlEnum:
    """A string column that holds the enum's values, with no constraint that a new value would have to migrate."""
    return SqlEnum(
        choices, native_enum=False, length=32, create_constraint=False, values_callable=lambda e: [m.value for m in e]
    )


# Verdicts that count, as SQL for a partial index.
STANDING_VOTE = "undone_at IS NULL AND kind IN ('approved', 'edited', 'rejected')"
# Texts that have no place among those to be read.
UNPLACED = "turn IS NULL AND batch_id IS NOT NULL"


# Requests for money that nobody has answered.
UNDECIDED = "state = 'open'"


class CatalogState(StrEnum):
    ASKED = "asked"  # its uploader has not said yet whether it is a catalog
    WAITING = "waiting"  # to be downloaded and read
    READY = "ready"  # read and shown
    USED = "used"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PAIRS = "pairs"  # holds the products of imported pairs, and is nobody's catalog in use


class Person(SQLModel, table=True):
    """Someone in Slack as we last saw them. `tell` is where they want to hear of finished jobs: dm, thread or off."""

    __table_args__ = (UniqueConstraint("team_id", "user_id"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    user_id: str
    name: str = ""
    is_guest: bool = False
    is_foreign: bool = False
    dm_channel: str = ""
    tell: str = "dm"
    tz: str = Field(default="", sa_column_kwargs={"server_default": ""})  # as Slack names it: Europe/Berlin
    no_reminders: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  # they asked for none
    seen_at: datetime


class ChannelNote(SQLModel, table=True):
    """What we know of a channel. `never_ask` stops the question about files there."""

    __table_args__ = (UniqueConstraint("team_id", "channel_id"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    channel_id: str
    never_ask: bool = False
    state: ChannelState = Field(default=ChannelState.OPEN, sa_type=by_value(ChannelState))


class Project(SQLModel, table=True):
    """One tuning effort. At most one is active per team and channel."""

    __table_args__ = (
        Index(
            "uq_project_active_channel",
            "team_id",
            "channel_id",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    channel_id: str
    name: str
    active: bool = True
    waiting_for_catalog: bool = True
    catalog_id: int | None = None  # the catalog in use
    template: str = ""
    template_version: int = 0
    style: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    style_version: int = 0
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    signed_off: str = ""  # fingerprint of catalog, template, style and columns that an owner said yes to
    signed_off_by: str = ""
    prompts_round: int = 0  # which ten prompts the sign-off card shows
    prompts_by: str = Field(default="", sa_column_kwargs={"server_default": ""})  # the column they are sampled by
    # names and shares of several templates, the first one's text being `template`; empty where there is only one
    templates: list[Any] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    few_shot: bool = False  # approved pairs serve as examples in the prompt
    tuned_model: str = ""  # the model in use for the rest, once there is one
    paused_until: datetime | None = None  # until then nobody is reminded, and there is no digest
    paused_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    created_by: str
    created_at: datetime
    erased_at: datetime | None = None  # somebody ordered its deletion: nothing can be done with it any more
    trace_id: str = ""


class Member(SQLModel, table=True):
    """Who may do what. A project without reviewers of its own takes everyone in the channel except guests."""

    __table_args__ = (UniqueConstraint("project_id", "user_id", "role"),)
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    user_id: str
    role: Role = Field(sa_type=by_value(Role))


class Departure(SQLModel, table=True):
    """Somebody who reviewed and has left the project. What they said stays; they count again once they say more."""

    __table_args__ = (UniqueConstraint("project_id", "user_id"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id")
    user_id: str
    at: datetime


class Catalog(SQLModel, table=True):
    """An uploaded table. `profile`: what was understood; `roles`: what a column is; `splits`: column to separator."""

    __table_args__ = (UniqueConstraint("team_id", "channel_id", "slack_file_id"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    channel_id: str
    project_id: int | None = Field(default=None, foreign_key="project.id", index=True)
    version: int = 1
    filename: str
    slack_file_id: str | None = None
    file_key: str = ""
    file_deleted_at: datetime | None = None  # the file's time was over: its key stays, as its hash
    origin: Origin = Field(default=Origin.SLACK_FILE, sa_type=by_value(Origin))
    state: CatalogState = Field(sa_type=by_value(CatalogState), index=True)
    problem: str = ""
    uploader: str
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    profile: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    roles: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    splits: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    rows: int = 0
    # what is new, changed and gone against the catalog in use, and that catalog's id (None: not compared yet)
    diff: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs={"server_default": "{}"})
    diff_against: int | None = None
    created_at: datetime
    lease_owner: str = ""
    lease_until: datetime | None = None
    attempts: int = 0
    trace_id: str = ""


class CatalogSwitch(SQLModel, table=True):
    """A project's texts on their way to another version of its catalog, or to another splitting of the same one.

    `last_prompt_id` is how far it has come; `batch_id` holds the texts that went back to review."""

    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    old_catalog_id: int = Field(foreign_key="catalog.id")
    new_catalog_id: int = Field(foreign_key="catalog.id")
    last_prompt_id: int = 0
    batch_id: int | None = None
    kept: int = 0
    sent_back: int = 0
    set_aside: int = 0
    unplaced: int = 0
    started_by: str
    created_at: datetime
    done_at: datetime | None = None
    lease_owner: str = ""
    lease_until: datetime | None = None
    trace_id: str = ""


class Product(SQLModel, table=True):
    """One row of a catalog: column name to text, exactly as written."""

    __table_args__ = (UniqueConstraint("catalog_id", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    catalog_id: int = Field(foreign_key="catalog.id")
    position: int
    name: str
    values: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Prompt(SQLModel, table=True):
    """A rendering of the template that was drawn for review or writing, with the words it was made with."""

    __table_args__ = (UniqueConstraint("project_id", "fingerprint"),)
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    catalog_id: int = Field(foreign_key="catalog.id")
    product_id: int = Field(foreign_key="product.id", index=True)
    position: int  # its place in the expansion of the catalog
    text: str
    system: str = ""
    values: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    template_id: int = Field(default=1, sa_column_kwargs={"server_default": "1"})  # which of the project's templates
    template_version: int
    style_version: int
    fingerprint: str  # SHA-256 over catalog, position, system and text
    carried_from: int | None = None  # the version of the catalog that it was brought from with its texts


class PromptRound(SQLModel, table=True):
    """What was in force while texts were asked for: it is amended until somebody says yes or a prompt is drawn."""

    __table_args__ = (UniqueConstraint("project_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    number: int
    templates: list[Any] = Field(default_factory=list, sa_type=JSON)  # id, name, share and text of each
    style: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    template_version: int
    style_version: int
    by: str
    at: datetime
    signed_by: str = ""
    signed_at: datetime | None = None


class Run(SQLModel, table=True):
    """One order for texts. `cap_usd` is reserved against before each request; None where the price is unknown."""

    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    kind: RunKind = Field(sa_type=by_value(RunKind))
    state: RunState = Field(default=RunState.RUNNING, sa_type=by_value(RunState), index=True)
    wanted: int = 0
    provider: str
    model: str
    temperature: float
    max_tokens: int
    cap_usd: float | None = None
    fingerprint: str = ""  # what an owner had said yes to when it was ordered, as in Project.signed_off
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs={"server_default": "{}"})
    started_by: str
    problem: str = ""
    created_at: datetime
    finished_at: datetime | None = None
    lease_owner: str = ""
    lease_until: datetime | None = None
    trace_id: str = ""


class Batch(SQLModel, table=True):
    """Texts that are reviewed together: one card in the channel, their cards in its thread."""

    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    run_id: int | None = Field(default=None, foreign_key="run.id", unique=True)
    title: str
    total: int = 0
    created_at: datetime


class Completion(SQLModel, table=True):
    """A text for a prompt. Every edit raises `version`; `text` is today's, `original` the first one."""

    __table_args__ = (
        UniqueConstraint("run_id", "prompt_id", "sample_no"),
        Index("ix_completion_work", "run_id", "state"),
        Index("ix_completion_review", "batch_id", "review"),
        Index("ix_completion_unplaced", "project_id", sqlite_where=text(UNPLACED), postgresql_where=text(UNPLACED)),
    )
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    run_id: int = Field(foreign_key="run.id")
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    number: int = 0  # its place in the batch, from 1
    prompt_id: int = Field(foreign_key="prompt.id", index=True)
    product_id: int = Field(foreign_key="product.id")
    sample_no: int = 0
    parent_id: int | None = None  # the text that this one was written again for
    state: WritingState = Field(sa_type=by_value(WritingState))
    origin: Origin = Field(sa_type=by_value(Origin))
    version: int = 1
    text: str = ""
    original: str = ""
    hint: str = ""
    model: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None
    problem: str = ""
    review: ReviewState = Field(default=ReviewState.OPEN, sa_type=by_value(ReviewState))
    decided_by: str = ""
    decided_at: datetime | None = None
    decided_on: Surface | None = Field(default=None, sa_type=by_value(Surface))
    shown: bool = False  # its card stands in the thread
    votes_in: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # standing votes on this version
    stratum: str = Field(default="", sa_column_kwargs={"server_default": ""})  # its value of the column that spreads
    turn: int | None = None  # how many of its stratum come before it; None until it was put in order
    like_id: int | None = None  # the earlier text that it nearly repeats
    # its product is gone or changed in the version of the catalog in use: kept, but left out of everything
    outdated: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    product_change: str = Field(default="", sa_column_kwargs={"server_default": ""})  # why it went back to review
    created_at: datetime
    trace_id: str = ""


class SpotItem(SQLModel, table=True):
    """A text of the finished catalog that somebody should look at: drawn by lot, or because something is odd."""

    __table_args__ = (UniqueConstraint("completion_id"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id")
    run_id: int = Field(foreign_key="run.id", index=True)
    completion_id: int = Field(foreign_key="completion.id")
    lot_place: int | None = None  # its place among those drawn by lot
    suspicion: int = 0  # how much is odd about it
    why: str = ""
    round: int = 0  # in which round of looking somebody asked for it; 0: nobody has
    kind: VerdictKind | None = Field(default=None, sa_type=by_value(VerdictKind))
    decided_by: str = ""
    decided_at: datetime | None = None


class Verdict(SQLModel, table=True):
    """What one person said of one version. Append-only: taking it back, or saying something else, sets `undone_at`."""

    __table_args__ = (
        # each person's vote on a version counts once, whatever else happens
        Index("uq_verdict_standing", "completion_id", "version", "reviewer", unique=True,
              sqlite_where=text(STANDING_VOTE), postgresql_where=text(STANDING_VOTE)),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    completion_id: int = Field(foreign_key="completion.id", index=True)
    version: int
    reviewer: str
    kind: VerdictKind = Field(sa_type=by_value(VerdictKind))
    text: str = ""
    reason: str = ""
    surface: Surface = Field(sa_type=by_value(Surface))
    at: datetime
    undone_at: datetime | None = None
    undone_by: str = ""
    bulk_id: int | None = Field(default=None, index=True)  # the approval of many at once that it is part of


class Bulk(SQLModel, table=True):
    """One approval of many texts at once: `count` of them, `unseen` of which nobody had opened."""

    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    batch_id: int = Field(foreign_key="batch.id")
    who: str
    count: int = 0
    unseen: int = 0
    at: datetime
    undone_at: datetime | None = None
    undone: int = 0  # how many were taken back: frozen ones are not


class Glance(SQLModel, table=True):
    """Somebody had a text before them. While that is fresh, others are shown other texts first."""

    __table_args__ = (UniqueConstraint("completion_id", "user_id"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    completion_id: int = Field(foreign_key="completion.id")
    user_id: str
    at: datetime


class Digest(SQLModel, table=True):
    """What a day brought to a batch, as it was said in its thread; `figures` as `bot.domain.reminders.Day`."""

    __table_args__ = (UniqueConstraint("batch_id", "day"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id")
    batch_id: int = Field(foreign_key="batch.id")
    day: str  # ISO, in the project's time zone
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime


class Reminder(SQLModel, table=True):
    """The first, second or third time that somebody was reminded of a batch. There is no fourth."""

    __table_args__ = (UniqueConstraint("batch_id", "user_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id")
    batch_id: int = Field(foreign_key="batch.id")
    user_id: str = Field(index=True)
    number: int
    at: datetime


class AuditEntry(SQLModel, table=True):
    """Who decided what, when and where: appended in the transaction of the decision, and never changed.

    `subject_id` is what `what` is about; a text is named by its version and the SHA-256 of the words decided on."""

    __table_args__ = (Index("ix_auditentry_project", "project_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id")
    at: datetime
    who: str
    what: Audited = Field(sa_type=by_value(Audited))
    subject_id: int = 0
    version: int = 0
    surface: str = ""
    text_sha256: str = ""
    detail: str = ""


class Dataset(SQLModel, table=True):
    """A frozen version: never changed after it was written. The keys name files in the file store."""

    __table_args__ = (UniqueConstraint("project_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id")
    number: int
    sha256: str
    seed: int
    pairs: int
    train_pairs: int
    validation_pairs: int
    undecided: int
    erased_pairs: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # lines that are tombstones now
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    files: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # file name to file key
    created_by: str
    created_at: datetime
    trace_id: str = ""


class Pair(SQLModel, table=True):
    """One line of a frozen dataset, with the words it was made of."""

    __table_args__ = (UniqueConstraint("dataset_id", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    dataset_id: int = Field(foreign_key="dataset.id")
    position: int
    completion_id: int = Field(foreign_key="completion.id", index=True)
    completion_version: int
    product_id: int = Field(foreign_key="product.id")
    split: Split = Field(sa_type=by_value(Split))
    system: str = ""
    prompt: str
    completion: str
    original: str = ""  # what stood there before a person edited it
    origin: Origin = Field(sa_type=by_value(Origin))
    decided_by: str = ""
    verdict: str = Field(default="", sa_column_kwargs={"server_default": ""})  # approved, edited or trusted
    model: str = Field(default="", sa_column_kwargs={"server_default": ""})  # who wrote the text first; empty: a person
    template_id: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    template_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    style_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    stratum: str = Field(default="", sa_column_kwargs={"server_default": ""})  # its value of the column split by
    fixed_by: str = Field(default="", sa_column_kwargs={"server_default": ""})  # who had a finding mended
    sha256: str = Field(default="", sa_column_kwargs={"server_default": ""})  # of the line alone


class PairChoice(SQLModel, table=True):
    """What an owner said to a finding about one version of a text: keep it, drop it, or take these words instead."""

    __table_args__ = (UniqueConstraint("completion_id", "version", "code"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    completion_id: int = Field(foreign_key="completion.id")
    version: int
    code: str
    choice: PairVerdict = Field(sa_type=by_value(PairVerdict))
    prompt: str = ""
    text: str = ""
    typed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  # by a person, in Slack
    who: str
    at: datetime


class Preflight(SQLModel, table=True):
    """A project's latest check before a freeze. `go_on`: freeze afterwards, unless something could not train."""

    __table_args__ = (UniqueConstraint("project_id"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id")
    round: int = 0
    state: str = "wanted"  # wanted, or done
    go_on: bool = False
    without_slack: bool = False
    asked_by: str
    asked_at: datetime
    pairs: int = 0
    tokens: int = 0
    longest: int = 0  # tokens of the longest pair
    longest_id: int | None = None  # its completion
    frozen_id: int | None = None  # the version that came of it
    problem: str = ""
    lease_owner: str = ""
    lease_until: datetime | None = None
    attempts: int = 0
    trace_id: str = ""


class PreflightFinding(SQLModel, table=True):
    """One thing that a check found about a version of a text. `other_id`: the text it is like."""

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    round: int
    completion_id: int = Field(foreign_key="completion.id")
    version: int
    code: str
    message: str
    fix: str
    other_id: int | None = None


class PairsImport(SQLModel, table=True):
    """A file of prompts with their texts. `trusted`: its owner vouches for them, so that nobody reviews them."""

    __table_args__ = (Index("ix_pairsimport_work", "state"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    filename: str = ""
    slack_file_id: str = ""
    file_key: str = ""
    file_deleted_at: datetime | None = None  # from then on the file is not kept; its key stays, as its hash
    origin: Origin = Field(sa_type=by_value(Origin))
    trusted: bool = False
    state: str = "waiting"  # waiting, done or failed
    problem: str = ""
    read: int = 0
    added: int = 0
    doubles: int = 0
    unfit: int = 0
    matched: int = 0  # products of the catalog that were recognised
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    catalog_id: int | None = Field(default=None, foreign_key="catalog.id")
    run_id: int | None = Field(default=None, foreign_key="run.id")
    uploader: str
    created_at: datetime
    lease_owner: str = ""
    lease_until: datetime | None = None
    attempts: int = 0
    trace_id: str = ""


class Job(SQLModel, table=True):
    """One fine-tuning job. `tag` stands in the provider's metadata, so that a lost answer can be found again."""

    __table_args__ = (UniqueConstraint("team_id", "tag"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    dataset_id: int = Field(foreign_key="dataset.id")
    tag: str
    provider: str
    base_model: str
    state: JobState = Field(default=JobState.PENDING, sa_type=by_value(JobState), index=True)
    raw_state: str = ""
    provider_job_id: str = ""
    training_file: str = ""
    validation_file: str = ""
    suffix: str = ""
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    tuned_model: str = ""
    error: str = ""
    usd_estimate: float | None = None
    seconds_estimate: int | None = None
    trained_tokens: int | None = None
    step: int | None = None
    total_steps: int | None = None
    estimated_finish: datetime | None = None
    losses: list[Any] = Field(default_factory=list, sa_type=JSON)  # [step, train loss, validation loss or null]
    preview_prompt_id: int | None = None
    previews: list[Any] = Field(default_factory=list, sa_type=JSON)  # {"step", "model", "text"}
    cancel_requested_by: str = ""
    started_by: str
    created_at: datetime
    submitted_at: datetime | None = None
    finished_at: datetime | None = None
    next_poll_at: datetime | None = None
    failing_since: datetime | None = None
    # the picture of the losses as it stands in Slack, and the step it was drawn at
    chart_file: str = Field(default="", sa_column_kwargs={"server_default": ""})
    chart_step: int | None = None
    lease_owner: str = ""
    lease_until: datetime | None = None
    trace_id: str = ""


class JobEvent(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("job_id", "provider_event_id"),)
    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id")
    provider_event_id: str
    at: datetime
    level: str = "info"
    message: str = ""
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class JobWatcher(SQLModel, table=True):
    """*Tell me too*."""

    __table_args__ = (UniqueConstraint("job_id", "user_id"),)
    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id")
    user_id: str


class ProjectModel(SQLModel, table=True):
    """A tuned model: whether it answers, what that costs, and since when and by whom it was used or retired.

    `name` is what it is asked by, `output` what its provider called it; `history` has one entry a decision."""

    __table_args__ = (UniqueConstraint("job_id"), Index("ix_projectmodel_due", "state", "next_look_at"))
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    job_id: int = Field(foreign_key="job.id")
    dataset_id: int = Field(foreign_key="dataset.id")
    provider: str
    base_model: str
    name: str
    output: str = ""
    state: ServingState = Field(sa_type=by_value(ServingState))
    problem: str = ""
    deployment_id: str = ""
    hourly: bool = False  # serving it is billed by the hour
    hourly_usd: float | None = None
    running_since: datetime | None = None
    spent_usd: float = 0.0  # earlier runs
    started_by: str = ""
    reminded_at: datetime | None = None
    promoted_at: datetime | None = None
    promoted_by: str = ""
    retired_at: datetime | None = None
    retired_by: str = ""
    history: list[Any] = Field(default_factory=list, sa_type=JSON)  # {"what", "by", "at"}
    created_at: datetime
    next_look_at: datetime | None = None
    lease_owner: str = ""
    lease_until: datetime | None = None
    trace_id: str = ""


class ModelEnd(SQLModel, table=True):
    """The day on which a model ends, as its provider said when it was last asked; None where it names none."""

    __table_args__ = (UniqueConstraint("provider", "model"),)
    id: int | None = Field(default=None, primary_key=True)
    provider: str
    model: str
    ends_on: str = ""  # ISO, or nothing
    asked_at: datetime


class EndWarning(SQLModel, table=True):
    """A warning that was given: so many days before a model's end, once a project."""

    __table_args__ = (UniqueConstraint("project_id", "model", "ends_on", "days"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id")
    model: str
    ends_on: str
    days: int
    at: datetime


class Trial(SQLModel, table=True):
    """Base and tuned side by side for one product."""

    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    job_id: int | None = Field(default=None, foreign_key="job.id")
    prompt_id: int = Field(foreign_key="prompt.id")
    state: WritingState = Field(default=WritingState.WANTED, sa_type=by_value(WritingState), index=True)
    base_model: str
    tuned_model: str
    base_text: str = ""
    tuned_text: str = ""
    problem: str = ""
    asked_by: str
    created_at: datetime
    lease_owner: str = ""
    lease_until: datetime | None = None
    trace_id: str = ""


class Comparison(SQLModel, table=True):
    """Contenders that write for products the model was not taught with, and people who judge them blindly."""

    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    dataset_id: int = Field(foreign_key="dataset.id")
    job_id: int | None = Field(default=None, foreign_key="job.id", index=True)
    state: ComparisonState = Field(default=ComparisonState.WRITING, sa_type=by_value(ComparisonState), index=True)
    base_model: str
    base_provider: str
    tuned_model: str = ""  # empty where only the base model writes, with and without examples
    tuned_provider: str = ""
    temperature: float
    max_tokens: int
    seed: int
    cap_usd: float | None = None
    usd_estimate: float | None = None
    problem: str = ""
    started_by: str
    created_at: datetime
    ended_by: str = ""
    ended_at: datetime | None = None
    lease_owner: str = ""
    lease_until: datetime | None = None
    trace_id: str = ""


class ContenderText(SQLModel, table=True):
    """What one contender wrote for one prompt. `reference`: the text that people approved for it, kept aside."""

    __table_args__ = (
        UniqueConstraint("comparison_id", "contender", "prompt_id"),
        Index("ix_contendertext_work", "comparison_id", "state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    comparison_id: int = Field(foreign_key="comparison.id")
    contender: Contender = Field(sa_type=by_value(Contender))
    prompt_id: int = Field(foreign_key="prompt.id")
    position: int
    state: WritingState = Field(default=WritingState.WANTED, sa_type=by_value(WritingState))
    text: str = ""
    reference: str = ""
    problem: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None
    seconds: float | None = None


class Matchup(SQLModel, table=True):
    """Two texts that people compare, A on the left. `same_text`: they are equal, so nobody has to."""

    __table_args__ = (UniqueConstraint("comparison_id", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    comparison_id: int = Field(foreign_key="comparison.id")
    position: int
    challenger: Contender = Field(sa_type=by_value(Contender))
    rival: Contender = Field(sa_type=by_value(Contender))
    prompt_id: int = Field(foreign_key="prompt.id")
    left_id: int = Field(foreign_key="contendertext.id")
    right_id: int = Field(foreign_key="contendertext.id")
    same_text: bool = False


class Vote(SQLModel, table=True):
    """One person's word on one matchup; a later one takes its place."""

    __table_args__ = (UniqueConstraint("matchup_id", "user_id"),)
    id: int | None = Field(default=None, primary_key=True)
    matchup_id: int = Field(foreign_key="matchup.id")
    user_id: str
    choice: Choice = Field(sa_type=by_value(Choice))
    at: datetime


class Note(SQLModel, table=True):
    """A sentence that has to reach somebody. `button` names an action and `value` its value, both may be empty."""

    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    text: str
    button: str = ""
    value: str = ""
    label: str = ""
    created_at: datetime


class Inbox(SQLModel, table=True):
    """An event as it came: ids only. Open ones are picked up again after a crash."""

    __table_args__ = (UniqueConstraint("team_id", "event_id"), Index("ix_inbox_open", "done_at", "created_at"))
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    event_id: str
    kind: str
    ids: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    event_ts: str = ""
    done_at: datetime | None = None
    attempts: int = 0
    created_at: datetime
    trace_id: str = ""


class Outbox(SQLModel, table=True):
    """What must be said. Rendered from the state of the moment it is sent; `wanted` over `sent` means there is news."""

    __table_args__ = (
        UniqueConstraint("team_id", "key"),
        Index("ix_outbox_message", "team_id", "channel", "ts"),
        Index("ix_outbox_due", "state", "not_before"),
    )
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    key: str
    kind: Say = Field(sa_type=by_value(Say))
    subject_id: int
    channel: str  # a channel, or a person's id for a direct message
    thread_key: str = ""  # the key of the message whose thread it belongs in
    only_for: str = ""  # shown to this person alone, and never edited afterwards
    ts: str = ""
    posted_in: str = ""  # the channel Slack says it stands in (a direct message's own id)
    file_id: str = ""
    shown_version: int = 0  # the subject's version that stands in Slack
    wanted: int = 1
    sent: int = 0
    state: SayState = Field(default=SayState.OPEN, sa_type=by_value(SayState))
    not_before: datetime
    attempts: int = 0
    ambiguous: bool = False  # an attempt may have arrived without our hearing of it
    first_attempt_at: datetime | None = None
    lease_owner: str = ""
    lease_until: datetime | None = None
    problem: str = ""
    trace_id: str = ""


class Thumb(SQLModel, table=True):
    """The last we heard of one person's one emoji on one message; later event times win."""

    __table_args__ = (UniqueConstraint("team_id", "channel", "ts", "user_id", "emoji"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    channel: str
    ts: str
    user_id: str
    emoji: str
    present: bool
    event_ts: str


class Ledger(SQLModel, table=True):
    """Money: one row a request. `usd` is None where the price is unknown; `state` says how sure we are."""

    __table_args__ = (Index("ix_ledger_month", "team_id", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    user_id: str
    run_id: int | None = Field(default=None, index=True)
    completion_id: int | None = Field(default=None, index=True)
    job_id: int | None = None
    attempt: str  # names one request, so that settling it twice changes nothing
    model: str
    state: str  # reserved, settled, unknown (sent, answer lost), released
    usd: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    at: datetime


class SpendRequest(SQLModel, table=True):
    """Somebody asks for money above the threshold: `what` names the order, `words` say it after "asks for ... to"."""

    __table_args__ = (
        Index("uq_spendrequest_open", "project_id", "asked_by", "what", unique=True,
              sqlite_where=text(UNDECIDED), postgresql_where=text(UNDECIDED)),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    project_id: int = Field(foreign_key="project.id", index=True)
    asked_by: str
    what: str
    words: str
    usd: float | None = None  # None: nobody knows the price
    state: RequestState = Field(default=RequestState.OPEN, sa_type=by_value(RequestState), index=True)
    decided_by: str = ""
    decided_at: datetime | None = None
    at: datetime
    trace_id: str = ""


class Tick(SQLModel, table=True):
    """A calendar job's slot, inserted once for all replicas."""

    __table_args__ = (UniqueConstraint("job", "slot"),)
    id: int | None = Field(default=None, primary_key=True)
    job: str
    slot: str
    at: datetime


class Erasure(SQLModel, table=True):
    """A deletion that was ordered, how far it has come, and afterwards its receipt: ids, hashes and counts.

    `step` and `after_id` are the table and the row it has come to. It outlives its project and its workspace."""

    __table_args__ = (UniqueConstraint("team_id", "key"), Index("ix_erasure_due", "state", "not_before"))
    id: int | None = Field(default=None, primary_key=True)
    team_id: str
    key: str  # what goes, such as `project:7`
    kind: ErasureKind = Field(sa_type=by_value(ErasureKind))
    why: Why = Field(sa_type=by_value(Why))
    project_id: int = Field(default=0, index=True)  # no foreign key: the project's row may go first
    channel_id: str = ""
    name: str = ""
    asked_by: str = ""
    asked_at: datetime
    not_before: datetime
    state: ErasureState = Field(default=ErasureState.WAITING, sa_type=by_value(ErasureState))
    planned: bool = False  # what goes was counted, and what lies at providers noted
    contents: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # counts, as `bot.domain.deletion.Contents`
    versions: list[Any] = Field(default_factory=list, sa_type=JSON)  # number, hash and size of frozen ones
    things: list[Any] = Field(default_factory=list, sa_type=JSON)  # what lies at providers, and what became of it
    files: list[Any] = Field(default_factory=list, sa_type=JSON)  # keys of stored files
    step: str = ""
    after_id: int = 0
    erased: int = 0  # rows blanked or deleted
    attempts: int = 0  # rounds of asking providers
    finished_at: datetime | None = None
    lease_owner: str = ""
    lease_until: datetime | None = None
    trace_id: str = ""
