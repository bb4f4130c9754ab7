"""Why a line is not JSON, as precisely as can be told."""

from __future__ import annotations

import json
import re

TRAILING = re.compile(r",\s*[}\]]")
PYTHON = re.compile(r"^\s*[\[{]\s*'")
CURLY = re.compile(r"^\s*[\[{]\s*[“”„]")
GLUED = re.compile(r"\}\s*\{")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SHOWN = 40


def why_broken(line: bytes, problem: str) -> tuple[str, str]:
    """A code and a sentence for a line that no JSON parser takes."""
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        return "not_utf8", f"Byte {error.start + 1} of the line is not UTF-8."
    outside = STRING.sub('""', text)
    if PYTHON.match(text):
        return "single_quotes", "Names and texts stand in single quotes, as Python prints them."
    if CURLY.match(text):
        return "curly_quotes", "Names and texts stand in typographic quotes."
    if _reads(text.rstrip(",")) and text.endswith(","):
        return "comma_between_lines", "The object is followed by a comma."
    if GLUED.search(outside):
        return "glued_objects", "Several objects stand on this line."
    if TRAILING.search(outside):
        return "trailing_comma", "There is a comma before a closing bracket."
    if _is_cut_off(outside):
        return "cut_off", f"The line ends in the middle: “…{text[-SHOWN:]}”."
    return "invalid_json", f"The line is not JSON{_where(text, problem)}."


def _reads(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_cut_off(outside: str) -> bool:
    """Brackets that are never closed, or a text that never ends."""
    opened = sum(map(outside.count, "{["))
    return outside.startswith(("{", "[")) and (outside.count('"') % 2 == 1 or opened > sum(map(outside.count, "}]")))


def _where(text: str, problem: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        shown = text[max(0, error.pos - SHOWN // 2) : error.pos + SHOWN // 2]
        return f": {error.msg} at character {error.colno}, near “{shown}”"
    except RecursionError:
        return ": it is nested too deeply"
    except ValueError:
        pass
    return f": {problem}" if problem else ""
