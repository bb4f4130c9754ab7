"""Forgetting a person: their id becomes a pseudonym everywhere, and their own words go where that is wanted."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.errors import NotFound
from storage import erasing
from storage import forgetting as queries

# Drawn by lot and written down nowhere: with nothing to compute it from, nobody can find the person by it.
PSEUDONYM = "former-"
RANDOM_BYTES = 6


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What became of a person. `changed` counts rows by table; `files` are stored ones that nothing names any more."""

    pseudonym: str
    changed: Mapping[str, int]
    texts: int  # erased, with what was said of them
    lines: int  # of frozen versions that are tombstones now
    without_owner: tuple[int, ...]
    files: tuple[str, ...]


async def forget(session: AsyncSession, user_id: str, *, erase_texts: bool = False) -> Forgotten:
    """Take a person out of everything, in one transaction: half of it would leave two pseudonyms.

    Texts they wrote stay, as the company's, unless `erase_texts`. Raises NotFound for somebody nobody knows."""
    if not await queries.is_known(session, user_id):
        raise NotFound(f"{user_id} is not known here.", todo="Give a Slack user id, such as U012AB3CD.")
    pseudonym = PSEUDONYM + secrets.token_hex(RANDOM_BYTES)
    texts, lines = await _erase_texts(session, user_id) if erase_texts else (0, 0)
    files = await queries.drop_exports(session, user_id)
    ownerless = await queries.leave(session, user_id)
    changed = Counter(await queries.rename(session, user_id, pseudonym))
    changed.update(await queries.reword(session, user_id, pseudonym))
    return Forgotten(pseudonym, dict(sorted(changed.items())), texts, lines, tuple(ownerless), tuple(sorted(files)))


async def _erase_texts(session: AsyncSession, user_id: str) -> tuple[int, int]:
    """Blank what the person typed: today's texts, frozen lines, and the words of their verdicts."""
    texts = lines = 0
    for ids in await queries.written_by(session, user_id):
        buried = await queries.pairs_of(session, ids, user_id)
        await erasing.bury(session, buried)
        today = await queries.today_by(session, ids, user_id)
        await erasing.blank_texts(session, today)
        texts, lines = texts + len(today), lines + len(buried)
    await queries.blank_words(session, user_id)
    return texts, lines
