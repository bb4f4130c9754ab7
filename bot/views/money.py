"""What a project spends, its budget's window, and a question about money that takes a second person's answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.domain.message import Block, Message
from bot.domain.money import about, in_words
from bot.domain.spending import Doubt, For, MoneyCard, RequestState, Running, SpendCard
from bot.views import blocks as b
from bot.views.ids import Action, Callback

PEOPLE_SHOWN = 10
BAR = 10

PURPOSES = {
    For.WRITING: "Writing texts",
    For.TRYING: "Trying: five at a time, before and after",
    For.COMPARING: "Comparing models",
    For.TRAINING: "Teaching models",
    For.SERVING: "Running models by the hour",
}


def money_card(card: MoneyCard) -> Message:
    """For owners and approvers: sums, what is left, and by whom, when and for what it was spent."""
    sums = card.sums
    spent = f"Today {b.price(sums.today)} · this month {b.price(sums.month)} · in total {b.price(sums.total)}"
    left = _left(card)
    body = [b.header(f"Money: {b.cut(card.name, 100)}"), b.section(f"*Spent.* {spent}\n{left}")]
    body += _running(card.running)
    if any(usd for _, usd in card.purposes):
        body += [b.section(_listed("What for", [(PURPOSES[what], usd) for what, usd in card.purposes]))]
        body += [b.section(_listed("Who ordered it", _people(card.people))), b.section(_days(card.days))]
    body += [b.context(*_small_print(card)), b.actions(_budget_button(card))]
    return Message(text=f"{b.esc(card.name)}: {spent}. {left}", blocks=body)


def _left(card: MoneyCard) -> str:
    """The project's budget and the month's cap in a sentence each."""
    budget = "No budget is set for this project."
    if card.budget_usd is not None and card.budget_left is not None:
        budget = f"*{in_words(card.budget_left)}* of this project's budget of {in_words(card.budget_usd)} is left."
    if card.month_cap_usd is None or card.month_left is None:
        return budget
    month = f"*{in_words(card.month_left)}* of this month's {in_words(card.month_cap_usd)} for all projects is left."
    return f"{budget}\n{month}"


def _running(running: Sequence[Running]) -> list[Block]:
    """Deployments that cost something now come before everything that is past."""
    return [
        b.section(f":hourglass_flowing_sand: *{b.esc(b.cut(one.name, 200))}* runs and costs {_hourly(one)}.")
        for one in running[:5]
    ]


def _hourly(one: Running) -> str:
    if one.hourly_usd is None:
        return "money by the hour; nobody told me how much"
    return f"{in_words(one.hourly_usd)} an hour, {b.price(one.usd_so_far)} since it was started"


def _people(people: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    shown = [(f"<@{user}>" if user.isalnum() else b.esc(user) or "nobody", usd) for user, usd in people]
    rest = sum(usd for _, usd in shown[PEOPLE_SHOWN:])
    return shown[:PEOPLE_SHOWN] + ([("others", rest)] if rest else [])


def _listed(title: str, amounts: Sequence[tuple[str, float]]) -> str:
    return "\n".join([f"*{title}*", *(f"{what}: {b.price(usd)}" for what, usd in amounts)])


def _days(days: Sequence[tuple[date, float]]) -> str:
    """The days on which something was spent, each with a bar beside the dearest one."""
    most = max((usd for _, usd in days), default=0.0)
    spent = [(day, usd) for day, usd in days if usd]
    if not spent:
        return f"*Day by day*\nNothing in the last {len(days)} days."
    lines = [f"`{_bar(usd / most)}` {day:%a} {day.day} {day:%b}: {b.price(usd)}" for day, usd in spent]
    return "\n".join([f"*Day by day* (the last {len(days)}; days without spending are left out)", *lines])


def _bar(part: float) -> str:
    filled = max(1, round(BAR * part))
    return "█" * filled + "░" * (BAR - filled)


def _small_print(card: MoneyCard) -> list[str]:
    lines = [_doubt(card.doubt), "Days and months are those of UTC. What is promised to requests under way is in."]
    if card.second_above_usd is not None:
        lines.append(f"Orders above {in_words(card.second_above_usd)} take a second person's yes.")
    return [" ".join(line for line in lines if line)]


def _doubt(doubt: Doubt) -> str:
    parts = []
    if doubt.unpriced:
        parts.append(f":warning: {_requests(doubt.unpriced)} without a known price: in none of these sums.")
    if doubt.lost:
        lost = f"{_requests(doubt.lost)} whose answer was lost: counted at the most they can have cost"
        parts.append(f"{lost}, {b.price(doubt.lost_usd)}.")
    return " ".join(parts)


def _requests(count: int) -> str:
    return f"{count:,} request{'s' if count != 1 else ''}"


def _budget_button(card: MoneyCard) -> Block:
    label = "Set a budget" if card.budget_usd is None else "Change the budget"
    return b.button(label, Action.MONEY_BUDGET, str(card.project_id))


def budget_modal(project_id: int, budget_usd: float | None) -> dict[str, Any]:
    """What the project may spend in total."""
    now = "" if budget_usd is None else f"{budget_usd:.2f}".removesuffix(".00")
    typed = b.text_input("usd", value=now, placeholder="25", max_length=12)
    asked = b.asked(
        "Budget in US dollars",
        typed,
        block_id="usd",
        optional=True,
        hint="For everything this project ever buys. Empty: no budget of its own; the month's cap for all stays.",
    )
    return b.modal("Budget", Callback.MONEY_BUDGET, [asked], submit="Save", metadata=str(project_id))


OUTCOMES = {
    RequestState.APPROVED: ":white_check_mark: Approved by <@{who}>. <@{asker}> can order it now.",
    RequestState.USED: ":white_check_mark: Approved by <@{who}>, and ordered.",
    RequestState.REFUSED: ":no_entry_sign: <@{who}> said no. Nothing was bought.",
    RequestState.EXPIRED: "Nobody answered for a day. Nothing was bought; <@{asker}> can order again.",
    RequestState.REPLACED: "<@{asker}> asks for something else by now: see below.",
}


def spend_card(card: SpendCard) -> Message:
    """Somebody asks for money: the buttons go once it is answered."""
    price = "money at a price that nobody knows" if card.usd is None else about(card.usd)
    asks = f"<@{card.asked_by}> asks for {price} to {b.esc(card.words)}."
    outcome = OUTCOMES.get(card.state, "").format(who=card.decided_by, asker=card.asked_by)
    body = [b.section(f":moneybag: {asks}"), b.context(outcome or _who_may())]
    return Message(text=f"{asks} {outcome}".strip(), blocks=[*body, *([] if outcome else [_answers(card)])])


def _who_may() -> str:
    return "Another owner or an approver of money decides. Nothing is bought before that."


def _answers(card: SpendCard) -> Block:
    yes = "Approve, price unknown" if card.usd is None else f"Approve {in_words(card.usd)}"
    return b.actions(
        b.button(yes, Action.MONEY_YES, str(card.id), style="primary"), b.button("No", Action.MONEY_NO, str(card.id))
    )
