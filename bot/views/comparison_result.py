"""What a blind comparison came to: words first, then figures; the texts that changed; and all rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.domain.comparison import Contender, Judged, Outcome, Pairing, Tally
from bot.domain.comparison_cards import ContenderFacts, ResultCard
from bot.domain.comparison_verdict import HEADLINES, NAMES, Verdict, how_many_more, in_words
from bot.domain.message import Block, Message
from bot.domain.rounds import NextKind, Round
from bot.views import blocks as b
from bot.views.comparison import LOOK_ONLY
from bot.views.ids import Action
from bot.views.span import span

KINDS_SHOWN = 6
FEWEST_OF_A_KIND = 2  # one product says nothing of its type
FLIP_TEXT = 700

SENTENCES = {
    Verdict.TUNED: "It is better than the plain model, and better than the plain model with examples in its prompt.",
    Verdict.TUNED_OVER_PLAIN: "Whether it is better than examples in the prompt, nobody can tell yet.",
    Verdict.EXAMPLES_ENOUGH: "A few approved texts in the prompt do as well as teaching a model.",
    Verdict.EXAMPLES_BETTER: "A few approved texts in the prompt do better than the taught model.",
    Verdict.EXAMPLES_HELP: "With a few approved texts in the prompt the model writes better.",
    Verdict.NO_DIFFERENCE: "People cannot tell its texts from the plain model's.",
    Verdict.WORSE: "People preferred what the plain model writes.",
    Verdict.OPEN: "The votes do not tell them apart yet.",
}


def result_card(card: ResultCard) -> Message:
    """The verdict in words, the figures behind it, facts counted without people, and what to do next."""
    title, why = HEADLINES[card.verdict], SENTENCES[card.verdict]
    spoken = [in_words(pairing, votes) for pairing, votes in card.tallies.items()]
    body = [b.header(title), b.section(b.esc(why)), *(_pairing(*one) for one in card.tallies.items())]
    body += [*_kinds(card), b.divider(), b.section("*Counted without people*"), _facts(card.facts)]
    body += [*_notice(card), b.context(_reading(card)), _next(card), b.context(_foot(card)), _buttons(card)]
    return Message(text=b.cut(b.esc(f"{title}. {why} {' '.join(spoken)}"), b.MESSAGE_TEXT), blocks=body)


def _pairing(pairing: Pairing, votes: Tally) -> Block:
    """The count in words, then the same in figures."""
    words = b.esc(in_words(pairing, votes))
    if votes.total == 0:
        return b.section(words)
    low, high = votes.interval
    rate = f"win rate {votes.win_rate or 0:.0%} (95% interval {low:.0%} to {high:.0%})"
    bad = f" Both texts were bad in {votes.both_bad}." if votes.both_bad else ""
    more = f" {how_many_more(votes)}" if how_many_more(votes) else ""
    return b.section(f"*{words}*\n{rate}, sign test p {_p(votes.p_value)}.{bad}{more}")


def _p(value: float) -> str:
    return "under 0.001" if value < 0.001 else f"= {value:.3f}"


def _kinds(card: ResultCard) -> list[Block]:
    """By type of product, for the first question."""
    several = {kind: votes for kind, votes in card.by_kind.items() if votes.total >= FEWEST_OF_A_KIND}
    if len(card.by_kind) < 2 or not several:
        return []
    first = next(iter(card.tallies))
    shown = list(several.items())[:KINDS_SHOWN]
    parts = [f"{b.esc(kind)} {votes.better} : {votes.worse}{_same(votes)}" for kind, votes in shown]
    more = f" · {len(card.by_kind) - len(shown)} more" if len(card.by_kind) > len(shown) else ""
    against = f"{NAMES[first.challenger]} : {NAMES[first.rival]}"
    return [b.context(f"By {b.esc(card.kind_column)}, {against}: {' · '.join(parts)}{more}")]


def _same(votes: Tally) -> str:
    return f" ({votes.same} same)" if votes.same else ""


def _facts(facts: Sequence[ContenderFacts]) -> Block:
    """A line for each figure, with every contender's: columns would not fit the width of a phone."""
    lines = [
        f"*{label}*  {' · '.join(f'{SHORT[one.contender]} {read(one)}' for one in facts)}" for label, read in FIGURES
    ]
    return b.section("\n".join(lines))


