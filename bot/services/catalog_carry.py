"""Brings a project's texts over to another version of its catalog, a chunk a transaction.

A text whose product is as it was moves along with its decision. One whose product changed in a cell that it stands on
is kept as it is under the old version, and a copy of it is open for review under the new one. One whose product is
gone is kept, too. Going back to the former version finds everything where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import PLACES, DrawnPrompt, position_of
from bot.domain.catalog_diff import CellChange, change_in_words, changed_behind, place_among, place_of_value
from bot.domain.completion import RunKind, RunState, WritingState
from bot.domain.review import PAIR_STATES, ReviewState
from bot.errors import BotError
from bot.services import prompt as prompts
from bot.services.catalog_diff import matched
from bot.services.review_cards import say_batch, top_up
from storage import catalog as catalogs
from storage import catalog_diff as queries
from storage import completion as runs
from storage import outbox
from storage import project as projects
from storage import review as reviews
from storage.catalog import Row
from storage.models import Catalog, CatalogSwitch, Completion, Project, Prompt, Run

# Prompts in one transaction; each has a text or two, which are changed or copied: well below 500 rows.
CHUNK = 100
REVIVED = 500
TITLE = "Products that changed"


@dataclass(frozen=True, slots=True)
class Material:
    """What a switch works with; `match` maps old products to new ones, by id."""

    old: Catalog
    new: Catalog
    match: Mapping[int, int]

    @property
    def splits(self) -> dict[str, str]:
        return {**self.old.splits, **self.new.splits}

    @property
    def is_same_catalog(self) -> bool:
        return self.old.id == self.new.id


async def material(session: AsyncSession, switch: CatalogSwitch) -> Material | None:
    """Reads both versions whole; to be called outside of a transaction. None: a catalog is gone."""
    old = await catalogs.by_id(session, switch.old_catalog_id)
    new = await catalogs.by_id(session, switch.new_catalog_id)
    if old is None or new is None:
        return None
    return Material(old, new, await matched(session, old, new))


async def revive(session: AsyncSession, switch: CatalogSwitch, *, now: datetime) -> int:
    """Texts that were set aside when this version went out of use count again; how many, at most 500."""
    if switch.old_catalog_id == switch.new_catalog_id:
        return 0
    back = await queries.revive(session, switch.project_id, switch.new_catalog_id, limit=REVIVED)
    await _redraw(session, switch, back, now=now)
    return len(back)


async def _redraw(session: AsyncSession, switch: CatalogSwitch, texts: Sequence[int], *, now: datetime) -> None:
    """Texts that count again, or no more, say so on their cards."""
    for key in await queries.cards_of(session, switch.team_id, texts):
        await outbox.refresh(session, team_id=switch.team_id, key=key, due=now)


async def carry(
    session: AsyncSession, switch: CatalogSwitch, made_of: Material, *, now: datetime, size: int = CHUNK
) -> int:
    """Bring the texts of the next prompts over; how many prompts those were, 0 when there are no more."""
    project = await projects.by_id(session, switch.project_id)
    found = await queries.prompts_with_texts(
        session, switch.project_id, switch.old_catalog_id, after=switch.last_prompt_id, limit=size
    )
    if project is None or not found:
        return 0
    chunk = await _chunk(session, project, switch, made_of, found)
    for prompt in found:
        await chunk.bring(session, prompt)
    await chunk.close(session, last=found[-1].id or 0, now=now)
    return len(found)


async def _chunk(
    session: AsyncSession, project: Project, switch: CatalogSwitch, made_of: Material, found: Sequence[Prompt]
) -> _Chunk:
    old_ids = list({prompt.product_id for prompt in found})
    new_ids = list({made_of.match[one] for one in old_ids if one in made_of.match})
    rows = await catalogs.products_by_id(session, list({*old_ids, *new_ids}))
    texts: dict[int, list[Completion]] = {}
    for text in await queries.texts_of(session, [prompt.id or 0 for prompt in found]):
        texts.setdefault(text.prompt_id, []).append(text)
    offered = await _offered(session, project, new_ids)
    return _Chunk(project, switch, made_of, {row[0]: row for row in rows}, texts, offered)


async def _offered(session: AsyncSession, project: Project, ids: Sequence[int]) -> dict[int, list[DrawnPrompt]]:
    """Today's prompts of these products; none where the template does not fit the catalog."""
    try:
        return await prompts.of_products(session, project, ids)
    except BotError:
        return {}


