"""Charts: a PNG that any reader takes, with the lines where the figures are."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts import PALETTE, SIZE, Series, line_chart, ticks

FALLING = Series("taught", ((1.0, 3.0), (20.0, 2.0), (40.0, 1.0)))
ASIDE = Series("kept aside", ((20.0, 2.5), (40.0, 2.0)), dashed=True)


def pixels(png: bytes) -> Any:
    """A reader of its own: checks every chunk's sum, and undoes nothing but the compression."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, body, header = 8, b"", b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        data, crc = png[at + 8 : at + 8 + length], png[at + 8 + length : at + 12 + length]
        assert struct.unpack(">I", crc)[0] == zlib.crc32(kind + data)
        header, body = (data if kind == b"IHDR" else header), body + (data if kind == b"IDAT" else b"")
        at += 12 + length
    width, height, depth, colours = struct.unpack(">IIBB", header[:10])
    assert (depth, colours) == (8, 2)
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def drawn_in(image: Any, colour: tuple[int, int, int]) -> Any:
    """Rows and columns of the plot's own part that have a colour."""
    found = np.argwhere((image == np.array(colour)).all(axis=2))
    return found[found[:, 0] > 60]


def test_a_falling_line_goes_down_from_left_to_right() -> None:
    image = pixels(line_chart([FALLING, ASIDE], x_label="step", y_label="loss"))

    assert image.shape == (SIZE[1], SIZE[0], 3)
    line = drawn_in(image, PALETTE[0])
    left, right = line[line[:, 1].argmin()], line[line[:, 1].argmax()]
    assert left[0] < right[0] and right[1] - left[1] > SIZE[0] / 2


def test_lines_are_told_apart_without_their_colours() -> None:
    """The second one is dashed: along its way there are gaps."""
    image = pixels(line_chart([FALLING, ASIDE], x_label="step", y_label="loss"))

    columns = np.unique(drawn_in(image, PALETTE[1])[:, 1])
    assert (np.diff(columns) > 3).sum() > 5
    assert (np.diff(np.unique(drawn_in(image, PALETTE[0])[:, 1])) <= 2).all()


def test_one_point_is_enough_and_none_is_refused() -> None:
    pixels(line_chart([Series("a", ((1.0, 1.0),))], x_label="x", y_label="y"))
    with pytest.raises(ValueError, match="a chart needs a point"):
        line_chart([Series("a", ())], x_label="x", y_label="y")


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
@settings(max_examples=60)
def test_ticks_are_few_rise_and_hold_everything(low: float, spread: float) -> None:
    found = ticks(low, low + spread)

    assert 2 <= len(found) <= 12 and found == sorted(found)
    slack = (found[1] - found[0]) * 1e-6
    assert found[0] <= low + slack and found[-1] >= low + spread - slack