SHORT = {Contender.PLAIN: "plain", Contender.EXAMPLES: "examples", Contender.TUNED: "tuned"}


def _of(count: int, one: ContenderFacts) -> str:
    return f"{count} of {one.written}"


def _time(seconds: float | None) -> str:
    return "?" if seconds is None else span(round(seconds))


FIGURES: tuple[tuple[str, Callable[[ContenderFacts], str]], ...] = (
    ("words", lambda one: "-" if one.words is None else f"{one.words:g}"),
    ("break a house rule", lambda one: _of(one.rule_hits, one)),
    ("unsupported claims", lambda one: _of(one.claims, one)),
    ("placeholders left", lambda one: _of(one.placeholders, one)),
    ("like approved texts", lambda one: "-" if one.likeness is None else f"{one.likeness:.0%}"),
    ("price of 1,000", lambda one: "?" if one.usd_per_1000 is None else b.price(one.usd_per_1000)),
    ("time for 1,000", lambda one: _time(one.seconds_per_1000)),
    ("not written", lambda one: str(one.failed)),
)


def _notice(card: ResultCard) -> list[Block]:
    return [b.section(f":red_circle: *{b.esc(card.notice)}*")] if card.notice else []


def _reading(card: ResultCard) -> str:
    """What a figure means where its name is not enough."""
    cost = "was free" if card.training_usd == 0 else f"cost {b.price(card.training_usd)} besides"
    taught = f" Teaching {cost}." if card.training_usd is not None else ""
    return (
        "Likeness is measured letter by letter with the approved text of the same product, else with the nearest one. "
        f"Time is at the speed measured here.{taught}"
    )


def _next(card: ResultCard) -> Block:
    return b.section(f"*Next*  {b.esc(card.next.reason)}")


def _foot(card: ResultCard) -> str:
    people = "1 person" if card.voters == 1 else f"{card.voters} people"
    left = f" · {card.unjudged} pairs judged by nobody" if card.unjudged else ""
    return (
        f"{card.products} products that were not taught · {card.votes} votes by {people}{left} · "
        "one product counts once, by what most said · no difference counts half"
    )


NEXT_BUTTONS = {
    NextKind.WRITE_REST: ("Write the rest …", Action.FINISH_OPEN),
    NextKind.USE_EXAMPLES: ("Write the rest …", Action.FINISH_OPEN),
    NextKind.VOTE: ("Compare more products …", Action.COMPARE_OPEN),
    NextKind.FEWER_EPOCHS: ("Teach again …", Action.TRAIN_OPEN),
    NextKind.CLEAN: ("Review texts", Action.REVIEW_NEXT),
    NextKind.MORE_PAIRS: ("Review texts", Action.REVIEW_NEXT),
}


def _buttons(card: ResultCard) -> Block:
    """The next step first, then the texts behind the figures."""
    project, this = str(card.project_id), str(card.id)
    lead = _lead(card, project)
    flips = _flips(card.judged)
    seen = [b.button(f"See the {len(flips)} that differ", Action.COMPARE_FLIPS, this)] if flips else []
    rounds = [b.button("All rounds", Action.COMPARE_ROUNDS, project)] if card.rounds else []
    return b.actions(*lead, *seen, *rounds)


def _lead(card: ResultCard, project: str) -> list[Block]:
    """The button of the next step."""
    if card.next.kind is NextKind.USE_EXAMPLES and not card.uses_examples:
        kept = "The tuned model is put aside, not deleted: /tune models has it."
        sure = b.confirm("Write with examples?", kept, "Yes")
        return [b.button("Use examples instead", Action.COMPARE_EXAMPLES, str(card.id), style="primary", confirm=sure)]
    first = NEXT_BUTTONS.get(card.next.kind)
    return [b.button(first[0], first[1], project, style="primary")] if first else []


# the texts behind it


