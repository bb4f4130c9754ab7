"""What people disagree about: both versions side by side, who said what, and the buttons to choose."""

from __future__ import annotations

from typing import Any

from bot.domain.message import Block, Message
from bot.domain.review import VerdictKind
from bot.domain.votes import Choice, DisputeCard, Vote, tally
from bot.views import blocks as b
from bot.views.editing import NEXT, whole
from bot.views.ids import Action
from bot.views.review import FACT_TEXT

SAID = {VerdictKind.APPROVED: "approved", VerdictKind.EDITED: "edited it", VerdictKind.REJECTED: "rejected"}
# Side by side in one message, so that three of them stay within it.
SIDE_TEXT = 1200
# What one choice may fill of a window that holds four of them.
WINDOW_TEXT = 5000
LETTERS = "ABCDEFGHI"


def dispute_card(card: DisputeCard) -> Message:
    """On the sample's place in the thread: everybody sees it, who has the last word can settle it."""
    names = " or ".join(f"<@{who}>" for who in card.adjudicators)
    head = f":scales: *People disagree* · {b.esc(card.product)} · {tally(card.said).words}"
    settle = b.button("Settle it", Action.REVIEW_SETTLE, f"{card.id}:{card.version}", style="primary")
    undo = b.button("Undo my vote", Action.REVIEW_UNDO, f"{card.id}:{card.version}")
    blocks = [b.section(head), *_sides(card), b.context(_said(card)), b.actions(settle, undo),
              b.context(f"{names} has the last word. Who voted may still change their mind.")]  # fmt: skip
    spoken = f"{b.esc(card.product)}: people disagree, {tally(card.said).words}. {names} has the last word."
    return Message(text=b.cut(spoken, b.MESSAGE_TEXT), blocks=blocks, version=card.version)


def _sides(card: DisputeCard) -> list[Block]:
    """Two versions beside each other, exactly as they are; up to four of them."""
    if len(card.choices) == 1:
        return [b.quote(b.cut(card.choices[0].text, SIDE_TEXT))]
    rows = []
    for pair in (card.choices[:2], card.choices[2:4]):
        titles = [b.mrkdwn(f"*{_title(choice, card)}*") for choice in pair]
        texts = [b.plain(choice.text, SIDE_TEXT) for choice in pair]
        rows += [{"type": "section", "fields": [*titles, *texts]}] if pair else []
    return rows


def settle_view(card: DisputeCard, *, following: bool = False) -> dict[str, Any]:
    """The versions in full, each with its button; choosing closes the matter."""
    body: list[Block] = [b.header(card.product)]
    facts = b.besides_its_name(card.product, card.facts)
    body += [b.fields([(label, b.cut(value, FACT_TEXT)) for label, value in facts])] if facts else []
    body += [b.context(_said(card))]
    for choice in card.choices[: len(LETTERS)]:
        body += [b.section(f"*{_title(choice, card)}*"), *whole(b.cut(choice.text, WINDOW_TEXT))]
    return b.modal("Which one counts?", "review.settle", [*body, b.actions(*_buttons(card, following))])


def settled_view() -> dict[str, Any]:
    return b.modal("Settled", "review.settle", [b.section(":scales: Settled. Its card says so, and who decided.")])


def _buttons(card: DisputeCard, following: bool) -> list[Block]:
    """Use one, or reject; in focus mode it can wait."""
    tail = f":{NEXT}" if following else ""
    this = f"{card.id}:{card.version}"
    use = [
        b.button(f"Use {_letter(choice, card)}", f"{Action.REVIEW_CHOOSE}:{choice.number}",
                 f"{this}:{choice.number}{tail}", style="primary")
        for choice in card.choices[: len(LETTERS)]
    ]  # fmt: skip
    reject = b.button("Reject", f"{Action.REVIEW_CHOOSE}:none", f"{this}:none{tail}", style="danger")
    skip = [b.button("Later", f"{Action.REVIEW_NEXT}:skip", f"{this}:{NEXT}")] if following else []
    return [*use, reject, *skip]


def _letter(choice: Choice, card: DisputeCard) -> str:
    return "this text" if len(card.choices) == 1 else LETTERS[choice.number]


def _title(choice: Choice, card: DisputeCard) -> str:
    if len(card.choices) == 1:
        return "The text"
    return f"{LETTERS[choice.number]}: " + (f"as <@{choice.who}> edited it" if choice.who else "as it was first")


def _said(card: DisputeCard) -> str:
    return " · ".join(_one(vote) for vote in card.said)


def _one(vote: Vote) -> str:
    reason = f" (“{b.esc(b.cut(vote.reason, 200))}”)" if vote.reason else ""
    return f"<@{vote.who}> {SAID[vote.kind]}{reason}"
