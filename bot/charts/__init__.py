"""Line charts as PNG, drawn with NumPy alone: a picture of two lines does not need a plotting library.

Everything is drawn three times too large and averaged down, which makes edges smooth.
"""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.charts.glyphs import GLYPHS, HEIGHT, WIDTH

Colour = tuple[int, int, int]
Canvas = Any  # an array of bytes: height, width, three colours

FINE = 3  # drawn so many times too large
SIZE = (960, 480)
LEFT, RIGHT, TOP, BOTTOM = 84, 28, 64, 60
TEXT = 2  # pixels of a glyph's dot
LINE, DOT = 3.0, 5.0
TICKS = 5
PAPER, INK, FAINT = (255, 255, 255), (29, 28, 29), (221, 221, 221)
# Told apart without their colours, too: the second one is dashed.
PALETTE: tuple[Colour, ...] = ((18, 100, 163), (224, 112, 16), (0, 122, 90), (150, 60, 150))


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name in the legend, and its points by x."""

    name: str
    points: tuple[tuple[float, float], ...]
    dashed: bool = False


def line_chart(series: Sequence[Series], *, x_label: str, y_label: str, size: tuple[int, int] = SIZE) -> bytes:
    """A PNG with axes, ticks and a legend. Raises ValueError where there is no point at all."""
    points = [point for line in series for point in line.points if all(map(math.isfinite, point))]
    if not points:
        raise ValueError("a chart needs a point")
    frame = _Frame(points, size)
    canvas = np.full((size[1] * FINE, size[0] * FINE, 3), PAPER, np.uint8)
    _axes(canvas, frame, x_label, y_label)
    for number, line in enumerate(series):
        _curve(canvas, frame, line, PALETTE[number % len(PALETTE)])
    _legend(canvas, series)
    return png(_averaged(canvas))


class _Frame:
    """From figures to pixels."""

    def __init__(self, points: Sequence[tuple[float, float]], size: tuple[int, int]) -> None:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        self.x_ticks, self.y_ticks = ticks(min(xs), max(xs), whole=True), ticks(min(ys), max(ys))
        self.width, self.height = size

    def at(self, x: float, y: float) -> tuple[float, float]:
        (x0, x1), (y0, y1) = (self.x_ticks[0], self.x_ticks[-1]), (self.y_ticks[0], self.y_ticks[-1])
        across, up = (x - x0) / (x1 - x0), (y - y0) / (y1 - y0)
        return LEFT + across * (self.width - LEFT - RIGHT), self.height - BOTTOM - up * (self.height - TOP - BOTTOM)


def ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round figures that hold everything between low and high: steps of 1, 2 or 5 times a power of ten."""
    spread = (high - low) or abs(high) or 1.0
    rough = spread / (TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    if whole:
        step = max(1.0, round(step))
    first, last = math.floor(low / step), math.ceil(high / step)
    if first == last:
        last += 1
    return [number * step for number in range(first, last + 1)]


def _axes(canvas: Canvas, frame: _Frame, x_label: str, y_label: str) -> None:
    for y in frame.y_ticks:
        start, end = frame.at(frame.x_ticks[0], y), frame.at(frame.x_ticks[-1], y)
        _stroke(canvas, start, end, FAINT, 1.0)
        label = figure(y)
        _write(canvas, label, (LEFT - 10 - _width(label), start[1] - HEIGHT * TEXT / 2), INK)
    for x in frame.x_ticks:
        at = frame.at(x, frame.y_ticks[0])
        _stroke(canvas, at, (at[0], at[1] + 6), INK, 1.0)
        label = figure(x)
        _write(canvas, label, (at[0] - _width(label) / 2, at[1] + 12), INK)
    low = frame.at(frame.x_ticks[0], frame.y_ticks[0])
    _stroke(canvas, low, frame.at(frame.x_ticks[-1], frame.y_ticks[0]), INK, 1.5)
    _write(canvas, y_label, (12, TOP - 30), INK)
    _write(canvas, x_label, (frame.width - RIGHT - _width(x_label), frame.height - 24), INK)


def _curve(canvas: Canvas, frame: _Frame, line: Series, colour: Colour) -> None:
    places = [frame.at(x, y) for x, y in line.points if math.isfinite(x) and math.isfinite(y)]
    for start, end in itertools.pairwise(places):
        _stroke(canvas, start, end, colour, LINE, dashed=line.dashed)
    for place in places if len(places) <= 60 else places[-1:]:
        _disc(canvas, place, colour, DOT)


def _legend(canvas: Canvas, series: Sequence[Series]) -> None:
    x = float(LEFT)
    for number, line in enumerate(series):
        colour = PALETTE[number % len(PALETTE)]
        _stroke(canvas, (x, 20), (x + 34, 20), colour, LINE, dashed=line.dashed)
        _write(canvas, line.name, (x + 44, 20 - HEIGHT * TEXT / 2), INK)
        x += 44 + _width(line.name) + 36


def _stroke(
    canvas: Canvas, start: tuple[float, float], end: tuple[float, float], colour: Colour, width: float,
    *, dashed: bool = False,
) -> None:  # fmt: skip
    """A straight line as a row of discs; a dashed one leaves every other few of them out."""
    if not dashed and (start[0] == end[0] or start[1] == end[1]):
        _bar(canvas, start, end, colour, width)
        return
    length = math.dist(start, end)
    steps = max(2, round(length * 2))
    for step in range(steps + 1):
        share = step / steps
        if dashed and (share * length) % 14 > 8:
            continue
        _disc(canvas, (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])), colour, width)


