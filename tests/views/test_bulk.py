"""What the window for approving the rest says, and what it asks for."""

from __future__ import annotations

from typing import Any

from bot.domain.bulk import Rest
from bot.views.bulk import DOUBTFUL, rest_view


def fields(view: dict[str, Any]) -> dict[str, bool]:
    """The window's questions, and which may be left alone."""
    return {block["block_id"]: block["optional"] for block in view["blocks"] if block["type"] == "input"}


def test_words_that_no_cell_supports_are_counted_and_left_out_unless_a_box_is_ticked() -> None:
    view = rest_view(Rest(7, 9, count=5, unseen=0, listed=(), doubtful=3, doubtful_unseen=2))

    assert "*3 texts* with words that no cell" in str(view["blocks"]) and "2 of them unread" in str(view["blocks"])
    assert fields(view) == {DOUBTFUL: True} and view["submit"]["text"] == "Approve"


def test_where_nothing_else_is_left_the_box_must_be_ticked() -> None:
    view = rest_view(Rest(7, 9, count=0, unseen=0, listed=(), doubtful=3))

    assert fields(view) == {DOUBTFUL: False} and "submit" in view


def test_without_such_texts_nothing_more_is_asked() -> None:
    view = rest_view(Rest(7, 9, count=5, unseen=0, listed=()))

    assert fields(view) == {} and view["submit"]["text"] == "Approve 5"