class _Chunk:
    """Some prompts with their texts and products, and what became of them."""

    def __init__(
        self,
        project: Project,
        switch: CatalogSwitch,
        made_of: Material,
        rows: Mapping[int, Row],
        texts: Mapping[int, list[Completion]],
        offered: Mapping[int, list[DrawnPrompt]],
    ) -> None:
        self.project, self.switch, self.made_of = project, switch, made_of
        self.rows, self.texts, self.offered = rows, texts, offered
        self.kept = self.unplaced = 0
        self.aside: list[int] = []
        self.back: list[tuple[Completion, DrawnPrompt, tuple[CellChange, ...]]] = []

    async def bring(self, session: AsyncSession, prompt: Prompt) -> None:
        """Decide about one prompt: along, back to review, or set aside."""
        new = self.rows.get(self.made_of.match.get(prompt.product_id, 0))
        old = self.rows[prompt.product_id]
        changed = changed_behind(prompt.values, old[3], new[3], self.made_of.splits) if new else ()
        if new is not None and not changed and await self._move(session, prompt, new):
            return
        texts = self.texts.get(prompt.id or 0, [])
        self.aside += [text.id or 0 for text in texts if not text.outdated]
        if new is not None and changed:
            self._send_back(prompt, new, texts, changed)

    async def _move(self, session: AsyncSession, prompt: Prompt, new: Row) -> bool:
        """The prompt with its texts at its place in the new version. False: the value it was about is gone."""
        offered = self.offered.get(new[0], [])
        before = prompt.position % PLACES if prompt.position >= 0 else (-1 - prompt.position) % PLACES
        same = next((number for number, one in enumerate(offered) if one.position % PLACES == before), -1)
        place = place_among(prompt.text, prompt.values, same, [(one.text, one.values) for one in offered])
        if place is None and offered and not self.made_of.is_same_catalog and self._is_split(prompt):
            return False
        position = offered[place].position if place is not None else -1 - position_of(new[1], before)
        standing = [text for text in self.texts.get(prompt.id or 0, []) if text.review in PAIR_STATES]
        self.kept += len(standing)
        self.unplaced += len(standing) if place is None else 0
        await self._put(session, prompt, new[0], position)
        return True

    def _is_split(self, prompt: Prompt) -> bool:
        return any(name in self.made_of.splits for name in prompt.values)

    async def _put(self, session: AsyncSession, prompt: Prompt, product_id: int, position: int) -> None:
        """Move the row; where the same prompt was drawn there before, its texts come together."""
        catalog_id = self.made_of.new.id
        name = prompts.name_of(catalog_id, position, prompt.system, prompt.text)
        there = await queries.by_fingerprint(session, prompt.project_id, name)
        into = (there.id or 0) if there is not None else (prompt.id or 0)
        if there is None:
            values = {"catalog_id": catalog_id, "product_id": product_id, "position": position, "fingerprint": name}
            came = {} if self.made_of.is_same_catalog else {"carried_from": self.made_of.old.id}
            await queries.move_prompt(session, prompt.id or 0, **values, **came)
        await queries.move_texts(session, prompt.id or 0, to_prompt=into, product_id=product_id)

    def _send_back(
        self, prompt: Prompt, new: Row, texts: Sequence[Completion], changed: tuple[CellChange, ...]
    ) -> None:
        """The text that people agreed to last, else the one they were about to look at."""
        offered = self.offered.get(new[0], [])
        place = place_of_value(prompt.values, self.made_of.splits, [one.values for one in offered])
        agreed = [text for text in texts if text.review in PAIR_STATES and not text.outdated]
        waiting = [text for text in texts if _is_waiting(text)]
        if place is not None and (agreed or waiting):
            self.back.append(((agreed or waiting)[-1], offered[place], changed))

    async def close(self, session: AsyncSession, *, last: int, now: datetime) -> None:
        """Write down what was decided of the whole chunk, and how far the switch is."""
        await queries.set_aside(session, self.aside)
        await _redraw(session, self.switch, self.aside, now=now)
        batch_id = self.switch.batch_id
        copies = 0
        if self.back:
            batch_id, copies = await _copies(session, self.project, self.switch, self.back, now=now)
        await queries.change_switch(
            session,
            self.switch.id or 0,
            last_prompt_id=last,
            batch_id=batch_id,
            kept=self.switch.kept + self.kept,
            unplaced=self.switch.unplaced + self.unplaced,
            set_aside=self.switch.set_aside + len(self.aside) - copies,
            sent_back=self.switch.sent_back + copies,
        )


