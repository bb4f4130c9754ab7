"""Bytes of files: uploaded to an upload URL, downloaded at url_private."""

from aiohttp import web

from bot.local.workspace.state import StoredFile
from bot.local.workspace.webapi.dispatch import before, drop
from bot.local.workspace.world import WORLD, World

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to continue.</body></html>"


async def receive(request: web.Request) -> web.StreamResponse:
    """Step two of an upload: the raw bytes, or one multipart field."""
    world = request.app[WORLD]
    file = world.state.files.get(request.match_info["file"])
    record = world.calls.record("upload", {"file": request.match_info["file"]})
    fault = world.faults.take("upload")
    if refused := await before(fault, record):
        return refused
    if file is None or file.content is not None:
        record.ok, record.error, record.status = False, "file_not_found", 404
        return web.Response(status=404, text="file_not_found")
    content = await _content(request)
    record.args["length"] = len(content)
    if len(content) != file.length:
        record.ok, record.error, record.status = False, "wrong_length", 400
        return web.Response(status=400, text=f"expected {file.length} bytes, received {len(content)}")
    file.content, record.ok = content, True
    if fault and fault.kind == "lose_answer":
        return drop(request)
    return web.Response(text=f"OK - {len(content)}", content_type="text/plain")


async def _content(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for field in (await request.post()).values():
        if isinstance(field, web.FileField):
            return field.file.read()
    return b""


async def send_private(request: web.Request) -> web.StreamResponse:
    """url_private for the app: anything it may not read ends, after a redirect, on the sign-in page with status 200."""
    world = request.app[WORLD]
    file = world.state.files.get(request.match_info["file"].partition("-")[2])
    record = world.calls.record("download", {"file": file.id if file else None})
    fault = world.faults.take("download")
    if refused := await before(fault, record):
        return refused
    if fault and fault.kind == "html_download":
        return login_page()
    record.ok = file is not None and _app_may_read(request, world, file)
    if not record.ok or file is None:
        record.error, record.status = "acl_fail", 302
        raise web.HTTPFound("/signin", headers={"x-slack-meta": "reason=acl_fail"})
    return drop(request) if fault and fault.kind == "lose_answer" else bytes_of(file)


def _app_may_read(request: web.Request, world: World, file: StoredFile) -> bool:
    known = request.headers.get("Authorization") == f"Bearer {world.tokens.bot}" and world.state.installed
    return known and "files:read" in world.manifest.scopes and world.state.bot_may_read(file) and not file.deleted


def bytes_of(file: StoredFile) -> web.Response:
    """Never shown inline: a stored page or picture with script in it must not run in the workspace's own origin."""
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    if not file.mimetype.startswith("image/") or "svg" in file.mimetype:
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=file.content or b"", content_type=file.mimetype, headers=headers)


async def sign_in(request: web.Request) -> web.Response:
    return login_page()


def login_page() -> web.Response:
    return web.Response(text=LOGIN_PAGE, content_type="text/html")
