"""Files by what they hold: the key is the SHA-256 of the bytes, so the same file is kept once."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import fsspec


@dataclass(frozen=True)
class FileStore:
    """A flat folder of an fsspec file system (a local path, or `s3://bucket/prefix`). Raises OSError."""

    root: str

    async def put(self, data: bytes) -> str:
        """Keep the bytes; the key."""
        key = hashlib.sha256(data).hexdigest()
        await asyncio.to_thread(self._write, key, data)
        return key

    async def get(self, key: str) -> bytes:
        return await asyncio.to_thread(self._read, key)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._delete, key)

    async def older_than(self, moment: datetime) -> list[str]:
        """The keys of files that were put before `moment`."""
        return await asyncio.to_thread(self._older_than, moment)

    def _older_than(self, moment: datetime) -> list[str]:
        system, root = fsspec.core.url_to_fs(self.root)
        if not system.exists(root):
            return []
        found = (path for path in system.find(root) if not path.endswith(".part"))
        return [path.rsplit("/", 1)[-1] for path in found if _utc(system.modified(path)) < moment]

    def _write(self, key: str, data: bytes) -> None:
        system, root = fsspec.core.url_to_fs(self.root)
        system.makedirs(f"{root}/{key[:2]}", exist_ok=True)
        path = f"{root}/{key[:2]}/{key}"
        if system.exists(path) and system.size(path) == len(data):
            return
        # A name of its own: two may put the same bytes at the same time, and each moves what it wrote itself.
        part = f"{path}.{uuid.uuid4().hex}.part"
        with system.open(part, "wb") as out:
            out.write(data)
        system.mv(part, path)

    def _read(self, key: str) -> bytes:
        system, root = fsspec.core.url_to_fs(self.root)
        with system.open(f"{root}/{key[:2]}/{key}", "rb") as source:
            return cast(bytes, source.read())

    def _delete(self, key: str) -> None:
        system, root = fsspec.core.url_to_fs(self.root)
        path = f"{root}/{key[:2]}/{key}"
        if system.exists(path):
            system.rm(path)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
