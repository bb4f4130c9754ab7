"""How large a catalog may be. Every limit has a name, and the sentence that refuses a file gives it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import BadCatalog

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file. Lengths count characters, sizes bytes."""

    file_bytes: int = 64 * MIB
    unpacked_bytes: int = 512 * MIB
    ratio: int = 200  # unpacked against packed; honest catalogs stay far below (a price list in a zip: 27)
    small_bytes: int = 8 * MIB  # below this the ratio says nothing and is not looked at
    members: int = 2_000  # entries of an archive or a workbook
    rows: int = 2_000_000
    columns: int = 1_000
    cell_length: int = 131_072
    depth: int = 60  # nested lists and objects in JSON
    name_length: int = 300  # longer column names are cut
    xlsx_rows: int = 1_048_576


DEFAULT = Limits()


def refuse(limit: str, allowed: int, found: int | None, *, unit: str, todo: str) -> BadCatalog:
    """The refusal of a file that is too large in one respect, with the limit's name and what to do."""
    was = f"has {found:,}" if found is not None else "has more"
    return BadCatalog(
        f"The file is over the limit '{limit}': it {was} {unit}, and {allowed:,} are allowed.",
        kept="Nothing was imported.",
        todo=todo,
    )
