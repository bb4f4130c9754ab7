"""The day's digest in a batch's thread, the reminder to one person, and the pause from both."""

from __future__ import annotations

from datetime import datetime

from bot.domain.message import Block, Message
from bot.domain.reminders import MOST_REMINDERS, Day, DigestCard, ReminderCard
from bot.views import blocks as b
from bot.views.completion import minutes_in_words
from bot.views.ids import Action


def digest_card(card: DigestCard) -> Message:
    """What happened, what is left, and the next text."""
    day = card.day
    body = [b.section(f"{_since(card, shown=True)}: {_done(day)}."), b.section(_left(card))]
    body += [b.context(paused_line(card.paused_until))] if card.paused_until else []
    buttons = b.actions(b.button("Review next", Action.REVIEW_NEXT, str(card.project_id), style="primary"),
                        pause_button(card.project_id, paused=card.paused_until is not None))  # fmt: skip
    spoken = f"{_since(card, shown=False)} in {b.esc(card.title)}: {_done(day)}. {_left(card)}"
    return Message(text=spoken, blocks=[*body, *([buttons] if day.open or day.disputed else [])])


def _since(card: DigestCard, *, shown: bool) -> str:
    if card.since is None:
        return "So far"
    when = b.date_token(card.since.timestamp(), f"{card.since:%Y-%m-%d %H:%M} UTC")
    return f"Since {when}" if shown else "Since the last digest"


def _done(day: Day) -> str:
    people = "1 person" if day.people == 1 else f"{day.people} people"
    if not day.decided:
        return f"{people} voted; nothing is decided yet"
    texts = "1 text" if day.decided == 1 else f"{day.decided} texts"
    kinds = ((day.approved, "approved"), (day.edited, "edited"), (day.rejected, "rejected"))
    return f"*{texts} decided* by {people} ({', '.join(f'{n} {what}' for n, what in kinds if n)})"


def _left(card: DigestCard) -> str:
    day = card.day
    if not (day.open or day.disputed):
        return "Nothing is left: this batch is done."
    parts = [f"*{day.open} left*"]
    if day.second:
        parts.append(f"{day.second} of them {'needs' if day.second == 1 else 'need'} another vote")
    if day.disputed:
        parts.append(f"people disagree about {day.disputed}")
    minutes = f" About {minutes_in_words(card.minutes)} for each of you." if card.minutes else ""
    return f"{', '.join(parts)}.{minutes}"


def reminder_card(card: ReminderCard) -> Message | None:
    """Texts that wait for one person, with the way to them and the way out of reminders. None: nothing waits."""
    if card.stopped:
        again = b.button("Remind me again", Action.REMIND_AGAIN, str(card.id))
        says = "I will not remind you any more. The texts are where they were: /tune review."
        return Message(text=says, blocks=[b.section(says), b.actions(again)])
    if not card.waiting:
        return None
    texts = "1 text waits" if card.waiting == 1 else f"{card.waiting} texts wait"
    says = f"{texts} for you in “{b.esc(card.project)}”: about {minutes_in_words(card.minutes)}, whenever it suits you."
    last = " This was the last time for this batch." if card.number >= MOST_REMINDERS else ""
    buttons = b.actions(b.button("Review next", Action.REVIEW_NEXT, str(card.project_id), style="primary"),
                        b.button("Don't remind me", Action.REMIND_NEVER, str(card.id)))  # fmt: skip
    why = f"{b.esc(card.title)} · you hear of a batch {MOST_REMINDERS} times at most.{last}"
    return Message(text=says, blocks=[b.section(says), buttons, b.context(why)])


def pause_button(project_id: int, *, paused: bool) -> Block:
    if paused:
        return b.button("Go on now", Action.PAUSE_END, str(project_id))
    return b.button("Pause until Monday", Action.PAUSE, str(project_id))


def paused_line(until: datetime, who: str = "") -> str:
    when = b.date_token(until.timestamp(), f"{until:%Y-%m-%d %H:%M} UTC")
    by = f" by <@{who}>" if who else ""
    return f":double_vertical_bar: Paused{by} until {when}: nobody is reminded and there is no digest."
