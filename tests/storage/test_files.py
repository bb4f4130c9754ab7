"""The file store: the same bytes are one file, whoever puts them and when."""

from __future__ import annotations

import asyncio
from pathlib import Path

from storage.files import FileStore


async def test_the_same_bytes_put_by_many_at_once_are_kept_once(tmp_path: Path) -> None:
    store, data = FileStore(str(tmp_path)), b"tea" * 100_000

    keys = await asyncio.gather(*(store.put(data) for _ in range(40)))

    assert len(set(keys)) == 1 and await store.get(keys[0]) == data
    assert names_in(tmp_path) == [keys[0]]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]
