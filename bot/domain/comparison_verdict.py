"""What a blind comparison says, in a word and in sentences: also that examples do as well, or that nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import ceil

from bot.domain.comparison import (
    EXAMPLES_OR_PLAIN,
    TUNED_OR_EXAMPLES,
    TUNED_OR_PLAIN,
    Contender,
    Pairing,
    Tally,
)
from bot.domain.statistics import ALPHA, votes_needed

# Two are as good as each other once their true share of wins surely lies between these: at most three of four prefer
# either. With a dozen products and a draw that is just so.
ALIKE = (0.25, 0.75)
VERY_UNLIKELY, PERHAPS_CHANCE = 0.01, 0.2
# A preference nearer to a coin's than this is not worth more votes.
NO_PREFERENCE = 0.55


class Standing(StrEnum):
    """How a challenger stands against its rival."""

    BETTER = "better"
    WORSE = "worse"
    ALIKE = "alike"
    OPEN = "open"


class Verdict(StrEnum):
    TUNED = "tuned"  # better than the plain model, with and without examples
    TUNED_OVER_PLAIN = "tuned_over_plain"  # better than plain; against examples nobody can tell yet
    EXAMPLES_ENOUGH = "examples_enough"  # a few examples in the prompt do as well
    EXAMPLES_BETTER = "examples_better"
    EXAMPLES_HELP = "examples_help"  # there is no tuned model, and examples beat none
    NO_DIFFERENCE = "no_difference"
    WORSE = "worse"
    OPEN = "open"


HEADLINES = {
    Verdict.TUNED: "The tuned model writes better",
    Verdict.TUNED_OVER_PLAIN: "The tuned model beats the plain one",
    Verdict.EXAMPLES_ENOUGH: "A few examples are enough",
    Verdict.EXAMPLES_BETTER: "A few examples do better than tuning",
    Verdict.EXAMPLES_HELP: "Examples help",
    Verdict.NO_DIFFERENCE: "It makes no difference",
    Verdict.WORSE: "It writes worse than before",
    Verdict.OPEN: "Too early to tell",
}

NAMES = {
    Contender.PLAIN: "the plain model",
    Contender.EXAMPLES: "the plain model with examples",
    Contender.TUNED: "the tuned model",
}


def standing(votes: Tally) -> Standing:
    """Better or worse where chance is out of the question (p < 0.05), alike where the interval is narrow, else open."""
    if votes.total == 0:
        return Standing.OPEN
    if votes.p_value < ALPHA:
        return Standing.BETTER if votes.better > votes.worse else Standing.WORSE
    low, high = votes.interval
    return Standing.ALIKE if ALIKE[0] <= low and high <= ALIKE[1] else Standing.OPEN


def verdict(tallies: Mapping[Pairing, Tally]) -> Verdict:
    """The one word for all pairings together. A tuned model that is no better than examples has not been worth it."""
    if EXAMPLES_OR_PLAIN in tallies:
        return _of_examples(standing(tallies[EXAMPLES_OR_PLAIN]))
    plain = standing(tallies.get(TUNED_OR_PLAIN, Tally()))
    examples = standing(tallies.get(TUNED_OR_EXAMPLES, Tally()))
    first = (
        (Verdict.WORSE, plain is Standing.WORSE),
        (Verdict.EXAMPLES_BETTER, examples is Standing.WORSE),
        (Verdict.NO_DIFFERENCE, plain is Standing.ALIKE),
        (Verdict.EXAMPLES_ENOUGH, examples is Standing.ALIKE),
        (Verdict.TUNED, plain is Standing.BETTER and examples is Standing.BETTER),
        (Verdict.TUNED_OVER_PLAIN, plain is Standing.BETTER),
    )
    return next((word for word, holds in first if holds), Verdict.OPEN)


def _of_examples(against_plain: Standing) -> Verdict:
    return {
        Standing.BETTER: Verdict.EXAMPLES_HELP,
        Standing.WORSE: Verdict.WORSE,
        Standing.ALIKE: Verdict.NO_DIFFERENCE,
        Standing.OPEN: Verdict.OPEN,
    }[against_plain]


def in_words(pairing: Pairing, votes: Tally) -> str:
    """The count of a pairing as a sentence, with what the sign test makes of it."""
    challenger, rival = NAMES[pairing.challenger], NAMES[pairing.rival]
    if votes.total == 0:
        return f"Nobody has compared {challenger} with {rival}."
    rest = f"and saw no difference in {votes.same}" if votes.same else ""
    other = f", {rival} in {votes.worse}" if votes.worse else ""
    over = "" if votes.worse else f" to {rival}"
    said = f"Reviewers preferred {challenger}{over} in {votes.better} of {votes.total}{other}"
    return f"{said}{', ' + rest if rest else ''}; {chance(votes)}."


def chance(votes: Tally) -> str:
    """Whether the count may be chance, in words that keep to the exact sign test."""
    if votes.told_apart == 0:
        return "that tells nothing"
    if votes.p_value < VERY_UNLIKELY:
        return "that is very unlikely to be chance"
    if votes.p_value < ALPHA:
        return "that is unlikely to be chance"
    return "that may be chance" if votes.p_value < PERHAPS_CHANCE else "that may well be chance"


def more_products(votes: Tally) -> int | None:
    """About how many more products would settle an open question, if they go on like this; None: too many to ask for.

    From the power of the sign test at the share seen so far; products without a difference count for nothing."""
    if not votes.told_apart:
        return None
    share = max(votes.better, votes.worse) / votes.told_apart
    needed = votes_needed(round(share, 2)) if share > NO_PREFERENCE else None
    if needed is None:
        return None
    return max(1, ceil((needed - votes.told_apart) * votes.total / votes.told_apart))


def how_many_more(votes: Tally) -> str:
    """What it takes to settle an open question, in a sentence; nothing where it is settled."""
    if standing(votes) is not Standing.OPEN or votes.total == 0:
        return ""
    more = more_products(votes)
    if more is None:
        return "They are so close that more votes would hardly tell them apart."
    return f"About {more} more products would tell, if it goes on like this."
