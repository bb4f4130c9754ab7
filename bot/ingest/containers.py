"""Files inside gzip and zip, unpacked in memory under bounds that are checked while they grow."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, replace

from bot.errors import BadCatalog
from bot.ingest.limits import MIB, Limits, refuse
from bot.ingest.sniff import Format, sniff

BLOCK = 1024 * 1024
SMALLER = "Send a smaller file, or only the part that is needed."


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The bytes of the table itself and the wrapping they came in."""

    data: bytes
    compression: str | None = None
    member: str | None = None
    members: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def unpack(data: bytes, limits: Limits, *, member: str | None = None) -> Unpacked:
    """Take off gzip and zip wrappings, one in another at most. Raises BadCatalog when one is over a limit,
    locked, broken
    or empty."""
    outer = _unwrapped(data, limits, member)
    if outer.compression is None:
        return outer
    inner = _unwrapped(outer.data, limits, None)
    return replace(outer, data=inner.data, warnings=(*outer.warnings, *inner.warnings))


def _unwrapped(data: bytes, limits: Limits, member: str | None) -> Unpacked:
    found = sniff(data)
    if found is Format.GZIP:
        return Unpacked(_gunzip(data, limits), compression="gzip")
    if found is Format.ZIP:
        return _unzip(data, limits, member)
    if found in (Format.XLSX, Format.ODS):
        _check_archive(data, limits)
    return Unpacked(data)


def _gunzip(data: bytes, limits: Limits) -> bytes:
    """Inflate all members of a gzip file; one that stops before its end is refused, because rows would be missing."""
    out = bytearray()
    rest = data
    while rest:
        inflater = zlib.decompressobj(wbits=31)
        while not inflater.eof:
            try:
                out += inflater.decompress(inflater.unconsumed_tail or rest, BLOCK)
            except zlib.error as error:
                raise _broken("The compressed file is damaged") from error
            rest = b""
            _check_size(len(out), len(data), limits)
            if not inflater.eof and not inflater.unconsumed_tail:
                raise _broken("The compressed file stops before its end, so rows would be missing")
        rest = inflater.unused_data.lstrip(b"\0")
    return bytes(out)


def _broken(what: str) -> BadCatalog:
    return BadCatalog(f"{what}.", kept="Nothing was imported.", todo="Upload it again.")


def _check_size(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise refuse("unpacked size", limits.unpacked_bytes // MIB, None, unit="MiB when unpacked", todo=SMALLER)
    if unpacked > limits.small_bytes and unpacked > packed * limits.ratio:
        raise refuse("compression ratio", limits.ratio, None, unit="bytes for each packed byte", todo=SMALLER)


def _archive(data: bytes, limits: Limits) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _broken("The file is damaged or was cut off") from error
    if len(archive.infolist()) > limits.members:
        raise refuse("files in an archive", limits.members, len(archive.infolist()), unit="files", todo=SMALLER)
    return archive


def _unzip(data: bytes, limits: Limits, member: str | None) -> Unpacked:
    with _archive(data, limits) as archive:
        usable = [info for info in archive.infolist() if not info.is_dir() and not _is_clutter(info.filename)]
        if not usable:
            raise BadCatalog("The archive is empty.", todo="Check that you sent the right file.")
        chosen = _chosen(usable, member)
        _check_name(chosen.filename)
        names = tuple(info.filename for info in usable)
        warnings: tuple[str, ...] = ()
        if len(names) > 1 and member is None:
            warnings = (f"The archive holds {len(names)} files; '{chosen.filename}' was read.",)
        return Unpacked(_inflate(archive, chosen, len(data), limits), "zip", chosen.filename, names, warnings)


def _is_clutter(name: str) -> bool:
    base = name.rsplit("/", 1)[-1]
    return name.startswith("__MACOSX/") or (base.startswith(".") and not base.startswith("..")) or base == "Thumbs.db"


def _chosen(infos: list[zipfile.ZipInfo], member: str | None) -> zipfile.ZipInfo:
    """The member asked for, or else the largest one."""
    if member is None:
        return max(infos, key=lambda info: info.file_size)
    for info in infos:
        if info.filename == member:
            return info
    raise BadCatalog(
        f"There is no '{member}' in the archive.",
        todo="It holds: " + ", ".join(f"'{i.filename}'" for i in infos[:10]) + ".",
    )


def _check_name(name: str) -> None:
    """Nothing is ever written under a member's name, but an archive that tries to leave its folder is not to be
    trusted."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or name[1:2] == ":":
        raise BadCatalog(
            "The archive has a file whose name points outside its folder, so it is not trusted.",
            todo="Pack the catalog alone and send it again.",
        )


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, packed: int, limits: Limits) -> bytes:
    if info.flag_bits & 1:
        raise BadCatalog("The archive is password-protected.", todo="Send it without a password.")
    out = bytearray()
    try:
        with archive.open(info) as stream:
            while block := stream.read(BLOCK):
                out += block
                _check_size(len(out), packed, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _broken(f"'{info.filename}' in the archive is damaged") from error
    return bytes(out)


def _check_archive(data: bytes, limits: Limits) -> None:
    """A workbook is a zip, too: measure what it really unpacks to before a reader opens it."""
    with _archive(data, limits) as archive:
        total = 0
        for info in archive.infolist():
            if info.flag_bits & 1:
                raise BadCatalog("The workbook is password-protected.", todo="Save it without a password.")
            try:
                with archive.open(info) as stream:
                    while block := stream.read(BLOCK):
                        total += len(block)
                        _check_size(total, len(data), limits)
                        if b"<!ENTITY" in block or b"<!DOCTYPE" in block:
                            raise BadCatalog(
                                "The workbook defines XML entities, which no catalog needs and attacks use.",
                                todo="Save it again as XLSX.",
                            )
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
                raise _broken("The workbook is damaged or was cut off") from error
