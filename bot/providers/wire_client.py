"""An `openai` client's plain calls: JSON out of whatever path, errors as ours, and lists that end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import openai

from bot.providers import errors, tuning_wire
from bot.providers.account import Account
from bot.providers.base import TuningJob
from bot.providers.openai_wire import explained, open_client, read_json
from bot.providers.tuning_wire import Page
from bot.providers.wire_values import text

PAGE = 100
# Servers that ignore `after` would otherwise be asked forever.
MOST_PAGES = 50


class WireClient:
    """Calls at one account. Nothing is ever sent twice by itself."""

    def __init__(self, account: Account, client: openai.AsyncOpenAI | None = None) -> None:
        self.account = account
        self.sdk = client or open_client(account)

    async def get(
        self, path: str, *, model: str | None = None, params: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        options: Any = {"params": dict(params)} if params else {}
        async with explained(self.account, model=model):
            response = await self.sdk.get(path, cast_to=httpx2.Response, options=options)
        return read_json(response, self.account)

    async def post(
        self, path: str, body: Mapping[str, Any], *, model: str | None = None, params: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        options: Any = {"params": dict(params)} if params else {}
        async with explained(self.account, model=model):
            response = await self.sdk.post(path, cast_to=httpx2.Response, body=dict(body), options=options)
        return read_json(response, self.account)

    async def delete(self, path: str, *, params: Mapping[str, Any] | None = None) -> None:
        """What is not there any more counts as deleted."""
        options: Any = {"params": dict(params)} if params else {}
        try:
            async with explained(self.account):
                await self.sdk.delete(path, cast_to=httpx2.Response, options=options)
        except errors.NotThere:
            return

    async def deleted(self, path: str) -> bool:
        """Delete something of ours for good. False where the server has no such call."""
        try:
            await self.delete(path)
        except errors.ModelGone:
            return True
        except errors.WrongAddress:
            return False
        return True

    async def cancelled(self, path: str, job: Callable[[], Awaitable[TuningJob]]) -> TuningJob:
        """Ask for an end and look again with `job`; a job that is already over is simply returned."""
        try:
            await self.post(path, {})
        except (errors.BadRequest, errors.ServerTrouble):
            found = await job()
            if not found.state.is_final:
                raise
            return found
        return await job()

    async def send_file(
        self, path: str, content: bytes | Path, filename: str, fields: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """A multipart form with one file."""
        options: Any = {"headers": {"Content-Type": "multipart/form-data"}, "timeout": self.account.answer_seconds}
        data = await asyncio.to_thread(content.read_bytes) if isinstance(content, Path) else content
        async with explained(self.account):
            response = await self.sdk.post(
                path,
                cast_to=httpx2.Response,
                body=dict(fields),
                files=[("file", (filename, data, "application/jsonl"))],
                options=options,
            )
        return read_json(response, self.account)

    async def content(self, path: str) -> bytes:
        options: Any = {"follow_redirects": True}
        async with explained(self.account):
            response = await self.sdk.get(path, cast_to=httpx2.Response, options=options)
        return response.content

    async def pages(
        self,
        path: str,
        *,
        most: int = MOST_PAGES,
        params: Mapping[str, Any] | None = None,
        read: Callable[[Mapping[str, Any]], Page] = tuning_wire.read_page,
        cursor: str = "after",
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Every object of a list once. Ends at the last page, a repeated id, an empty page, or after `most` pages."""
        seen: set[str] = set()
        query: dict[str, Any] = {"limit": PAGE} if params is None else dict(params)
        for _ in range(most):
            page = read(await self.get(path, params=query))
            fresh = [raw for raw in page.items if tuning_wire.identity(raw) not in seen]
            for raw in fresh:
                seen.add(tuning_wire.identity(raw))
                yield raw
            if not page.has_more or len(fresh) < len(page.items) or not fresh:
                return
            query[cursor] = page.next or tuning_wire.identity(fresh[-1])

    async def require_fits(self, content: bytes | Path, filename: str) -> None:
        """Raises BadRequest for a file over the vendor's limit, before a byte of it is sent."""
        size = await asyncio.to_thread(_size, content)
        most = self.account.profile.max_file_bytes
        if size > most:
            raise errors.BadRequest(
                f"{filename} has {size / 1e6:,.0f} MB; {self.account.title} takes at most {most / 1e6:,.0f} MB.",
                kept="Nothing was sent.",
                todo="Leave out some pairs.",
            )

    def file_id_in(self, answer: Mapping[str, Any]) -> str:
        """Raises WrongAddress where a file was taken but got no id."""
        file_id = text(answer.get("id"))
        if file_id is None:
            raise errors.WrongAddress(f"{self.account.title} took the file, but gave it no id.")
        return file_id

    async def aclose(self) -> None:
        await self.sdk.close()


def in_path(name: str) -> str:
    return quote(name, safe=":")


def _size(content: bytes | Path) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)
