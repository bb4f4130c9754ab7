"""Files that survive a kill: written whole or not at all, appended line by line, read without a crash's remains."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from .wire import Json


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step; a reader sees the old content or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file in one step."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1).encode())


def read_json(path: Path) -> Json | None:
    """A JSON object from a file; None when there is no such file."""
    try:
        value: Json = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return value


def append_line(path: Path, value: Json) -> None:
    """Add one JSON line. Several processes may do so at once; a line torn by a crash stays a line of its own."""
    line = json.dumps(value, ensure_ascii=False).encode() + b"\n"
    with path.open("ab+") as file:
        if _is_torn(path):
            line = b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _is_torn(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def read_lines(path: Path) -> list[tuple[int, Json]]:
    """The JSON lines of a file with their numbers, from 1. Lines that are no JSON objects are left out."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return [(at, value) for at, line in enumerate(content.split(b"\n"), 1) if (value := _object_in(line)) is not None]


def _object_in(line: bytes) -> Json | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