def _is_waiting(text: Completion) -> bool:
    return (
        text.state == WritingState.WRITTEN
        and text.batch_id is not None
        and not text.outdated
        and text.review not in (*PAIR_STATES, ReviewState.REJECTED, ReviewState.REPLACED)
    )


async def _copies(
    session: AsyncSession,
    project: Project,
    switch: CatalogSwitch,
    back: Sequence[tuple[Completion, DrawnPrompt, tuple[CellChange, ...]]],
    *,
    now: datetime,
) -> tuple[int, int]:
    """Open copies of texts beside what their products are now; the batch and how many those were.

    Where the new version has a text already, because it was in use before, that one stands."""
    batch_id, run = await _batch(session, project, switch, now=now)
    stored = await prompts.keep(session, project, [drawn for _, drawn, _ in back])
    products = [prompt.product_id for prompt in stored]
    taken = await queries.taken_places(session, switch.project_id, switch.new_catalog_id, products)
    number = await runs.last_number(session, batch_id)
    rows: list[dict[str, object]] = []
    for (text, _, changed), prompt in zip(back, stored, strict=True):
        if prompt.position in taken:
            continue
        taken.add(prompt.position)
        rows.append(_copy(text, prompt, run, batch_id, number + len(rows) + 1, change_in_words(changed), now=now))
    await runs.add_texts(session, rows)
    return batch_id, len(rows)


async def _batch(session: AsyncSession, project: Project, switch: CatalogSwitch, *, now: datetime) -> tuple[int, Run]:
    """The switch's own review batch, and the run that stands behind it and buys nothing."""
    if switch.batch_id is not None:
        batch = await reviews.batch(session, switch.batch_id)
        run = await runs.run(session, batch.run_id or 0) if batch else None
        if run is not None:
            return switch.batch_id, run
    run = await runs.add_run(
        session,
        team_id=project.team_id,
        project_id=project.id,
        kind=RunKind.CARRIED,
        state=RunState.DONE,
        provider="",
        model="",
        temperature=0.0,
        max_tokens=0,
        started_by=switch.started_by,
        created_at=now,
        finished_at=now,
        trace_id=switch.trace_id,
    )
    batch_id, _ = await runs.open_batch(session, run=run, title=TITLE, now=now)
    return batch_id, run


def _copy(
    text: Completion, prompt: Prompt, run: Run, batch_id: int, number: int, change: str, *, now: datetime
) -> dict[str, object]:
    return {
        "team_id": text.team_id,
        "project_id": text.project_id,
        "run_id": run.id,
        "batch_id": batch_id,
        "number": number,
        "prompt_id": prompt.id,
        "product_id": prompt.product_id,
        "parent_id": text.id,
        "state": WritingState.WRITTEN,
        "origin": text.origin,
        "model": text.model,
        "text": text.text,
        "original": text.text,
        "usd": 0.0,
        "product_change": change,
        "created_at": now,
        "trace_id": run.trace_id,
    }


async def finish(session: AsyncSession, switch: CatalogSwitch, *, now: datetime) -> int:
    """Everything is over: the cards say so, and the texts that went back wait for people; how many those are."""
    done = {"done_at": now, "lease_owner": "", "lease_until": None}
    await queries.change_switch(session, switch.id or 0, **done)
    project = await projects.by_id(session, switch.project_id)
    batch = await reviews.batch(session, switch.batch_id) if switch.batch_id is not None else None
    if project is not None and batch is not None and switch.sent_back:
        await runs.set_total(session, batch.id or 0, (await reviews.counts(session, batch_id=batch.id)).total)
        await say_batch(session, batch, project, now=now)
        await top_up(session, batch.id or 0, now=now)
    keys = [f"catalog:{switch.old_catalog_id}", f"catalog:{switch.new_catalog_id}", f"project:{switch.project_id}"]
    keys += [f"batch:{one}" for one in await queries.batches_of(session, switch.project_id)]
    for key in dict.fromkeys(keys):
        await outbox.refresh(session, team_id=switch.team_id, key=key, due=now)
    return switch.sent_back
