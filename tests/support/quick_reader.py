"""A reader of catalogs in this process: what it reads is the same, but no process has to start for it."""

from __future__ import annotations

from pathlib import Path

from bot.ingest.read import read_table, read_text
from bot.ingest.table import ReadOptions, Table
from bot.ingest.worker import Reader


class QuickReader(Reader):
    async def read(self, path: Path | str, filename: str, options: ReadOptions | None = None) -> Table:
        return read_table(Path(path), filename=filename, options=options)

    async def read_text(self, text: str, filename: str = "pasted text", options: ReadOptions | None = None) -> Table:
        return read_text(text, filename=filename, options=options)
