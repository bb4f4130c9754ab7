"""The order of a blind comparison, its card, and the window in which people judge."""

from __future__ import annotations

from typing import Any

from bot.domain.comparison import Choice, ComparisonState
from bot.domain.comparison_cards import BlindPair, CompareOffer, ComparisonCard
from bot.domain.message import Block, Message
from bot.views import blocks as b
from bot.views.ids import Action, Callback

SIDE_TEXT = 2800
# Windows whose buttons do everything: nothing is submitted with them.
LOOK_ONLY = "compare.look"
FACT_TEXT = 200
LABELS = {Choice.A: "A", Choice.B: "B", Choice.SAME: "About the same", Choice.BAD: "Both bad"}


# the order


def offer_modal(offer: CompareOffer) -> dict[str, Any]:
    """Price first, then what is compared and how long people need for it."""
    usd = b.about(offer.usd) if offer.usd is not None else "price unknown: ask your provider first"
    lines = [
        b.section(f"*Price*  {usd}, for {offer.texts} short texts"),
        b.section(f"*Who writes*  {_writers(offer)}"),
        b.section(f"*People*  about {offer.minutes} minutes of one person, or less when several share it"),
        _size_menu(offer),
        b.context(_products(offer)),
        b.context(f"Sends the columns {b.esc(', '.join(offer.leave))} to {b.esc(offer.provider_label)}."),
    ]
    if offer.notice:
        lines.append(b.section(f":red_circle: *{b.esc(offer.notice)}*"))
    if offer.rounds:
        lines.append(b.actions(b.button("Earlier rounds", Action.COMPARE_ROUNDS, str(offer.project_id))))
    yes = f"Write · {b.price(offer.usd)}" if offer.usd is not None else "Write at unknown price"
    return b.modal("Did it help?", Callback.COMPARE, lines, submit=yes, close="Not now", metadata=str(offer.project_id))


def _writers(offer: CompareOffer) -> str:
    base = b.esc(offer.base_model)
    with_examples = f"{base} as it is, {base} with {offer.examples} approved texts in its prompt"
    return f"{with_examples}, and `{b.esc(offer.tuned_model)}`" if offer.tuned_model else with_examples


def _products(offer: CompareOffer) -> str:
    """Which products, and why these."""
    never = f"{offer.products} products that the model was not taught with"
    if not offer.held_out:
        return f"{never}. Nobody sees who wrote which text."
    return f"{never}, {offer.held_out} of them kept aside for this. Nobody sees who wrote which text."


def _size_menu(offer: CompareOffer) -> Block:
    """How many products; another choice draws the window again with its price."""
    options = [b.option(f"{size} products", str(size)) for size in offer.sizes]
    chosen = str(offer.products)
    menu = b.select(Action.COMPARE_OPEN, options, chosen=chosen)
    hint = "More products make a small difference visible. A clear one shows with 12."
    return b.asked("How many products?", menu, block_id="size", hint=hint) | {"dispatch_action": True}


# the card


def comparison_card(card: ComparisonCard) -> Message:
    """How it is going, edited in place. It never says who is ahead: that would sway those who vote."""
    title, body = TITLES[card.state], _body(card)
    text = f"{title}{'' if title.endswith('?') else '.'} {_spoken(card)}"
    return Message(text=b.cut(text, b.MESSAGE_TEXT), blocks=[b.header(title), *body, *_buttons(card)])


TITLES = {
    ComparisonState.WRITING: "Did it help? The texts are being written",
    ComparisonState.VOTING: "Did it help? Which text is better?",
    ComparisonState.ENDED: "Did it help? The votes are counted",
    ComparisonState.FAILED: "Did it help? The texts could not be written",
}


def _body(card: ComparisonCard) -> list[Block]:
    if card.state is ComparisonState.WRITING:
        return [b.section(f"{b.bar(card.written, card.texts)} texts"), _foot(card)]
    if card.state is ComparisonState.FAILED:
        kept = f"{card.written} texts are kept and will not be bought again." if card.written else ""
        return [b.section(f":warning: {b.esc(b.cut(card.problem, 1500))}\n{kept}".strip()), _foot(card)]
    if card.state is ComparisonState.ENDED:
        return [b.section(f"{_progress(card)} The result is below."), _foot(card)]
    return [
        b.section(_question(card)),
        b.section(f"{b.bar(card.judged, card.meetings)} pairs judged"),
        *([b.section(f":warning: {card.failed} texts could not be written.")] if card.failed else []),
        _foot(card),
    ]


