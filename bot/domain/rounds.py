"""Rounds of teaching side by side, and what to do next with the reason for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.comparison import SIZES, Tally
from bot.domain.comparison_verdict import Verdict
from bot.domain.tuning import HELPFUL_PAIRS

# The figure for texts kept aside has risen when it ends this much above its best: less is noise.
RISE = 1.05
# A kind of finding is worth cleaning when so many of the taught texts have it.
DIRTY_SHARE = 0.1
# A type of product is weak with so many products compared and fewer wins than losses.
FEWEST_OF_A_TYPE = 3
# Without an example of progress in so many rounds more of the same will not help.
ROUNDS_WITHOUT_PROGRESS = 2


class NextKind(StrEnum):
    WRITE_REST = "write_rest"
    USE_EXAMPLES = "use_examples"
    VOTE = "vote"
    FEWER_EPOCHS = "fewer_epochs"
    CLEAN = "clean"
    MORE_PAIRS = "more_pairs"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Next:
    """A step that is proposed, and why."""

    kind: NextKind
    reason: str
    topic: str = ""  # the type of product, or the kind of finding, that it is about


@dataclass(frozen=True, slots=True)
class Round:
    """One teaching: what it was taught with, how, and how it was judged. Losses are [step, train, validation]."""

    number: int
    dataset: int
    pairs: int
    base_model: str
    tuned_model: str = ""
    state: str = ""
    epochs: int | None = None
    learning_rate: float | None = None
    losses: tuple[tuple[int, float | None, float | None], ...] = ()
    vs_plain: Tally | None = None
    vs_examples: Tally | None = None
    verdict: Verdict | None = None

    @property
    def train_loss(self) -> float | None:
        return next((train for _, train, _ in reversed(self.losses) if train is not None), None)

    @property
    def validation(self) -> list[tuple[int, float]]:
        """How far off it was on the texts kept aside, by step."""
        return [(step, held) for step, _, held in self.losses if held is not None]

    @property
    def validation_loss(self) -> float | None:
        return self.validation[-1][1] if self.validation else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the next step is decided from. `taught_hits`: the share of the taught texts with each kind of finding."""

    verdict: Verdict
    rounds: tuple[Round, ...]  # the one judged last comes last
    by_kind: Mapping[str, Tally] = field(default_factory=dict)
    taught_hits: Mapping[str, float] = field(default_factory=dict)
    unjudged: int = 0  # pairs of texts that nobody has voted on
    more_products: int | None = None
    products: int = 0  # how many were compared


def next_step(found: Evidence) -> Next:
    """One step, the first of these that holds: it won; examples do; votes are missing; then what held it back."""
    this = found.rounds[-1] if found.rounds else None
    return (
        _settled(found)
        or _votes(found)
        or _overfitted(this)
        or _dirty(found.taught_hits)
        or _no_progress(found.rounds)
        or _weak_kind(found.by_kind)
        or _too_few(this)
    )


def _settled(found: Evidence) -> Next | None:
    if found.verdict is Verdict.TUNED:
        return Next(NextKind.WRITE_REST, "It beats the plain model with and without examples, so put it to work.")
    if found.verdict in (Verdict.EXAMPLES_ENOUGH, Verdict.EXAMPLES_BETTER, Verdict.EXAMPLES_HELP):
        return Next(NextKind.USE_EXAMPLES, "Examples in the prompt do at least as well, and need no teaching.")
    return None


def _votes(found: Evidence) -> Next | None:
    if found.verdict not in (Verdict.OPEN, Verdict.TUNED_OVER_PLAIN):
        return None
    if found.unjudged:
        missing = f"{found.unjudged} pairs of texts were judged by nobody."
        return Next(NextKind.VOTE, f"{missing} Compare once more and judge them all.")
    if found.more_products is not None and found.products + found.more_products <= SIZES[-1]:
        wanted = found.products + found.more_products
        reason = f"Compare about {wanted} products instead of {found.products}: that would settle it."
        return Next(NextKind.VOTE, reason)
    if found.verdict is Verdict.TUNED_OVER_PLAIN:
        return Next(NextKind.USE_EXAMPLES, "Nobody can tell it from examples in the prompt, which need no teaching.")
    return None


def best_validation(losses: Sequence[tuple[int, float]]) -> tuple[int, float] | None:
    """Step and figure at which the texts kept aside were met best, if it got worse after that."""
    if len(losses) < 2:
        return None
    best = min(losses, key=lambda point: point[1])
    last = losses[-1]
    return best if best[0] < last[0] and last[1] > best[1] * RISE else None


def _overfitted(this: Round | None) -> Next | None:
    best = best_validation(this.validation) if this else None
    if this is None or best is None:
        return None
    last_step, last = this.validation[-1]
    share = best[0] / last_step
    how = f"about {share:.0%} of the rounds over the texts (epochs)"
    if this.epochs:
        how = f"{max(1, round(this.epochs * share))} rounds over the texts (epochs) instead of {this.epochs}"
    why = f"it met the texts kept aside best at step {best[0]} ({best[1]:.2f}) and then got worse ({last:.2f})"
    return Next(NextKind.FEWER_EPOCHS, f"Teach again with {how}: {why}, so it learned by heart.")


def _dirty(shares: Mapping[str, float]) -> Next | None:
    if not shares:
        return None
    worst = max(shares, key=lambda code: shares[code])
    if shares[worst] < DIRTY_SHARE:
        return None
    what = FINDINGS.get(worst, worst)
    reason = f"{shares[worst]:.0%} of the texts it was taught with have {what}: a model learns what it is shown."
    return Next(NextKind.CLEAN, reason, topic=worst)


FINDINGS = {
    "forbidden": "words that the house style forbids",
    "missing_sentence": "no sentence that the house always says",
    "glossary": "words that the house writes otherwise",
    "too_long": "more words than the house style allows",
    "too_short": "fewer words than the house style asks for",
    "claims": "claims that the product's facts do not support",
    "placeholder": "placeholders that were left over",
}


def _no_progress(rounds: Sequence[Round]) -> Next | None:
    judged = [one for one in rounds if one.verdict is not None]
    recent = judged[-ROUNDS_WITHOUT_PROGRESS:]
    idle = (Verdict.NO_DIFFERENCE, Verdict.WORSE)
    if len(recent) < ROUNDS_WITHOUT_PROGRESS or any(one.verdict not in idle for one in recent):
        return None
    return Next(NextKind.STOP, f"{ROUNDS_WITHOUT_PROGRESS} rounds in a row made no difference: more will not either.")


def _weak_kind(kinds: Mapping[str, Tally]) -> Next | None:
    weak = {
        kind: votes for kind, votes in kinds.items() if votes.total >= FEWEST_OF_A_TYPE and votes.worse > votes.better
    }
    if not weak:
        return None
    kind = max(weak, key=lambda name: (weak[name].worse - weak[name].better, name))
    votes = weak[kind]
    reason = f"Approve more texts for “{kind}”: there it lost {votes.worse} of {votes.total}."
    return Next(NextKind.MORE_PAIRS, reason, topic=kind)


def _too_few(this: Round | None) -> Next:
    pairs = this.pairs if this else 0
    if pairs < HELPFUL_PAIRS[0]:
        few, some = HELPFUL_PAIRS
        reason = f"{pairs} texts are few: {few} to {some} start to help. Approve more, then teach."
        return Next(NextKind.MORE_PAIRS, reason)
    return Next(NextKind.STOP, "More of the same is unlikely to help: keep the plain model, or try another base model.")
