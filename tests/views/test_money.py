"""What people see of money: nothing that is unknown looks like nothing, and data stays data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.domain.completion import RunCard, RunKind, RunState
from bot.domain.spending import Doubt, For, MoneyCard, RequestState, Running, SpendCard, Sums
from bot.views import completion as writing
from bot.views import money as views

CARD = MoneyCard(
    project_id=1,
    name="Teas <!channel>",
    sums=Sums(total=6.5, month=4.5, today=0.001),
    people=(("U0ANA", 4.0), ("U0BEN", 2.5)),
    days=((date(2026, 11, 21), 0.0), (date(2026, 11, 22), 3.0)),
    purposes=((For.WRITING, 6.5),),
    doubt=Doubt(unpriced=3, lost=1, lost_usd=0.5),
    budget_usd=10.0,
    month_cap_usd=100.0,
    month_all_usd=140.0,
    running=(Running("ft:tea", None, None, None),),
)


def test_sums_budgets_and_what_is_unknown_are_said() -> None:
    message = views.money_card(CARD)
    words = str(message.blocks)

    assert "Today under 1 cent · this month $4.50 · in total $6.50" in message.text
    assert "*$3.50* of this project's budget of $10 is left" in message.text and "*$0* of this month's $100" in words
    assert "3 requests without a known price: in none of these sums" in words
    assert "1 request whose answer was lost: counted at the most they can have cost, $0.50" in words
    assert "costs money by the hour; nobody told me how much" in words
    assert "Sun 22 Nov: $3.00" in words and "21 Nov" not in words
    assert "<!channel>" not in message.text


def test_a_question_about_money_has_its_price_on_the_button_until_it_is_answered() -> None:
    card = SpendCard(7, 1, "U0ANA", "write 5,000 texts <!here>", 12.0, RequestState.OPEN)

    asked = views.spend_card(card)
    unknown = views.spend_card(replace(card, usd=None))
    answered = views.spend_card(replace(card, state=RequestState.APPROVED, decided_by="U0BEN"))

    assert asked.text == "<@U0ANA> asks for about $12 to write 5,000 texts &lt;!here&gt;."
    assert "Approve $12" in str(asked.blocks) and "Approve, price unknown" in str(unknown.blocks)
    assert "Approve $12" not in str(answered.blocks) and "Approved by <@U0BEN>" in answered.text


def test_a_run_says_when_most_of_what_it_may_cost_is_spent() -> None:
    card = RunCard(1, 1, RunKind.WRITE, RunState.RUNNING, 60, 30, 0, 60.0, 0.85, "U0ANA", cap_usd=1.0)

    assert "Four fifths of the $1.00 that this may cost is spent" in writing.run_card(card).text
    assert "fifths" not in writing.run_card(replace(card, usd=0.5)).text
    assert "fifths" not in writing.run_card(replace(card, state=RunState.DONE)).text
