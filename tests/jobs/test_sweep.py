"""Files that nothing names any more are deleted, others are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.deps import Deps
from bot.jobs import sweep
from storage.engine import transaction
from storage.models import Catalog, CatalogState


async def test_only_old_files_that_no_row_names_are_deleted(deps: Deps) -> None:
    named, forgotten = await deps.files.put(b"in use"), await deps.files.put(b"of a workspace that is gone")
    async with transaction(deps.db) as session:
        session.add(
            Catalog(
                team_id="T1", channel_id="C1", filename="tea.csv", file_key=named, state=CatalogState.USED,
                uploader="UANA", created_at=deps.now(),
            )
        )  # fmt: skip

    await sweep.run_once(deps)
    assert await deps.files.get(forgotten) == b"of a workspace that is gone"

    tomorrow = deps.now() + timedelta(days=1, minutes=1)
    await sweep.run_once(replace(deps, now=lambda: tomorrow))

    assert await deps.files.get(named) == b"in use"
    assert await deps.files.older_than(tomorrow) == [named]
