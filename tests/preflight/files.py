"""Fine-tuning files for tests: good lines, and lines with one thing wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.preflight import Options, Report, check_file

THINGS = ("lamp", "kettle", "rug", "mirror", "clock", "basket", "stool", "vase", "blanket", "tray", "candle", "shelf")
TEXTS = (
    "Warm brass and a soft glow: this lamp turns the darkest corner into a place to read.",
    "Boils in two minutes and pours without a drip, morning after morning, for years.",
    "Woven by hand from undyed wool, it is thick underfoot and forgives every spill.",
    "A round of clear glass in an oak frame that brings daylight where there is none.",
    "Silent hands, large figures, and a battery that outlives most of your plans.",
    "Seagrass, tightly knotted, with handles that carry a week of laundry upstairs.",
    "Three legs, so it never wobbles; ash wood, so it never looks tired.",
    "Thrown on the wheel in one piece, it holds a single branch or a whole garden.",
    "Four kinds of cotton, one honest weight, and a fringe that kittens adore.",
    "Breakfast for two fits on it, and the rim saves the coffee on the stairs.",
    "Beeswax and nothing else: forty hours of steady light and a hint of honey.",
    "Fixed with two screws, it carries thirty heavy books and asks for no thanks.",
)


def chat(user: Any, assistant: Any, **more: Any) -> dict[str, Any]:
    messages = [
        {"role": "system", "content": "You write product texts."},
        {"role": "user", "content": user},
        {"role": "assistant", "content": assistant},
    ]
    return {"messages": messages, **more}


def turns(*messages: Any) -> dict[str, Any]:
    return {"messages": list(messages)}


def preference(user: str, wanted: Any, other: Any) -> dict[str, Any]:
    return {
        "input": {"messages": [{"role": "user", "content": user}]},
        "preferred_output": [{"role": "assistant", "content": wanted}],
        "non_preferred_output": [{"role": "assistant", "content": other}],
    }


GOOD = [chat(f"Describe the {thing}.", text) for thing, text in zip(THINGS, TEXTS, strict=True)]
GOOD_COMPLETIONS = [{"prompt": f"Describe the {t}.", "completion": text} for t, text in zip(THINGS, TEXTS, strict=True)]
GOOD_PREFERENCES = [
    preference(f"Describe the {thing}.", text, f"It is a {thing}.") for thing, text in zip(THINGS, TEXTS, strict=True)
]


def lines(values: Iterable[Any]) -> bytes:
    """One JSON value a line; bytes stand for themselves."""
    return b"".join(
        (one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode()) + b"\n" for one in values
    )


def checked(folder: Path, content: bytes, options: Options | None = None, *, held_out: bytes | None = None) -> Report:
    """What the check says of a file with this content."""
    (folder / "train.jsonl").write_bytes(content)
    if held_out is not None:
        (folder / "held_out.jsonl").write_bytes(held_out)
    return check_file(
        folder / "train.jsonl", options, validation=folder / "held_out.jsonl" if held_out is not None else None
    )


def found(report: Report) -> set[tuple[int, str]]:
    """All findings as (line, code), but for the remark that more examples would help."""
    every = {(one.line, one.code) for one in (*report.errors, *report.warnings)}
    return every - {(0, "few_examples")}
