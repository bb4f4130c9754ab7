"""Spot checks of a finished catalog: which texts, what is found, what it says of the others, and the files after it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import col, select

from bot.domain.completion import RunState
from bot.domain.people import Actor
from bot.domain.review import ReviewState, VerdictKind
from bot.domain.spot_check import Format
from bot.errors import AlreadyDecided, NotAllowed, NotYet
from bot.services import evaluation_finish as finish
from bot.services import review
from bot.services import spot_check as service
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Completion, Outbox, Project, Run, SpotItem
from tests.services.test_evaluation import TUNED, given_model
from tests.support.given_texts import write_out

ODD = "It weighs 99 kg and is safe."


async def given_finished(
    db: Database, actor: Actor, now: datetime, *, products: int = 60, odd: int = 3
) -> tuple[Project, Run]:
    """A finished catalog of which so many texts invent something, with the texts to look at picked out."""
    project = await given_model(db, actor, now, approved=12, products=products)
    async with transaction(db) as session:
        run = await finish.start_finish(session, project.id or 0, actor, model=TUNED, now=now)
    await write_out(db, run.id or 0, now)
    async with transaction(db) as session:
        mine = select(Completion).where(Completion.run_id == run.id).order_by(col(Completion.id).desc()).limit(odd)
        for text in (await session.exec(mine)).all():
            text.text = ODD
        await projects.change(session, project.id or 0, style={"never_say": ["safe"]})
    await announced(db, run, now)
    return project, run


async def announced(db: Database, run: Run, now: datetime) -> None:
    async with reading(db) as session:
        found = await service.find_suspects(session, run)
    async with transaction(db) as session:
        await service.keep_suspects(session, run, found)
        await finish.announce(session, run, now=now)


async def look(
    db: Database, run: Run, actor: Actor, now: datetime, kinds: list[VerdictKind], text: str = "Better words."
) -> list[str]:
    """Decide on the next texts in turn; what they said."""
    seen = []
    for kind in kinds:
        async with transaction(db) as session:
            card = await service.next_card(session, run.id or 0, actor)
            assert card is not None
            seen.append(card.text.text)
            await service.decide(session, card.item_id, actor, kind, now=now, text=text, text_allowed=True)
    return seen


GOOD, EDITED, REJECTED = VerdictKind.APPROVED, VerdictKind.EDITED, VerdictKind.REJECTED


async def test_the_odd_ones_come_first_then_a_fair_draw(db: Database, actor: Actor, now: datetime) -> None:
    _, run = await given_finished(db, actor, now)
    async with transaction(db) as session:
        await service.start(session, run.id or 0, actor)
        first = await service.next_card(session, run.id or 0, actor)
    assert first is not None and (first.number, first.total) == (1, 20)
    assert "“safe” must not be said" in first.why and "99" in first.why

    seen = await look(db, run, actor, now, [EDITED, REJECTED, EDITED, *[GOOD] * 17])

    assert seen[:3] == [ODD] * 3 and ODD not in seen[3:] and len(set(seen[3:])) == 17
    async with reading(db) as session:
        assert await service.next_card(session, run.id or 0, actor) is None
        found = await service.report(session, run.id or 0)
    assert (found.texts, found.odd) == (48, 3)
    assert (found.good, found.edited, found.rejected, found.waiting, found.left) == (17, 2, 1, 0, 28)


async def test_only_the_lot_speaks_for_the_rest(sqlite_db: Database, actor: Actor, now: datetime) -> None:
    _, run = await given_finished(sqlite_db, actor, now, odd=20)
    async with transaction(sqlite_db) as session:
        await service.start(session, run.id or 0, actor)
    await look(sqlite_db, run, actor, now, [REJECTED if n < 10 else GOOD for n in range(20)])

    async with reading(sqlite_db) as session:
        found = await service.report(session, run.id or 0)
        rows = (await session.exec(select(SpotItem).where(SpotItem.round == 1))).all()
    drawn = [row.kind for row in rows if row.lot_place is not None and row.lot_place < 10]
    assert len(drawn) == found.lot == 10 and found.rejected == 10
    assert found.lot_wrong == drawn.count(REJECTED)
    assert found.lot_wrong < 10  # the odd ones from further down were chosen, not drawn


async def test_corrections_are_in_the_file_made_again(db: Database, actor: Actor, now: datetime) -> None:
    _, run = await given_finished(db, actor, now)
    async with transaction(db) as session:
        await service.start(session, run.id or 0, actor)
        assert not (await finish.finished_card(session, run.id or 0)).can_refresh
    await look(db, run, actor, now, [EDITED, REJECTED, GOOD])

    async with transaction(db) as session:
        assert (await finish.finished_card(session, run.id or 0)).can_refresh
        await finish.files_again(session, run.id or 0, actor, now=now)
        columns, rows = await finish.table(session, run.id or 0)
        card = await finish.finished_card(session, run.id or 0)
        keys = (await session.exec(select(Outbox.key).where(col(Outbox.key).startswith("finished:")))).all()
    marked = {(row[5], row[6]) for row in rows if row[5] in ("Better words.", ODD) or row[6] == "rejected"}
    assert marked == {("Better words.", "looked at"), ("", "rejected"), (ODD, "looked at")}
    odd = next(row for row in rows if row[5] == ODD)
    assert odd[columns.index("House rules")] == "“safe” must not be said"
    assert odd[columns.index("Not in the catalog")] == "99 kg; safe"
    assert sum(row[6] == "not looked at" for row in rows) == 45
    assert not card.can_refresh
    assert f"finished:{run.id}:teas-with-texts-2.xlsx" in keys and f"finished:{run.id}:teas-with-texts.csv" in keys


async def test_what_people_found_good_can_be_taught_from_and_is_not_bought_again(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    project, run = await given_finished(sqlite_db, actor, now, odd=0)
    async with transaction(sqlite_db) as session:
        await service.start(session, run.id or 0, actor)
    await look(sqlite_db, run, actor, now, [GOOD, EDITED, REJECTED, VerdictKind.SKIPPED])

    async with reading(sqlite_db) as session:
        pairs = await review.pairs(session, project.id or 0)
        states = (await session.exec(select(Completion.review).where(Completion.run_id == run.id))).all()
    assert len(pairs) == 12 + 2
    assert sorted(state.value for state in states if state != ReviewState.OPEN) == ["approved", "edited", "rejected"]


async def test_two_people_at_the_same_text_decide_once_and_no_typing_is_lost_silently(
    sqlite_db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    _, run = await given_finished(sqlite_db, actor, now)
    async with transaction(sqlite_db) as session:
        await service.start(session, run.id or 0, actor)
        card = await service.next_card(session, run.id or 0, actor)
        await service.start(session, run.id or 0, colleague)  # the same twenty
        again = await service.next_card(session, run.id or 0, colleague)
    assert card is not None and again is not None and card.item_id == again.item_id and again.total == 20
    async with transaction(sqlite_db) as session:
        await service.decide(session, card.item_id, actor, GOOD, now=now)
    async with transaction(sqlite_db) as session:
        await service.decide(session, card.item_id, colleague, REJECTED, now=now)
    with pytest.raises(AlreadyDecided):
        async with transaction(sqlite_db) as session:
            await service.decide(session, card.item_id, colleague, EDITED, now=now, text="Mine.", text_allowed=True)

    async with reading(sqlite_db) as session:
        found = await service.report(session, run.id or 0)
    assert (found.good, found.rejected, found.edited) == (1, 0, 0)


async def test_everything_is_looked_at_in_the_end_and_guests_are_not_asked(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    _, run = await given_finished(sqlite_db, actor, now, products=30, odd=2)
    guest = Actor("T1", "UGUEST", name="Guest", is_guest=True)
    with pytest.raises(NotAllowed):
        async with transaction(sqlite_db) as session:
            await service.start(session, run.id or 0, guest)
    async with transaction(sqlite_db) as session:
        await service.start(session, run.id or 0, actor)
    await look(sqlite_db, run, actor, now, [GOOD] * 18)
    with pytest.raises(NotYet, match="no further text"):
        async with transaction(sqlite_db) as session:
            await service.start(session, run.id or 0, actor)


async def test_an_order_that_was_cut_short_goes_on_and_pays_only_for_the_rest(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_model(db, actor, now, approved=12, products=20)
    async with transaction(db) as session:
        run = await finish.start_finish(session, project.id or 0, actor, model=TUNED, now=now)
    await write_out(db, run.id or 0, now)
    async with transaction(db) as session:  # as if it had been stopped after five of eight
        first = (await session.exec(select(Run).where(Run.id == run.id))).one()
        first.state = RunState.STOPPED
        mine = select(Completion).where(Completion.run_id == run.id).order_by(col(Completion.id)).limit(3)
        for text in (await session.exec(mine)).all():
            await session.delete(text)
    async with transaction(db) as session:
        offer = await finish.offer_finish(session, project.id or 0, actor, TUNED)
        run = await finish.start_finish(
            session, project.id or 0, actor, model=TUNED, now=now, formats=[Format.PARQUET, Format.CSV]
        )
    assert (offer.agreed, offer.kept, offer.left) == (12, 5, 3)
    await write_out(db, run.id or 0, now)
    await announced(db, run, now)

    async with reading(db) as session:
        _, rows = await finish.table(session, run.id or 0)
        card = await finish.finished_card(session, run.id or 0)
        again = await finish.offer_finish(session, project.id or 0, actor, TUNED)
        keys = (await session.exec(select(Outbox.key).where(col(Outbox.key).contains("-with-texts")))).all()
    assert run.wanted == 3 and all(row[5] for row in rows) and len(rows) == 20
    assert (card.written, card.missing) == (8, 0)
    assert again.left == 8  # a whole order is over: another one writes anew
    assert sorted(key.rsplit(".", 1)[1] for key in keys) == ["csv", "parquet"]


def test_each_format_gives_the_same_table() -> None:
    import csv
    import io

    import openpyxl
    import pandas as pd

    columns, rows = ("SKU", "Text"), [["007", "=1+1"], ["8", "NA"]]

    parquet = pd.read_parquet(io.BytesIO(finish.build_table("a.parquet", columns, rows)))

    assert parquet.values.tolist() == rows
    written = finish.build_table("a.csv", columns, rows).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(written, newline=""))) == [[*columns], ["007", "'=1+1"], ["8", "NA"]]
    sheet = openpyxl.load_workbook(io.BytesIO(finish.build_table("a.xlsx", columns, rows)))["Texts"]
    assert [[cell.value for cell in row] for row in sheet] == [[*columns], *rows]
    assert {cell.data_type for row in sheet for cell in row} == {"s"}  # text, no formula and no number