def _question(card: ComparisonCard) -> str:
    return (
        f"Two texts for one product, and you say which you would rather publish. {card.products} products, "
        f"{card.meetings} pairs, about half a minute each. "
        "Nobody sees who wrote which, and no counts show before the end."
    )


def _progress(card: ComparisonCard) -> str:
    if not card.voters:
        return f"0 of {card.meetings} pairs judged."
    people = "1 person" if card.voters == 1 else f"{card.voters} people"
    return f"{card.judged} of {card.meetings} pairs judged by {people}."


def _spoken(card: ComparisonCard) -> str:
    if card.state is ComparisonState.WRITING:
        return f"{card.written} of {card.texts} texts."
    if card.state is ComparisonState.FAILED:
        return b.esc(b.cut(card.problem, 500))
    return _progress(card)


def _foot(card: ComparisonCard) -> Block:
    people = "" if card.state in (ComparisonState.WRITING, ComparisonState.FAILED) else f"{_voters(card)} · "
    left = (
        f"about {card.minutes_left} minutes left · "
        if card.state is ComparisonState.VOTING and card.minutes_left
        else ""
    )
    usd = f"{b.price(card.usd)} so far · " if card.usd else ""
    return b.context(f"{people}{left}{usd}ordered by <@{card.started_by}>")


def _voters(card: ComparisonCard) -> str:
    if not card.voters:
        return "nobody has voted yet"
    return "1 person has voted" if card.voters == 1 else f"{card.voters} people have voted"


def _buttons(card: ComparisonCard) -> list[Block]:
    this = str(card.id)
    if card.state is ComparisonState.FAILED:
        return [b.actions(b.button("Write what is missing", Action.COMPARE_RETRY, this, style="primary"))]
    if card.state is not ComparisonState.VOTING:
        return []
    compare = b.button("Compare", Action.COMPARE_NEXT, this, style="primary")
    return [b.actions(compare, b.button("Show the result", Action.COMPARE_END, this, confirm=_sure(card)))]


def _sure(card: ComparisonCard) -> Block:
    """Ending closes the votes for everybody, because a result that is seen sways whoever votes after it."""
    left = card.meetings - card.judged
    missing = f"{left} pairs were judged by nobody yet. " if left else ""
    return b.confirm("Close the votes?", f"{missing}Nobody can vote any more once the result is seen.", "Show it")


# judging


def blind_modal(pair: BlindPair) -> dict[str, Any]:
    """One pair: the product's facts, both texts, four answers. An answer brings the next pair at once."""
    facts_shown = b.besides_its_name(pair.product, pair.facts)
    facts = [b.fields([(label, b.cut(value, FACT_TEXT)) for label, value in facts_shown])] if facts_shown else []
    body = [
        b.header(b.cut(pair.product, b.HEADER_TEXT)),
        *facts,
        b.section("*A*"),
        b.quote(b.cut(pair.left, SIDE_TEXT)),
        b.section("*B*"),
        b.quote(b.cut(pair.right, SIDE_TEXT)),
        *([b.section(f":red_circle: *{b.esc(pair.notice)}*")] if pair.notice else []),
        b.section("*Which one would you rather publish?*"),
        b.actions(*(_answer(pair, choice) for choice in Choice)),
        *_way_back(pair),
        b.context(_where(pair)),
    ]
    return b.modal("Which is better?", LOOK_ONLY, body, metadata=str(pair.matchup_id))


def _answer(pair: BlindPair, choice: Choice) -> Block:
    """An answer button; the one given before is marked."""
    given = "✓ " if pair.choice is choice else ""
    return b.button(f"{given}{LABELS[choice]}", f"{Action.COMPARE_VOTE}:{choice}", str(pair.matchup_id))


def _way_back(pair: BlindPair) -> list[Block]:
    if pair.previous_id is None:
        return []
    return [b.actions(b.button("← The one before", Action.COMPARE_BACK, str(pair.previous_id)))]


def _where(pair: BlindPair) -> str:
    if pair.choice is not None:
        return f"You said “{LABELS[pair.choice]}” here. Another answer takes its place."
    return f"You have judged {pair.done} of {pair.total}. Stop whenever you like: every answer is kept."


def thanks_modal(judged: int) -> dict[str, Any]:
    """Nothing is left for this person."""
    said = f":tada: You have judged all {judged} pairs. Thank you!" if judged else ":tada: Nothing is left to judge."
    return b.modal("All done", LOOK_ONLY, [b.section(said), b.context("The project's owner shows the result.")])
