"""What a file would say in other encodings, for people to choose from when the guess is in doubt."""

from __future__ import annotations

import re

from bot.domain.catalog import Reading
from bot.ingest.encoding import Decoded, ranked_candidates, telling_lines

CHOICES = 6
SAMPLE = 4096  # bytes of the lines that tell encodings apart
WORD = re.compile(r"\S*[^\x00-\x7f]\S*")
WORDS, LENGTH = 4, 60  # of a preview


def readings_of(data: bytes, decoded: Decoded) -> tuple[Reading, ...]:
    """The guess first, then the next plausible encodings that give another text. Empty where there is no doubt."""
    if decoded.certain:
        return ()
    sample = telling_lines(data)[:SAMPLE]
    found: dict[str, Reading] = {}
    for name in (decoded.encoding, *(name for _, name in ranked_candidates(sample)), "utf-8"):
        preview = _preview(sample, name)
        if preview:
            found.setdefault(preview, Reading(name, preview))
    return tuple(found.values())[:CHOICES]


def _preview(sample: bytes, encoding: str) -> str:
    words = WORD.findall(sample.decode(encoding, "replace"))
    return " ".join(dict.fromkeys(words[: 2 * WORDS]))[:LENGTH].rstrip()
