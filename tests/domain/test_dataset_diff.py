"""What is new in a version, and the words for it; where a line leads back to."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.completion import Origin
from bot.domain.dataset import Line, Split, digest, digest_of, line_hash
from bot.domain.dataset_diff import dataset_diff
from bot.domain.dataset_lineage import Card, base_of, link_to


def line(number: int) -> Line:
    return Line(
        number, 1, number, f"Tea {number}", "", f"Describe Tea {number}", f"Text {number}.", "", Origin.MODEL, "U1"
    )


def test_added_edited_and_removed_pairs_are_told_by_their_prompts() -> None:
    old = [line(number) for number in range(5)]
    new = [
        replace(line(1), text="Better."),
        line(2),
        replace(line(3), split=Split.VALIDATION),
        *map(line, range(4, 22)),
    ]

    diff = dataset_diff(old, new)

    assert diff.words == "+17 pairs, 1 edited again, 1 removed, 1 on the other side"
    assert [(was.text, now.text) for was, now in diff.changed] == [("Text 1.", "Better.")]
    assert [one.product for one in diff.removed] == ["Tea 0"]


def test_nothing_new_is_said_so_and_one_pair_is_one_pair() -> None:
    assert dataset_diff([line(1)], [replace(line(1), completion_id=9)]).words == "the same pairs"
    assert dataset_diff([], [line(1)]).words == "+1 pair"


def test_a_version_is_named_by_its_lines_own_hashes() -> None:
    lines = [line(number) for number in range(3)]

    assert digest(lines) == digest_of([line_hash(one) for one in lines])
    assert digest(lines) != digest(lines[:2]) and line_hash(line(1)) != line_hash(replace(line(1), text="Text 1!"))


def test_a_card_in_a_thread_is_linked_as_slack_does_it() -> None:
    base = base_of("https://shop.slack.com/archives/C1/p1700000000000100?thread_ts=1.2&cid=C1")

    assert link_to(base, Card("C1", "1700.0001")) == "https://shop.slack.com/archives/C1/p17000001"
    assert link_to(base, Card("C1", "1700.0001", "16.5")).endswith("/p17000001?thread_ts=16.5&cid=C1")
    assert link_to(base, None) == "" and link_to("", Card("C1", "1.2")) == ""
