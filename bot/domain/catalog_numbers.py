"""Numbers as people write them, for sums and comparisons; the cells themselves stay text."""

from __future__ import annotations

import re
from decimal import Decimal

FIGURES = re.compile(r"[+\-−]?\s?\d[\d.,'\u00a0\u202f ]*")
GROUPS = 3  # figures between two thousands marks


def number_in(text: str) -> Decimal | None:
    """The one number in a short text such as "1.234,50 €"; None where there is none or more than one."""
    found = FIGURES.findall(text) if len(text) <= 40 else []
    return _value(found[0]) if len(found) == 1 else None


def _value(figures: str) -> Decimal:
    """The last mark is the decimal one unless it stands where a thousands mark stands."""
    plain = re.sub(r"['\u00a0\u202f ]", "", figures).replace("−", "-").rstrip(".,")
    at = max(plain.rfind("."), plain.rfind(","))
    if at < 0:
        return Decimal(plain)
    mark, decimals = plain[at], len(plain) - at - 1
    thousands = plain.count(mark) > 1 or (decimals == GROUPS and mark == ",")
    whole = re.sub(r"[.,]", "", plain[:at])
    return Decimal(whole + plain[at + 1 :]) if thousands else Decimal(f"{whole or '0'}.{plain[at + 1 :]}")
