"""Archives are unpacked in memory and within bounds."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from bot.errors import BadCatalog
from bot.ingest.limits import Limits
from bot.ingest.read import inspect, read_table
from bot.ingest.table import ReadOptions

CSV = b"name,type\nLamp,light\nDesk,table\n"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "compression"),
    [
        (gzip.compress(CSV, mtime=0), "gzip"),
        (gzip.compress(CSV[:20], mtime=0) + gzip.compress(CSV[20:], mtime=0), "gzip"),
        (gzip.compress(CSV, mtime=0) + b"\0" * 100, "gzip"),
        (zipped(**{"a.csv": CSV}), "zip"),
        (zipped(**{"a.csv.gz": gzip.compress(CSV, mtime=0)}), "zip"),
        (gzip.compress(zipped(**{"a.csv": CSV}), mtime=0), "gzip"),
        (zipped(**{"__MACOSX/._a.csv": b"x", ".DS_Store": b"y", "a.csv": CSV}), "zip"),
    ],
    ids=["gzip", "two in a row", "padded", "zip", "gzip in zip", "zip in gzip", "zip from a Mac"],
)
def test_a_table_is_read_out_of_its_wrapping(data: bytes, compression: str) -> None:
    found = read_table(data)

    assert list(found.rows) == [["Lamp", "light"], ["Desk", "table"]]
    assert found.profile.source.compression == compression
    assert found.profile.verdict == "accept"


def test_of_several_members_the_largest_is_read_and_that_is_told() -> None:
    data = zipped(**{"read me.txt": b"hello", "a.csv": CSV, "b.csv": b"x,y\n1,2\n"})

    profile = read_table(data).profile

    assert profile.source.member == "a.csv" and profile.members == ("read me.txt", "a.csv", "b.csv")
    assert "'a.csv' was read" in profile.warnings[0]


def test_another_member_can_be_chosen() -> None:
    data = zipped(**{"a.csv": CSV, "b.csv": b"x,y\np,q\n"})

    found = read_table(data, options=ReadOptions(member="b.csv"))

    assert found.columns == ("x", "y") and not found.profile.warnings
    with pytest.raises(BadCatalog, match=r"no 'c.csv'"):
        read_table(data, options=ReadOptions(member="c.csv"))


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(**{"a.csv": data})])
def test_a_bomb_is_refused_while_it_grows(pack: object) -> None:
    data = pack(b"a,b\n" * 5_000_000)  # type: ignore[operator]

    with pytest.raises(BadCatalog, match="'compression ratio'"):
        read_table(data)
    with pytest.raises(BadCatalog, match="'unpacked size'"):
        read_table(data, limits=Limits(unpacked_bytes=1_000_000))


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    data = zipped(**{"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b" " * 30_000_000})

    with pytest.raises(BadCatalog, match="'compression ratio'"):
        read_table(data)


@pytest.mark.parametrize("cut", [10, 30, -4])
def test_a_cut_archive_loses_no_rows_silently(cut: int) -> None:
    for data in (gzip.compress(CSV * 50, mtime=0), zipped(**{"a.csv": CSV * 50})):
        with pytest.raises(BadCatalog, match=r"before its end|damaged|cut off"):
            read_table(data[:cut])


@pytest.mark.parametrize("name", ["../evil.csv", "/var/evil.csv", "C:\\evil.csv", "a/../../evil.csv", "..\\evil.csv"])
def test_names_that_leave_the_folder_are_not_trusted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    profile = inspect(zipped(**{name: CSV}))

    assert profile.verdict == "reject" and "outside its folder" in (profile.problem or "")
    assert not list(tmp_path.iterdir())


def test_too_many_files_and_none_are_refused() -> None:
    with pytest.raises(BadCatalog, match="'files in an archive'"):
        read_table(zipped(a=CSV, b=CSV, c=CSV), limits=Limits(members=2))
    with pytest.raises(BadCatalog, match="archive is empty"):
        read_table(zipped())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "PNG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"MZ\x90\0" + b"\0" * 99, "program"),
        (b"", "0 bytes"),
    ],
)
def test_what_is_no_table_is_named(data: bytes, words: str) -> None:
    with pytest.raises(BadCatalog, match=words):
        read_table(data, filename="products.csv")


@pytest.mark.parametrize(
    ("member", "words"),
    [("word/document.xml", "Word"), ("ppt/presentation.xml", "presentation"), ("Index/a.iwa", "Numbers")],
)
def test_documents_that_are_zips_inside_are_named(member: str, words: str) -> None:
    data = zipped(**{"[Content_Types].xml": b"<x/>", member: b"<x/>"})

    for file in (data, gzip.compress(data, mtime=0)):
        with pytest.raises(BadCatalog, match=words):
            read_table(file)
