"""Product feeds and Parquet files."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.errors import BadCatalog
from bot.ingest.limits import Limits
from bot.ingest.read import read_table

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>
<item><g:id>01</g:id><title><![CDATA[Lamp & shade]]></title><g:image>http://a/1.png</g:image><g:image>http://a/2.png</g:image>
<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping></item>
<item><g:id>2</g:id><title>Größe</title><g:image>http://a/3.png</g:image></item></channel></rss>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_rss_feed_gives_one_row_for_each_item(encoding: str) -> None:
    text = RSS.replace("?>", f' encoding="{encoding}"?>', 1)

    found = read_table(text.encode(encoding))

    assert found.columns == ("id", "title", "image", "shipping country", "shipping price")
    assert found.rows[0] == ["01", "Lamp & shade", '["http://a/1.png","http://a/2.png"]', "DE", "4.90 EUR"]
    assert found.rows[1][:2] == ["2", "Größe"]
    assert found.profile.source.format == "xml" and found.profile.splits() == {"image": "json"}


def test_an_atom_feed_and_plain_xml_work_too() -> None:
    atom = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="http://a"/></entry></feed>'
    plain = b'<!-- mine --><stuff><w id="7"><n>Lamp</n></w><w id="8"><n>Desk</n></w></stuff>'

    assert list(read_table(atom).rows) == [["A", "http://a"]]
    assert list(read_table(plain).rows) == [["7", "Lamp"], ["8", "Desk"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><rss><item><t>&b;</t></item></rss>', "entities"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "entities"),
        ("<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
        ("<rss><channel><item><title>A</title>", "broken"),
        ("<a>" * 100 + "</a>" * 100, "nesting"),
        ("<a><b>c</b></a>", "no list"),
    ],
)
def test_xml_that_is_no_feed_is_explained(text: str, words: str) -> None:
    with pytest.raises(BadCatalog, match=words):
        read_table(text.encode())


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def test_typed_columns_become_text_as_a_person_writes_it() -> None:
    data = parquet(
        id=["00042", None],
        whole=[1.0, 2.0],
        part=[1.5, float("nan")],
        number=[7, None],
        yes=[True, False],
        day=[date(2026, 11, 22), None],
        time=[datetime(2026, 11, 22, 9, 30, tzinfo=UTC), None],
        money=[Decimal("9.50"), None],
        tags=[["a", "b"], []],
        nested=[{"w": 1}, None],
    )

    found = read_table(data)

    assert found.rows[0] == [
        "00042",
        "1",
        "1.5",
        "7",
        "true",
        "2026-11-22",
        "2026-11-22 09:30:00+00:00",
        "9.50",
        '["a","b"]',
        '{"w":1}',
    ]
    assert found.rows[1] == ["", "2", "", "", "false", "", "", "", "", ""]
    assert found.profile.source.format == "parquet" and found.profile.splits() == {"tags": "json"}


def test_parquet_limits_are_checked_before_unpacking() -> None:
    data = parquet(a=["x" * 1000] * 1000)

    with pytest.raises(BadCatalog, match="'rows'"):
        read_table(data, limits=Limits(rows=999))
    with pytest.raises(BadCatalog, match="damaged"):
        read_table(data[:-8])
