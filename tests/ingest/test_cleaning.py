"""Every cleaning step has a name, a count, and a switch."""

from __future__ import annotations

import pytest

from bot.ingest.read import read_table
from bot.ingest.table import ReadOptions, Table


def table(text: str, *, skip: str = "", add: str = "") -> Table:
    return read_table(
        text.encode(), options=ReadOptions(skip_steps=frozenset(skip.split()), add_steps=frozenset(add.split()))
    )


STEPS = [
    ("controls", "a\x07b", "ab"),
    ("direction", "\u202eabc", "abc"),
    ("zero_width", "a\u200bb", "ab"),
    ("trim", "\u00a0 a\u3000", "a"),
    ("nfc", "e\u0301", "é"),
    ("errors", "#REF!", ""),
]


@pytest.mark.parametrize(("name", "cell", "clean"), STEPS)
def test_a_step_is_done_counted_and_can_be_switched_off(name: str, cell: str, clean: str) -> None:
    text = f"name,x\nLamp,{cell}\nDesk,{cell}\nBed,fine\n"

    done, left = table(text), table(text, skip=name)

    assert done.column("x") == [clean, clean, "fine"]
    assert [(step.name, step.count) for step in done.profile.steps] == [(name, 2)]
    assert left.column("x") == [cell, cell, "fine"] and not left.profile.steps


OFFERED = [
    ("mojibake", "CafÃ© crÃ¨me", "Café crème"),
    ("html", "<p>Soft &amp; warm</p><ul><li>a</li><li>b</li></ul>", "Soft & warm\na\nb"),
]


@pytest.mark.parametrize(("name", "cell", "clean"), OFFERED)
def test_a_repair_is_offered_and_done_only_when_asked_for(name: str, cell: str, clean: str) -> None:
    text = f"name,x\nLamp,{cell}\nDesk,fine\n"

    offered, done = table(text), table(text, add=name)

    assert offered.column("x")[0] == cell and done.column("x")[0] == clean
    assert [step.name for step in offered.profile.offered] == [name] and not offered.profile.steps
    assert [step.name for step in done.profile.steps] == [name] and not done.profile.offered


def test_good_text_is_not_taken_for_mojibake() -> None:
    text = "name,x\nLamp,Ãgua São João €5 “quoted” naïve\nDesk,â la carte\n"

    assert not table(text).profile.offered


def test_empty_rows_are_left_out() -> None:
    found = table("name,type\nLamp,light\n,\n\n , \nDesk,table\n")

    assert list(found.rows) == [["Lamp", "light"], ["Desk", "table"]]
    assert [(step.name, step.count) for step in found.profile.steps if step.name == "empty_rows"] == [("empty_rows", 2)]


def test_a_header_repeated_among_the_rows_is_left_out() -> None:
    found = table("name,type\nLamp,light\n\ufeffname,type\nDesk,table\n")

    assert [row[0] for row in found.rows] == ["Lamp", "Desk"]


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Summe", "合計", "Grand total"])
def test_a_total_at_the_end_is_left_out_and_told(word: str) -> None:
    found = table(f"name,type,x,price\nLamp,light,y,1\nDesk,table,z,2\n{word},,,3\n")

    assert len(found.rows) == 2 and "total" in found.profile.warnings[0]


def test_a_product_called_total_stays() -> None:
    found = table("name,type,x,price\nTotal,cereal,flakes,1\nDesk,table,z,2\nTotal,cereal,big,4\n")

    assert len(found.rows) == 3 and not found.profile.warnings


def test_formulas_stay_text_and_are_told() -> None:
    found = table("name,price\n=1+1,-2\n@SUM(1),-3\n")

    assert found.column("name") == ["=1+1", "@SUM(1)"]
    assert "2 cells begin like a spreadsheet formula" in found.profile.warnings[0]


def test_exact_duplicates_are_counted_and_kept() -> None:
    found = table("name,type\nA,b\nA,b\nA,c\nA,b\n")

    assert (found.profile.duplicates, len(found.rows)) == (2, 4)


def test_a_step_that_was_switched_off_is_offered_again() -> None:
    left = table("name,x\nLamp, a\n,\n", skip="trim empty_rows")

    assert {step.name for step in left.profile.offered} == {"trim", "empty_rows"}
    assert left.profile.rows == 2


def test_exact_repetitions_go_when_asked_for() -> None:
    found = table("name,type\nA,b\nA,b\nA,c\nA,b\n", add="duplicate_rows")

    assert (found.profile.duplicates, [row[1] for row in found.rows]) == (0, ["b", "c"])
    assert found.profile.steps[0].words == "2 rows repeated an earlier one exactly; they were left out."


NEAR = """id,name,details,price
1,Oak table,Solid oak from Denmark,90
2,oak Table,"Solid oak, from Denmark.",90
3,Oak table,Solid oak from Denmrak,90
4,Oak table,Solid elm from Denmark,90
5,Oak table,Solid oak from Denmark,95
8,Oak chair,Woven wicker seat,90
9,Oak chair,Woven walnut seat,90
6,Shirt M,Soft cotton,10
7,Shirt L,Soft cotton,10
"""


def test_near_repetitions_are_offered_and_variants_are_none() -> None:
    [offer] = table(NEAR).profile.offered
    kept = table(NEAR, add="near_duplicate_rows")

    assert (offer.name, offer.count) == ("near_duplicate_rows", 2)
    assert kept.column("id") == ["1", "4", "5", "8", "9", "6", "7"]


def test_near_repetitions_are_not_looked_for_in_very_long_tables() -> None:
    long = "name,text\n" + "".join(f"Lamp {n // 2},{'Soft' if n % 2 else 'soft'} light\n" for n in range(20_002))

    assert not table(long).profile.offered and table(long[: len(long) // 2]).profile.offered


def test_the_sum_of_a_column_at_the_end_is_a_total_without_a_word() -> None:
    rows = "name,type,stock,price\nLamp,light,3,9.50\nDesk,table,4,90\nBed,bed,5,200\n"

    assert table(f"{rows},,12,\n").column("name") == ["Lamp", "Desk", "Bed"]
    assert len(table(f"{rows},,13,\n").rows) == 4


def test_wholly_empty_columns_are_counted_and_go_when_asked_for() -> None:
    text = "name,blank,type,void\nLamp,,light, \nDesk,,table,\n"

    assert ("empty_columns", 2) in [(step.name, step.count) for step in table(text).profile.offered]
    assert table(text, add="empty_columns").columns == ("name", "type")


def test_a_doubtful_encoding_is_shown_in_other_readings_too() -> None:
    rows = "name;place\nLamp;Mörön\n".encode("cp1252") + b"Bed;\xaa\xb8\xd0\n"

    readings = read_table(rows).profile.readings

    assert len(readings) > 1 and len({one.preview for one in readings}) == len(readings)
    chosen = read_table(rows, options=ReadOptions(encoding=readings[1].encoding))
    assert chosen.profile.source.encoding == readings[1].encoding and not chosen.profile.readings
