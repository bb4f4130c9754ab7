"""The reading process can be broken, and the next catalog is read all the same."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from bot.errors import BadCatalog
from bot.ingest.limits import MIB
from bot.ingest.table import ReadOptions
from bot.ingest.worker import Ceiling, Reader, read_apart
from tests.ingest.old_formats import xls

SMALL = "name,type\nLamp,light\nDesk,table\n"


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    async with Reader() as reader:
        yield reader


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_text(SMALL)
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.csv"
    path.write_text("name,type\n" + "".join(f"Lamp {n},light {n},\n" for n in range(100_000)))
    return path


def children() -> list[psutil.Process]:
    """The reading processes: not the resource tracker, nor a server that other tests started."""
    found = psutil.Process().children()
    return [child for child in found if any("spawn_main" in part for part in child.cmdline())]


async def test_files_and_pasted_text_are_read(reader: Reader, small: Path) -> None:
    table = await reader.read(small, "my.csv", ReadOptions(header_row=0))
    pasted = await reader.read_text("a | b\n1 | 2\n")

    assert table.columns == ("column_1", "column_2") and table.profile.source.file == "my.csv"
    assert list(pasted.rows) == [["1", "2"]]


async def test_a_refusal_keeps_its_words_and_the_process(reader: Reader, small: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    await reader.warm()
    [before] = children()

    with pytest.raises(BadCatalog) as caught:
        await reader.read(tmp_path / "empty.csv", "empty.csv")
    await reader.read(small, "small.csv")

    assert caught.value.message == "The file is empty (0 bytes)." and caught.value.todo
    assert [child.pid for child in children()] == [before.pid]


async def test_one_process_reads_files_one_after_the_other(reader: Reader, small: Path) -> None:
    tables = await asyncio.gather(*(reader.read(small, f"{n}.csv") for n in range(5)))

    assert [table.profile.source.file for table in tables] == [f"{n}.csv" for n in range(5)]
    assert len(children()) == 1


async def test_a_killed_process_is_told_and_replaced(reader: Reader, small: Path, large: Path) -> None:
    await reader.warm()
    [child] = children()
    reading = asyncio.create_task(reader.read(large, "large.csv"))
    await asyncio.sleep(0.1)

    os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(BadCatalog, match="broke down"):
        await reading
    assert len((await reader.read(small, "small.csv")).rows) == 2


async def test_too_much_memory_is_named_and_ends_the_process(small: Path, large: Path) -> None:
    async with Reader(Ceiling(memory=1 * MIB)) as reader:
        with pytest.raises(BadCatalog, match="'memory'"):
            await reader.read(large, "large.csv")
        assert not children()


async def test_too_much_time_is_named_and_ends_the_process(large: Path) -> None:
    async with Reader(Ceiling(seconds=0.0)) as reader:
        with pytest.raises(BadCatalog, match="'time'"):
            await reader.read(large, "large.csv")
        assert not children()


async def test_a_cancelled_caller_frees_the_reader(reader: Reader, small: Path, large: Path) -> None:
    await reader.warm()
    reading = asyncio.create_task(reader.read(large, "large.csv"))
    await asyncio.sleep(0.1)

    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len((await reader.read(small, "small.csv")).rows) == 2


async def test_the_process_is_replaced_after_some_files(small: Path) -> None:
    async with Reader(Ceiling(files=1)) as reader:
        await reader.read(small, "1.csv")
        [first] = children()
        await reader.read(small, "2.csv")
        [second] = children()

    assert first.pid != second.pid
    assert not children()


async def test_the_loop_is_free_while_a_large_file_is_read(reader: Reader, large: Path) -> None:
    await reader.warm()
    loop = asyncio.get_running_loop()
    reading = asyncio.create_task(reader.read(large, "large.csv"))
    longest = 0.0
    while not reading.done():
        before = loop.time()
        await asyncio.sleep(0.01)
        longest = max(longest, loop.time() - before)

    assert len((await reading).rows) == 100_000
    assert longest < 1.0


def endless_workbook(path: Path) -> Path:
    """An XLS file whose table of sectors points into its data, so that its reader asks for ever more memory."""
    data = bytearray(xls([["Name", "x"], ["Lamp", 1.5]]))
    data[76] = 7
    path.write_bytes(data)
    return path


async def test_a_workbook_that_breaks_its_reader_is_refused(small: Path, tmp_path: Path) -> None:
    async with Reader(Ceiling(memory=600 * MIB)) as reader:
        with pytest.raises(BadCatalog, match=r"'memory'|broke down"):
            await reader.read(endless_workbook(tmp_path / "a.xls"), "a.xls")
        assert len((await reader.read(small, "small.csv")).rows) == 2


def test_a_workbook_is_read_apart_without_a_loop(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(xls([["Name", "x"], ["Lamp", 1.5]]))

    assert list(read_apart(tmp_path / "a.xls").rows) == [["Lamp", "1.5"]]
    assert not children()


def test_text_is_read_at_once(small: Path) -> None:
    assert len(read_apart(small).rows) == 2 and not children()