def _bar(canvas: Canvas, start: tuple[float, float], end: tuple[float, float], colour: Colour, width: float) -> None:
    """A line that goes straight across or straight down."""
    (left, right), (top, bottom) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    half = width / 2
    rows = slice(round((top - half) * FINE), round((bottom + half) * FINE))
    canvas[rows, round((left - half) * FINE) : round((right + half) * FINE)] = colour


def _disc(canvas: Canvas, centre: tuple[float, float], colour: Colour, width: float) -> None:
    x, y, radius = centre[0] * FINE, centre[1] * FINE, width * FINE / 2
    top, left = max(0, math.floor(y - radius)), max(0, math.floor(x - radius))
    part = canvas[top : math.ceil(y + radius) + 1, left : math.ceil(x + radius) + 1]
    rows, columns = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    part[(rows - y) ** 2 + (columns - x) ** 2 <= radius**2] = colour


def _write(canvas: Canvas, words: str, place: tuple[float, float], colour: Colour) -> None:
    """Small letters, digits and a few signs; what has no glyph is a blank."""
    dot = TEXT * FINE
    for number, letter in enumerate(words.lower()):
        left = round(place[0] * FINE) + number * (WIDTH + 1) * dot
        for row, bits in enumerate(GLYPHS.get(letter, ())):
            for column, bit in enumerate(bits):
                if bit == "#":
                    top, x = round(place[1] * FINE) + row * dot, left + column * dot
                    canvas[top : top + dot, x : x + dot] = colour


def _width(words: str) -> int:
    return len(words) * (WIDTH + 1) * TEXT


def figure(value: float) -> str:
    """A tick's label: `0.5`, `12`, `2e-05`."""
    return f"{round(value, 10):g}"


def _averaged(canvas: Canvas) -> Canvas:
    height, width = canvas.shape[0] // FINE, canvas.shape[1] // FINE
    blocks = canvas.reshape(height, FINE, width, FINE, 3).astype(np.uint16)
    return (blocks.sum(axis=(1, 3)) // FINE**2).astype(np.uint8)


def png(pixels: Canvas) -> bytes:
    """The file of an image: height, width and three bytes a pixel."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + width * 3), np.uint8)  # each row begins with its filter, 0 for none
    rows[:, 1:] = pixels.reshape(height, width * 3)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