def flips_modal(card: ResultCard) -> dict[str, Any]:
    """Products where people saw a difference: worse ones first, because they are what to mend."""
    flips = _flips(card.judged)
    worse = [one for one in flips if one.outcome is Outcome.WORSE]
    better = [one for one in flips if one.outcome is Outcome.BETTER]
    body: list[Block] = []
    for title, found in (("Worse", worse), ("Better", better)):
        body += [b.header(f"{title}: {len(found)}")] if found else []
        body += [block for one in found for block in _flip(one)]
    shown = body[:97]
    hidden = [b.context("More than fit here.")] if len(shown) < len(body) else []
    return b.modal("Where they differ", LOOK_ONLY, [*shown, *hidden] or [b.section("Nowhere.")])


def _flips(judged: Sequence[Judged]) -> list[Judged]:
    return [one for one in judged if one.outcome in (Outcome.BETTER, Outcome.WORSE)]


def _flip(one: Judged) -> list[Block]:
    kind = f" · {b.esc(one.kind)}" if one.kind else ""
    names = {pairing: name[0].upper() + name[1:] for pairing, name in NAMES.items()}
    return [
        b.section(f"*{b.esc(one.product)}*{kind}"),
        b.context(names[one.pairing.rival]),
        b.quote(b.cut(one.rival_text, FLIP_TEXT)),
        b.context(names[one.pairing.challenger]),
        b.quote(b.cut(one.challenger_text, FLIP_TEXT)),
    ]


# rounds


def rounds_modal(rounds: Sequence[Round]) -> dict[str, Any]:
    """Every round of teaching, a paragraph each."""
    if not rounds:
        body = [
            b.section("No model was taught here yet. Freeze the approved texts, then teach one with `/tune train`.")
        ]
        return b.modal("All rounds", LOOK_ONLY, body)
    note = "How far off: on the texts it was taught with, then on those kept aside (loss, less is better)."
    return b.modal("All rounds", LOOK_ONLY, [*(b.section(_round(one)) for one in rounds), b.context(note)])


def _round(one: Round) -> str:
    """What it was taught with, how it learned, and what people preferred."""
    verdict = HEADLINES[one.verdict] if one.verdict else one.state or "not compared yet"
    often = f"{one.epochs} {'time' if one.epochs == 1 else 'times'} over" if one.epochs else "as often as usual"
    parts = [f"{one.pairs} texts, {often}", f"how far off: {_loss(one.train_loss)} and {_loss(one.validation_loss)}"]
    parts += [f"preferred to plain in {_wins(one.vs_plain)}"] if one.vs_plain and one.vs_plain.total else []
    parts += [f"to examples in {_wins(one.vs_examples)}"] if one.vs_examples and one.vs_examples.total else []
    name = f"\n`{b.esc(one.tuned_model)}`" if one.tuned_model else ""
    return f"*Round {one.number}*  {b.esc(verdict)}\n{' · '.join(parts)}{name}"


def _loss(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _wins(votes: Tally) -> str:
    return f"{votes.better} of {votes.total}"


def win_rates(rounds: Sequence[Round]) -> list[tuple[str, tuple[tuple[float, float], ...], bool]]:
    """For each question its name, its points as (round, percent), and whether its line is dashed."""
    plain = [(one.number, one.vs_plain) for one in rounds]
    examples = [(one.number, one.vs_examples) for one in rounds]
    return [("against plain", _points(plain), False), ("against examples", _points(examples), True)]


def _points(votes: Sequence[tuple[int, Tally | None]]) -> tuple[tuple[float, float], ...]:
    known = [(number, one.win_rate) for number, one in votes if one is not None and one.win_rate is not None]
    return tuple((float(number), 100 * rate) for number, rate in known)


def win_rates_in_words(rounds: Sequence[Round]) -> str:
    """The picture for those who do not see it."""
    said = [
        f"{name}: " + ", ".join(f"round {number:.0f} {rate:.0f} percent" for number, rate in points)
        for name, points, _ in win_rates(rounds)
    ]
    return f"Win rates of the tuned models {'; '.join(said)}."
