"""Every night: what was kept long enough goes, once for all replicas; 0 days means never."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select, update

from bot.config import Retention
from bot.deps import Deps
from bot.domain.completion import Origin
from bot.errors import NotYet
from bot.jobs import erase, retention
from bot.services import deletion, prompt
from storage.engine import reading, transaction
from storage.models import Catalog, Erasure, Inbox, Note, Outbox, PairsImport, Product, Project
from tests.support.given_catalog import fresh
from tests.support.given_dataset import given_decided
from tests.support.given_erasure import ANA


def later(deps: Deps, **settings: int) -> Deps:
    """The same, 40 days from now and with these settings."""
    kept = deps.settings.model_copy(update={"retention": Retention(**settings)})
    when = deps.now() + timedelta(days=40)
    return replace(deps, settings=kept, now=lambda: when)


async def test_an_upload_goes_after_its_days_and_what_was_read_from_it_stays(deps: Deps) -> None:
    project = await given_decided(deps.db, ANA, deps.now(), approved=1)
    key = await deps.files.put(b"the catalog as it came")
    async with transaction(deps.db) as session:
        await session.exec(update(Catalog).values(file_key=key))
        before = prompt.fingerprint(project, await prompt.catalog_of(session, project))

    await retention.run_once(later(deps, raw_uploads_days=0))
    assert await deps.files.get(key)
    await retention.tidy(later(deps, raw_uploads_days=30))

    with pytest.raises(OSError):
        await deps.files.get(key)
    async with reading(deps.db) as session:
        catalog = (await session.exec(select(Catalog))).one()
        assert catalog.file_key == key and catalog.file_deleted_at is not None  # its hash stays
        assert (await session.exec(select(Product.name))).all() == ["Tea 0"]
        assert prompt.fingerprint(project, catalog) == before  # what an owner said yes to still holds


async def test_an_imported_file_goes_as_a_catalog_does_once_it_was_read(deps: Deps) -> None:
    await given_decided(deps.db, ANA, deps.now(), approved=1)
    read, unread = await deps.files.put(b"pairs that were read"), await deps.files.put(b"pairs to be read")
    async with transaction(deps.db) as session:
        for key, state in ((read, "done"), (unread, "waiting")):
            session.add(
                PairsImport(team_id="T1", project_id=1, file_key=key, origin=Origin.EXTERNAL, state=state,
                            uploader="UANA", created_at=deps.now())
            )  # fmt: skip

    await retention.tidy(later(deps, raw_uploads_days=30))

    assert await deps.files.get(unread)
    with pytest.raises(OSError):
        await deps.files.get(read)


async def test_a_night_is_one_replicas_and_old_traces_go(deps: Deps) -> None:
    async with transaction(deps.db) as session:
        session.add(Inbox(team_id="T1", event_id="Ev1", kind="message", created_at=deps.now(), done_at=deps.now()))
        session.add(Inbox(team_id="T1", event_id="Ev2", kind="message", created_at=deps.now()))
        session.add(Note(team_id="T1", text="Ana, look.", created_at=deps.now()))
    night = later(deps, logs_days=30)

    await retention.run_once(night)
    async with transaction(deps.db) as session:
        session.add(Inbox(team_id="T1", event_id="Ev3", kind="message", created_at=deps.now(), done_at=deps.now()))
    await retention.run_once(replace(night, owner="another"))

    async with reading(deps.db) as session:
        assert set((await session.exec(select(Inbox.event_id))).all()) == {"Ev2", "Ev3"}
        assert (await session.exec(select(Note.text))).all() == [""]


async def test_an_old_project_is_announced_and_goes_unless_somebody_keeps_it(deps: Deps) -> None:
    await given_decided(deps.db, ANA, deps.now(), approved=1)
    await given_decided(deps.db, ANA, deps.now(), approved=1, channel="C2")
    await retention.tidy(later(deps, finished_projects_days=0))
    async with reading(deps.db) as session:
        assert (await session.exec(select(Erasure))).all() == []

    night = later(deps, finished_projects_days=30)
    await retention.tidy(night)
    await retention.tidy(night)  # the next night announces nothing anew
    async with reading(deps.db) as session:
        assert len((await session.exec(select(Outbox.key).where(Outbox.kind == "erasure"))).all()) == 2
    async with transaction(deps.db) as session:
        await deletion.keep(session, 1, ANA, now=night.now())
    in_time = night.now() + timedelta(days=15)
    await erase.run_once(replace(night, now=lambda: in_time))

    assert (await fresh(deps.db, 1)).erased_at is None and (await fresh(deps.db, 2)).erased_at is not None
    async with reading(deps.db) as session:
        assert (await session.exec(select(Project.name).order_by(Project.id))).all()[1] == "Deleted project 2"  # type: ignore[arg-type]
    with pytest.raises(NotYet, match="too late"):
        async with transaction(deps.db) as session:
            await deletion.keep(session, 1, ANA, now=night.now())
    await retention.tidy(replace(night, now=lambda: in_time))
    async with reading(deps.db) as session:
        assert len((await session.exec(select(Erasure))).all()) == 2  # its age counts from the day it was kept
