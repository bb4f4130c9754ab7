"""The settings window: a list of sections, each with its fields. Add a section by adding it to `SECTIONS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.domain.message import Block
from bot.domain.settings import SettingsCard
from bot.views import blocks as b
from bot.views.deletion import delete_button
from bot.views.ids import Callback

# In words, because a bare figure beside "votes" tells nobody what happens.
VOTES = ("1 person decides", "2 people must agree", "3 people must agree", "4 people must agree", "5 people must agree")
BY_TYPE = ":type"
TELLING = {
    "digest": "A digest a day in the thread, when something happened",
    "reminders": "A reminder to reviewers for whom texts wait, three times at most",
}
WEEKENDS = {"quiet": "Nobody is reminded on Saturdays and Sundays"}
MOST_COLUMNS = 99


def settings_view(card: SettingsCard) -> dict[str, Any]:
    """All sections, one under the other."""
    body: list[Block] = []
    for title, fields in SECTIONS:
        body += [b.header(title), *fields(card)]
    return b.modal("Settings", Callback.SETTINGS, body, submit="Save", metadata=str(card.project_id))


def review_section(card: SettingsCard) -> list[Block]:
    """How many people must agree, whose yes is needed, who has the last word, and what is mixed."""
    now = card.settings
    votes = [b.option(label, str(number)) for number, label in enumerate(VOTES, start=1)]
    return [
        b.asked("Who decides on a text?", b.select("votes", votes, chosen=str(now.votes)), block_id="votes"),
        b.asked("A group whose yes is needed", b.text_input("group_name", value=now.group_name, max_length=40,
                placeholder="Regulatory"), block_id="group_name", optional=True),
        b.asked("Who is in this group?", _people("group", now.group), block_id="group", optional=True,
                hint="Without a yes from one of them no text counts. Leave both empty for no group."),
        b.asked("Who has the last word where people disagree?", _people("adjudicators", now.adjudicators),
                block_id="adjudicators", optional=True, hint="Nobody here means the project's owners."),
        *_spread(card),
    ]  # fmt: skip


def _spread(card: SettingsCard) -> list[Block]:
    if not card.columns:
        return []
    columns = [b.option(name, str(number)) for number, name in enumerate(card.columns[:MOST_COLUMNS])]
    options = [b.option("The product's type", BY_TYPE), *columns]
    known = card.settings.spread_by in card.columns[:MOST_COLUMNS]
    chosen = str(card.columns.index(card.settings.spread_by)) if known else BY_TYPE
    hint = "Reviewers see one text of each kind in turn, so that no kind waits until the end."
    return [b.asked("Mix the texts by", b.select("spread_by", options, chosen=chosen), block_id="spread_by", hint=hint)]


def rejecting_section(card: SettingsCard) -> list[Block]:
    """What *Reject* offers to tick."""
    value = "\n".join(card.settings.reject_reasons)
    box = b.text_input("reject_reasons", value=value, multiline=True, max_length=1000)
    hint = "One a line, up to ten. Whoever rejects a text ticks one or writes their own."
    return [b.asked("Reasons to tick", box, block_id="reject_reasons", optional=True, hint=hint)]


def keeping_section(card: SettingsCard) -> list[Block]:
    """How long uploads are kept, and the way to delete everything."""
    days = "1 day" if card.uploads_days == 1 else f"{card.uploads_days} days"
    files = f"Files you upload are deleted here after {days}" if card.uploads_days else "Files you upload are kept here"
    said = f"{files}; the products read from them stay. Texts, verdicts and frozen versions stay until you delete them."
    return [b.section(said), b.actions(delete_button(card.project_id))]


def reminding_section(card: SettingsCard) -> list[Block]:
    """The day's digest, reminders, and the hours in which nobody is reminded."""
    now = card.settings
    hours = [b.option(f"{hour:02}:00", str(hour)) for hour in range(24)]
    ticked = [key for key, on in (("digest", now.digest), ("reminders", now.reminders)) if on]
    zone = b.text_input("time_zone", value=now.time_zone, placeholder="Europe/Berlin", max_length=60)
    quiet = "In the reader's own time zone, where Slack knows it. The digest comes when they end."
    return [
        b.asked("What I tell you", _ticks("telling", TELLING, ticked), block_id="telling", optional=True),
        b.asked("Quiet from", b.select("quiet_from", hours, chosen=str(now.quiet_from)), block_id="quiet_from",
                hint=quiet),
        b.asked("Quiet until", b.select("quiet_to", hours, chosen=str(now.quiet_to)), block_id="quiet_to",
                hint="The same hour twice means no quiet hours."),
        b.asked("On weekends", _ticks("weekends", WEEKENDS, ["quiet"] if now.quiet_weekends else []),
                block_id="weekends", optional=True),
        b.asked("Time zone of the project", zone, block_id="time_zone", optional=True,
                hint="Empty means that of whoever started the project."),
    ]  # fmt: skip


def _ticks(action: str, labels: Mapping[str, str], ticked: Sequence[str]) -> Block:
    options = {key: b.option(label, key) for key, label in labels.items()}
    made: Block = {"type": "checkboxes", "action_id": action, "options": list(options.values())}
    return made | ({"initial_options": [options[key] for key in ticked]} if ticked else {})


def _people(action: str, chosen: tuple[str, ...]) -> Block:
    made: Block = {"type": "multi_users_select", "action_id": action}
    return made | ({"initial_users": list(chosen)} if chosen else {})


Section = tuple[str, Callable[[SettingsCard], list[Block]]]
SECTIONS: list[Section] = [
    ("Review", review_section),
    ("Rejecting", rejecting_section),
    ("Reminders", reminding_section),
    ("What is kept, and for how long", keeping_section),
]
