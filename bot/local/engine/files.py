"""Uploaded files: `/v1/files`."""

import asyncio
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from aiohttp import BodyPartReader, web

from . import names, store, wire
from .wire import ApiError, Json

LARGEST_FILE = 512 * 2**20
PURPOSE = "fine-tune"
RESULTS = "fine-tune-results"


@dataclass(frozen=True)
class FileRecord:
    """What is known of a stored file."""

    id: str
    filename: str
    purpose: str
    bytes: int
    created_at: float

    def shown(self) -> Json:
        """As clients read it."""
        more = {"object": "file", "status": "processed", "status_details": None, "expires_at": None}
        return {**asdict(self), **more, "created_at": int(self.created_at)}


@dataclass(frozen=True)
class FileStore:
    """Files on disk: `<id>.json` says what it is and is written last, `<id>.data` is the content."""

    root: Path
    largest: int = LARGEST_FILE

    def content_path(self, file_id: str) -> Path:
        """Where the content of a known file is."""
        return self.root / f"{file_id}.data"

    def find(self, file_id: str) -> FileRecord | None:
        """A file by its id."""
        if not file_id.replace("-", "").isalnum():
            return None
        value = store.read_json(self.root / f"{file_id}.json")
        return FileRecord(**value) if value else None

    def all(self) -> list[FileRecord]:
        """All files, newest first."""
        records = [FileRecord(**(store.read_json(path) or {})) for path in self.root.glob("file-*.json")]
        return sorted(records, key=lambda record: (record.created_at, record.id), reverse=True)

    def add(self, file_id: str, filename: str, content: bytes, purpose: str) -> FileRecord:
        """Keep a file of our own making; a second time under the same id replaces it."""
        record = FileRecord(file_id, filename, purpose, len(content), time.time())
        store.write_whole(self.content_path(record.id), content)
        return self.register(record)

    def register(self, record: FileRecord) -> FileRecord:
        """A file whose content is in its place exists from now on."""
        store.write_json(self.root / f"{record.id}.json", asdict(record))
        return record

    def remove(self, file_id: str) -> None:
        """Forget a file."""
        (self.root / f"{file_id}.json").unlink(missing_ok=True)
        self.content_path(file_id).unlink(missing_ok=True)


STORE = web.AppKey("files", FileStore)


def routes() -> list[web.RouteDef]:
    """What `/v1/files` can do."""
    return [
        web.post("/v1/files", upload),
        web.get("/v1/files", listed),
        web.get("/v1/files/{id}", retrieved),
        web.get("/v1/files/{id}/content", content),
        web.delete("/v1/files/{id}", removed),
    ]


async def upload(request: web.Request) -> web.Response:
    """A multipart form with `purpose` and `file`, in any order."""
    files = request.app[STORE]
    if not request.content_type.startswith("multipart/"):
        raise wire.bad_request("Send the file as a multipart form with the fields 'purpose' and 'file'.")
    file_id = names.new_id("file")
    try:
        record = await _received(request, files, file_id)
    except BaseException:
        files.remove(file_id)
        raise
    return web.json_response(files.register(record).shown())


async def _received(request: web.Request, files: FileStore, file_id: str) -> FileRecord:
    purpose, filename, size = "", "", 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "purpose":
            purpose = (await part.text()).strip()
        elif part.name == "file":
            filename = part.filename or "file.jsonl"
            size = await _save(part, files.content_path(file_id), files.largest)
    if purpose != PURPOSE:
        raise wire.bad_request(f"'purpose' must be '{PURPOSE}'.", param="purpose")
    if not filename:
        raise wire.bad_request("The form has no field 'file'.", param="file")
    return FileRecord(file_id, filename, purpose, size, time.time())


async def _save(part: BodyPartReader, path: Path, largest: int) -> int:
    size = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        while chunk := await part.read_chunk(2**16):
            size += len(chunk)
            if size > largest:
                raise ApiError(413, f"The file is larger than {largest} bytes.", code="file_too_large", param="file")
            await asyncio.to_thread(file.write, chunk)
    return size


async def listed(request: web.Request) -> web.Response:
    """All files, newest first (or `order=asc`), of one `purpose` if wanted."""
    after, limit = wire.page_options(request.query, default_limit=1000, most=10_000)
    purpose = request.query.get("purpose")
    records = [record for record in request.app[STORE].all() if purpose in (None, record.purpose)]
    if request.query.get("order") == "asc":
        records.reverse()
    return web.json_response(wire.page([record.shown() for record in records], after=after, limit=limit))


def _asked_for(request: web.Request) -> FileRecord:
    file_id = request.match_info["id"]
    record = request.app[STORE].find(file_id)
    if record is None:
        raise wire.not_found("file", file_id)
    return record


async def retrieved(request: web.Request) -> web.Response:
    """What is known of a file."""
    return web.json_response(_asked_for(request).shown())


async def content(request: web.Request) -> web.FileResponse:
    """The file itself."""
    record = _asked_for(request)
    headers = {"Content-Type": "application/octet-stream"}
    return web.FileResponse(request.app[STORE].content_path(record.id), headers=headers)


async def removed(request: web.Request) -> web.Response:
    """Delete a file. Jobs made from it have their own copy until they end."""
    record = _asked_for(request)
    request.app[STORE].remove(record.id)
    return web.json_response(wire.deleted(record.id, "file"))
