"""The marks on texts: what stands in no cell of the product, and what breaks the rules of the house.

Nothing is stored: marks follow the style and the text as they are now. One text takes about two milliseconds, so cards
compute theirs when they are drawn; bulk approval asks only for the rules, a tenth of that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Origin
from bot.domain.marks import Mark, marks_of, rule_marks, says_more
from bot.domain.people import Actor
from bot.domain.project import Style
from bot.domain.repeated import Repeated, free_words, repeated, with_hint
from bot.errors import NotFound
from bot.services.project import as_owner, escaped, note, settings_of, style_of
from storage import outbox
from storage import project as projects
from storage import review as reviews
from storage import rules as queries
from storage.models import Completion, Project
from storage.review import Sources


async def marks_for(session: AsyncSession, found: Sources) -> tuple[Mark, ...]:
    """The marks of one text, against its product and prompt and the project's house style."""
    project = await projects.by_id(session, found.completion.project_id)
    return marks_of(
        found.completion.text,
        sources=_sources_of(found),
        style=style_of(project) if project else Style(),
        finish_reason=_finish_reason(found.completion),
    )


async def blocks_bulk(session: AsyncSession, completion_ids: Sequence[int]) -> dict[int, tuple[Mark, ...]]:
    """Of these texts, those that bulk approval must leave for somebody to look at, each with the reasons."""
    found: dict[int, tuple[Mark, ...]] = {}
    styles: dict[int, Style] = {}
    for text in await queries.texts(session, completion_ids):
        if text.project_id not in styles:
            project = await projects.by_id(session, text.project_id)
            styles[text.project_id] = style_of(project) if project else Style()
        marks = rule_marks(text.text, styles[text.project_id], _finish_reason(text))
        if marks:
            found[text.id or 0] = marks
    return found


async def doubtful(session: AsyncSession, project: Project, completion_ids: Sequence[int]) -> set[int]:
    """Of these texts, those with words that no cell supports.

    Some milliseconds a text: for one that holds the database's turn to write this is too long."""
    style = style_of(project)
    found = [
        (one.completion.id or 0, one.completion.text, tuple(_sources_of(one)))
        for one in await reviews.sources_of(session, completion_ids)
    ]

    def look() -> set[int]:
        return {number for number, text, sources in found if says_more(text, sources, style)}

    return await asyncio.to_thread(look)


def _finish_reason(text: Completion) -> str:
    """Only for words that the model wrote: an edit mends a cut end."""
    return text.finish_reason if text.origin == Origin.MODEL else ""


def _sources_of(found: Sources) -> Iterator[str]:
    """Every cell of the product, by its column's name too (`Weight (kg)`), and the prompt with its values.

    A text that came out of a cell does not vouch for itself."""
    yield found.product.name
    yield found.prompt.text
    own = found.completion.original if found.completion.origin == Origin.EXISTING else None
    for values in (found.product.values, found.prompt.values):
        for column, value in values.items():
            if value != own:
                yield from (f"{column}: {_words(value)}", _words(value))


def _words(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


# hints that people repeat

# Older ones belong to an earlier round of the template.
REMEMBERED = 200
# So much of a hint is quoted in the offer.
HINT_SHOWN = 200


async def offer_if_repeated(session: AsyncSession, project_id: int, words: str, *, now: datetime) -> bool:
    """Ask once in the channel whether a hint that was given three times belongs in the house style; whether it did."""
    project = await projects.by_id(session, project_id)
    if project is None or not words.strip():
        return False
    offered = settings_of(project).reject_reasons
    said = [
        *await queries.hints(session, project_id, limit=REMEMBERED),
        *(
            replace(one, words=free_words(one.words, offered))
            for one in await queries.reasons(session, project_id, limit=REMEMBERED)
        ),
    ]
    again = repeated(free_words(words, offered), said)
    if again is None or with_hint(style_of(project), again.words) == style_of(project):
        return False
    return await _offer(session, project, again, now=now)


async def _offer(session: AsyncSession, project: Project, again: Repeated, *, now: datetime) -> bool:
    key = f"house_style:{project.id}:{again.ref}"
    if await outbox.by_key(session, project.team_id, key) is not None:
        return False
    who = f"<@{again.people[0]}> has" if len(again.people) == 1 else "Several of you have"
    await note(
        session,
        team_id=project.team_id,
        channel=project.channel_id,
        text=f"{who} asked {again.times} times for the same:\n> {_quoted(again.words)}\n"
        "Put this in the house style? Then every new text keeps to it.",
        key=key,
        now=now,
        button="style.from_hint",
        label="Put it in the house style",
        value=f"{project.id}:{again.ref}",
    )
    return True


def _quoted(words: str) -> str:
    """A note is Slack's markup; these are somebody's words."""
    line = " ".join(words.split())
    short = line if len(line) <= HINT_SHOWN else line[: HINT_SHOWN - 1] + "…"
    return escaped(short).replace("*", "")


async def style_with_hint(session: AsyncSession, project_id: int, ref: str, actor: Actor) -> tuple[Style, str]:
    """The house style as it would be with a hint, and the hint, for an owner to look at and save.

    Raises NotAllowed, NotFound."""
    project = await as_owner(session, project_id, actor)
    words = free_words(await queries.words_of(session, project_id, ref), settings_of(project).reject_reasons)
    if not words:
        raise NotFound("This hint is gone.", todo="Write it into the house style with /tune style.")
    return with_hint(style_of(project), words), words


async def redraw(session: AsyncSession, project_id: int, *, now: datetime) -> None:
    """The house style has changed: the open cards that stand in Slack show the marks of the new one."""
    project = await projects.by_id(session, project_id)
    if project is not None:
        keys = [f"sample:{number}" for number in await queries.shown_open(session, project_id)]
        await outbox.refresh_all(session, team_id=project.team_id, keys=keys, due=now)
