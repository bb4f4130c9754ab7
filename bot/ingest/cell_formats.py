"""How a spreadsheet shows a number or a date, where its format says so without knowing the reader's language."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    37: "0",
    38: "0",
    39: "0.00",
    40: "0.00",
}
BUILT_IN |= {5: "0", 6: "0", 7: "0.00", 8: "0.00", 44: "0.00"}  # with the currency of whoever looks at them
NAMED = {"Percent": "0.00%", "Fixed": "0.00", "Standard": "#,##0.00"}
LONGEST = 255  # characters of a code that a spreadsheet takes; more is an attack on whoever fills it with zeros
TOKEN = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|(\[[^\]]*\])|_.|\*.|([^"\\\[_*]+)')
FIGURES = re.compile(r"[#0?,]*[#0?](?:\.[#0?]+)?|\.[#0?]+")
DATE = re.compile(r"(?:d{1,2}|m{1,2}|yyyy|yy)(?:([./\- ]|\\-|\\/)(?:d{1,2}|m{1,2}|yyyy|yy)){2}", re.IGNORECASE)
PART = re.compile(r"d{1,2}|m{1,2}|y{2,4}", re.IGNORECASE)

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """`figures` at least before the mark, decimals from `least` to `most`, literal text around them.

    Thousands are not set apart: which mark does that depends on who looks."""

    figures: int
    least: int
    most: int
    percent: bool = False
    before: str = ""
    after: str = ""

    def shown(self, cell: Cell) -> str | None:
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            return None
        try:
            value = Decimal(repr(cell)) * (100 if self.percent else 1)
            rounded = abs(value).quantize(Decimal(1).scaleb(-self.most), rounding=ROUND_HALF_UP)
        except InvalidOperation:
            return None
        whole, _, decimals = f"{rounded:f}".partition(".")
        decimals = decimals[: self.least] + decimals[self.least :].rstrip("0")
        minus = "-" if value < 0 and rounded else ""
        text = whole.zfill(self.figures) + (f".{decimals}" if decimals else "")
        return f"{minus}{self.before}{text}{self.after}".strip()


@dataclass(frozen=True, slots=True)
class DateFormat:
    """Day, month and year in figures, in the order and with the marks of the sheet."""

    code: str

    def shown(self, cell: Cell) -> str | None:
        if not isinstance(cell, dt.datetime | dt.date) or (isinstance(cell, dt.datetime) and cell.time() != dt.time()):
            return None
        return PART.sub(lambda part: _date_part(part[0].lower(), cell), self.code)


def _date_part(part: str, day: dt.date) -> str:
    if part[0] == "y":
        return f"{day.year:04}" if len(part) > 2 else f"{day.year % 100:02}"
    number = day.day if part[0] == "d" else day.month
    return f"{number:0{len(part)}}"


Format = NumberFormat | DateFormat


def parse_format(code: str) -> Format | None:
    """The format of a code such as `0.00%`, `[$€-407] #,##0.00` or `dd.mm.yyyy;@`. None for one that says nothing here:
    General, text, fractions, exponents, names of months."""
    if len(code) > LONGEST:
        return None
    first = NAMED.get(code, code).split(";")[0]
    plain = re.sub(r"^(?:\[\$-[^\]]*\])+", "", first)
    if DATE.fullmatch(plain):
        return DateFormat(plain.replace("\\", ""))
    pieces = [_literal_or_code(match) for match in TOKEN.finditer(first)]
    if None in pieces:
        return None
    code_only = "".join(text if is_code else "\0" * len(text) for text, is_code in filter(None, pieces))
    whole = "".join(text for text, _ in filter(None, pieces))
    found = FIGURES.findall(code_only)
    if len(found) != 1:
        return None
    start = code_only.index(found[0])
    end = start + len(found[0])
    return _number_format(found[0], whole[:start], whole[end:], code_only[:start] + code_only[end:])


def _literal_or_code(match: re.Match[str]) -> tuple[str, bool] | None:
    """One token's text, and whether it is part of the code; None for a condition such as [>100]."""
    quoted, escaped, currency, bracket, code = match.groups()
    if bracket is not None and not re.fullmatch(r"\[(?:[A-Za-z]+\d*)\]", bracket):
        return None
    if code is not None:
        return code, True
    return quoted or escaped or currency or "", False


def _number_format(figures: str, before: str, after: str, rest: str) -> NumberFormat | None:
    """`rest` is the code around the figures: blanks, signs and a percent sign are understood, anything else is not."""
    if re.search(r"[^\0\s%$€£¥()+\-]", rest) or figures.endswith(","):
        return None
    whole, _, decimals = figures.partition(".")
    percent = "%" in rest
    return NumberFormat(
        figures=max(whole.count("0"), 1), least=decimals.count("0"), most=len(decimals), percent=percent,
        before=before.replace("(", ""), after=after.replace(")", ""),
    )  # fmt: skip
