"""Every version of a text in a modal: who, when, and what went and came, word by word."""

from __future__ import annotations

from typing import Any

from bot.domain.completion import Origin
from bot.domain.editing import History, Version
from bot.domain.message import Block
from bot.domain.word_diff import Change, Run, shortened, word_diff
from bot.views import blocks as b
from bot.views.review import outcome

# A modal has a hundred blocks and a version takes three of them.
SHOWN = 25
# The first version is for comparing; the changes show the rest.
FIRST_TEXT = 2500
STYLES = {Change.GONE: {"strike": True}, Change.NEW: {"bold": True}}


def history(found: History) -> dict[str, Any]:
    """Newest first, so that the text as it is stands on top."""
    first, *changes = found.versions
    left_out = len(changes) - SHOWN
    shown = changes[-SHOWN:]
    body: list[Block] = [b.header(found.card.product)]
    if found.card.decided is not None:
        body.append(b.section(outcome(found.card, found.card.decided)))
    for version in reversed(shown):
        body += [b.context(_who(version)), _diff_block(version), b.divider()]
    body += [b.context(f"{left_out} earlier changes are left out.")] if left_out > 0 else []
    body += [b.context(_first_line(found)), b.quote(b.cut(first.text, FIRST_TEXT))]
    return b.modal("History", "sorry", [*body, b.context("*Bold* came, ~struck~ went.")])


def _who(version: Version) -> str:
    when = b.date_token(version.at.timestamp(), version.at.isoformat(" ", "minutes")) if version.at else ""
    taken_back = " · taken back" if version.taken_back else ""
    return f"*Version {version.number}* · <@{version.who}> · {when}{taken_back}"


def _first_line(found: History) -> str:
    by = f"written by {b.esc(found.card.model)}" if found.card.model else "your own text"
    by = by if found.card.origin != Origin.EXISTING else "your own text"
    kept = " It stays beside every edit, as what the model should *not* have written." if found.card.model else ""
    return f"*Version 1* · {by}.{kept}"


def _diff_block(version: Version) -> Block:
    runs = shortened(word_diff(version.before, version.text))
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_quote", "elements": [_piece(run) for run in runs if run.words]}],
    }


def _piece(run: Run) -> dict[str, Any]:
    style = STYLES.get(run.change)
    return {"type": "text", "text": run.words} | ({"style": style} if style else {})
