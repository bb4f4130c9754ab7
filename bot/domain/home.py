"""Where a project stands and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.review import minutes_for
from bot.domain.tuning import MIN_PAIRS


class Stage(StrEnum):
    """The next thing that a person has to do; or, in `WRITING` and `TUNING`, what the machine is doing."""

    CATALOG = "catalog"
    CATALOG_CHECK = "catalog_check"
    PROMPTS = "prompts"
    TRY = "try"
    WRITING = "writing"
    REVIEW = "review"
    DATASET = "dataset"
    TRAIN = "train"
    TUNING = "tuning"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Counts:
    """What the database says of a project. `unfrozen` are settled pairs that no dataset holds yet."""

    products: int = 0
    catalog_ready: bool = False
    catalog_used: bool = False
    existing: int = 0
    signed_off: bool = False
    running: int = 0
    open: int = 0
    approved: int = 0
    rejected: int = 0
    datasets: int = 0
    unfrozen: int = 0
    tuning: int = 0
    tuned_model: str = ""


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """One project at a glance."""

    id: int
    name: str
    channel: str
    owners: tuple[str, ...]
    stage: Stage
    counts: Counts
    few_shot: bool = False

    @property
    def minutes(self) -> int:
        return minutes_for(self.counts.open)


@dataclass(frozen=True, slots=True)
class HomeCard:
    """App Home of one person."""

    user_id: str
    projects: tuple[ProjectCard, ...]
    waiting: int  # texts that this person may decide on
    review_in: int | None = None  # the project where the first of them waits

    @property
    def minutes(self) -> int:
        return minutes_for(self.waiting)


def stage_of(counts: Counts) -> Stage:
    """The first step that is not done; work under way comes before work to do."""
    before_texts = (
        (Stage.CATALOG_CHECK, counts.catalog_ready and not counts.catalog_used),
        (Stage.CATALOG, not counts.catalog_used),
        (Stage.TUNING, counts.tuning > 0),
        (Stage.WRITING, counts.running > 0),
        (Stage.REVIEW, counts.open > 0),
        (Stage.MODEL, bool(counts.tuned_model) and not counts.unfrozen),
        (Stage.TRAIN, counts.datasets > 0 and not counts.unfrozen),
        (Stage.DATASET, counts.unfrozen >= MIN_PAIRS),
        (Stage.MODEL, bool(counts.tuned_model)),
        (Stage.PROMPTS, not counts.signed_off),
        (Stage.DATASET, counts.unfrozen > 0),
    )
    return next((stage for stage, holds in before_texts if holds), Stage.TRY)
