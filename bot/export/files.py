"""Files that are either there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its size in bytes, its SHA-256 in hex, and how many blocks (lines) it was made of."""

    path: Path
    size: int
    sha256: str
    blocks: int


def write_atomically(path: Path, blocks: Iterable[bytes]) -> Written:
    """Write blocks to a file beside `path`, sync it, then put it in place. On any error `path` is as it was before."""
    digest = hashlib.sha256()
    size = count = 0
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            for block in blocks:
                file.write(block)
                digest.update(block)
                size += len(block)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Written(path, size, digest.hexdigest(), count)
