"""How far people agree, against published examples."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.agreement import Judged, agreement, alpha, interval, judged, row_of, table
from bot.domain.review import Surface, VerdictKind
from bot.domain.votes import Vote

NOW = datetime(2026, 11, 22, tzinfo=UTC)
YES, NO, EDIT = VerdictKind.APPROVED, VerdictKind.REJECTED, VerdictKind.EDITED

# K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), sections A, B and C: one row a person, one
# column a unit, a dot where somebody said nothing.
PUBLISHED = {
    0.095: ("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"),
    0.692: ("a a b b d c c c e d d a", "b a b b b c c c e d d d"),
    0.743: (
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ),
}


def units(rows: tuple[str, ...]) -> list[list[str]]:
    return [[value for value in column if value != "."] for column in zip(*(row.split() for row in rows), strict=True)]


def vote(who: str, kind: VerdictKind, version: int = 1, text: str = "") -> Vote:
    return Vote(who, kind, version, NOW, Surface.BUTTON, text)


@pytest.mark.parametrize(("expected", "rows"), PUBLISHED.items())
def test_alpha_is_what_krippendorff_printed(expected: float, rows: tuple[str, ...]) -> None:
    found = alpha(units(rows))

    assert found is not None and round(found, 3) == expected


def test_alpha_is_one_for_agreement_none_where_nothing_can_be_measured_and_below_zero_for_opposites() -> None:
    assert alpha([["yes", "yes"], ["no", "no"]]) == 1
    assert alpha([["yes", "yes"], ["yes", "yes"]]) is None
    assert alpha([["yes"], ["no"]]) is None
    assert (alpha([["yes", "no"]] * 10) or 0) < 0


def test_the_interval_holds_alpha_is_the_same_every_time_and_narrows_with_more_texts() -> None:
    few = units(PUBLISHED[0.743])
    low, high = interval(few) or (0, 0)

    assert low < (alpha(few) or 0) < high <= 1
    assert interval(few) == (low, high)
    narrow = interval(few * 20) or (0, 2)
    assert narrow[1] - narrow[0] < (high - low) / 3
    assert interval([["yes", "yes"]]) is None


def test_what_counts_is_the_first_wording_that_two_people_judged() -> None:
    alike = judged(7, [vote("ana", YES), vote("ben", YES)])
    changed = judged(7, [vote("ana", YES), vote("ben", EDIT, 1, "Better."), vote("ana", YES, 2)])
    endorsed = judged(7, [vote("ben", EDIT, 1, "Better."), vote("ana", YES, 2)])

    assert alike is not None and alike.agreed and alike.version == 1
    assert changed is not None and not changed.agreed and dict(changed.said) == {"ana": YES, "ben": EDIT}
    assert endorsed is not None and endorsed.agreed and endorsed.version == 2
    assert judged(7, [vote("ana", YES)]) is None


def test_the_table_has_everybody_and_each_two_people_and_counts_what_they_judged_together() -> None:
    texts = [
        Judged(1, 1, (("ana", YES), ("ben", YES))),
        Judged(2, 1, (("ana", YES), ("ben", NO), ("cam", NO))),
        Judged(3, 1, (("ben", NO), ("cam", NO))),
    ]

    lines = {line.who: row_of(line, {"ana": "Ana"}) for line in table(texts)}

    assert agreement(texts).agreed == 2 and agreement(texts).apart == 1
    assert lines["ana", "ben"][:4] == ("Ana and ben", "2", "1", "50.0")
    assert lines["ben", "cam"][:4] == ("ben and cam", "2", "2", "100.0")
    assert lines["ana", "ben", "cam"][1:4] == ("3", "2", "66.7")
