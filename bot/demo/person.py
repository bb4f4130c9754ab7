"""What a browser does for one person of the local workspace, for scripts and tests; and the workspace's controls.

It talks HTTP and WebSocket only and knows nothing of the server behind them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from bot.demo.control import Control
from bot.demo.page import DEFAULT_TIMEOUT, Json, Page, PersonError
from bot.demo.surface import Element, fields, find_button, option_for, typed_value

__all__ = ["Control", "Person", "PersonError"]


class Person(Page):
    """One person: `async with Person(url, "U0ANA") as ana: await ana.send("C0CATALOG", "hello")`.

    Everything one sees, as Page; and everything one does. Methods raise PersonError when the workspace refuses, and
    return once the page shows what they caused.
    """

    async def act(self, path: str, **body: Any) -> Json:
        """Any request of the client API, as this person. Raises PersonError when it is refused."""
        async with self._http.post(f"{self._url}/client/{path}", json={"user": self.user, **body}) as response:
            return await self._settled(await response.json())

    async def send(self, channel: str, text: str, *, thread_ts: str | None = None) -> str:
        """Post a message; returns its ts."""
        return str((await self.act("send", channel=channel, text=text, thread_ts=thread_ts)).get("ts"))

    async def command(self, channel: str, text: str) -> Json:
        """A slash command, `/tune help`; returns once the app acknowledged it."""
        return await self.act("send", channel=channel, text=text)

    async def upload(
        self,
        channel: str | None,
        *files: Path | tuple[str, bytes],
        text: str = "",
        thread_ts: str | None = None,
    ) -> Json:
        """Drop files into a channel; returns {files: [...], ts}. Without a channel they wait for a form."""
        form = aiohttp.FormData({"user": self.user, "text": text})
        for name, value in (("channel", channel), ("thread_ts", thread_ts)):
            if value:
                form.add_field(name, value)
        for file in files:
            filename, content = (file.name, file.read_bytes()) if isinstance(file, Path) else file
            form.add_field("file", content, filename=filename)
        async with self._http.post(f"{self._url}/client/upload", data=form) as response:
            return await self._settled(await response.json())

    async def download(self, file: Json) -> bytes:
        """The bytes of a message's file."""
        url = f"{self._url}/client/file/{file['id']}/{quote(file['name'], safe='')}"
        async with self._http.get(url, params={"user": self.user}) as response:
            if response.status != 200:
                raise PersonError(await response.text(), {"error": "file_not_found"})
            return await response.read()

    async def click(
        self,
        button: str,
        *,
        message: Json | None = None,
        home: bool = False,
        choose: str | list[str] | None = None,
        state: Mapping[str, Json] | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Json:
        """Press what has this action id (or its beginning) or this visible text, waiting for it to appear.

        In the open modal if there is one, else in the given message, else in the newest message that has it.
        `choose`: the value or text of the option to pick in a menu. Returns the container that was clicked.
        """
        look = lambda: self._locate(button, message, home=home)  # noqa: E731
        container, element = await self.until(look, f"a button {button!r}", timeout)
        action = {**element.address, **option_for(element.body, choose)}
        values = {"values": state} if state else {}
        await self.act("click", container=container, action=action, state=values)
        return dict(container)

    def _locate(self, button: str, message: Json | None, *, home: bool) -> tuple[Json, Element] | None:
        if home or (self.modals and message is None):
            view = self.home_view if home else self.modals[-1]["view"]
            found = find_button(view["blocks"], button) if view else None
            return ({"type": "view", "view_id": view["id"]}, found) if view and found else None
        for one in self._candidates(message):
            if found := find_button(one.get("blocks", []), button):
                return {"type": "message", "channel": one["channel"], "ts": one["ts"]}, found
        return None

    def _candidates(self, message: Json | None) -> list[Json]:
        """The given message as it is now, or all, newest first."""
        everything = self.all_messages()[::-1]
        return everything if message is None else [one for one in everything if one["ts"] == message["ts"]]

    def form(self) -> dict[str, Element]:
        """The input fields of the open modal by block id and action id, whichever is asked for."""
        return fields(self.modals[-1]["view"]["blocks"]) if self.modals else {}

    async def submit(self, values: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Fill in the open modal and press its submit button; returns the errors by block id, {} when accepted.

        `values`: block id or action id (or the beginning of one) -> text, option value(s), user id(s) or files.
        """
        view = await self.wait_for_modal()
        state: dict[str, Json] = {}
        for name, value in (values or {}).items():
            element = self._field(name)
            address = element.address
            typed = typed_value(element.body, value)
            state.setdefault(address["block_id"], {})[address["action_id"]] = typed
        body = {"user": self.user, "view_id": view["id"], "state": {"values": state}}
        async with self._http.post(f"{self._url}/client/submit", json=body) as response:
            answer: Json = await response.json()
        errors: dict[str, str] = answer.get("errors", {})
        await self._settled({**answer, "ok": True} if errors else answer)
        return errors

    def _field(self, name: str) -> Element:
        known = self.form()
        match = known.get(name) or next((field for key, field in known.items() if key.startswith(name)), None)
        if match is None:
            raise PersonError(f"The open modal has no field {name!r}; it has {', '.join(known) or 'none'}.")
        return match

    async def close_modal(self, *, everything: bool = False) -> None:
        await self.act("close", view_id=self.modals[-1]["id"], all=everything)

    async def shortcut(self, callback_id: str, message: Json | None = None) -> None:
        """A global shortcut, or a message's menu entry."""
        where = {"channel": message["channel"], "ts": message["ts"]} if message else {}
        await self.act("shortcut", callback_id=callback_id, **where)

    async def react(self, message: Json, name: str) -> None:
        await self.act("react", channel=message["channel"], ts=message["ts"], name=name)

    async def unreact(self, message: Json, name: str) -> None:
        await self.act("react", channel=message["channel"], ts=message["ts"], name=name, remove=True)

    async def home(self) -> Json | None:
        """Open the Home tab; returns the view that is there now, a new one may follow."""
        view: Json | None = (await self.act("home"))["view"]
        return view

    async def edit(self, message: Json, text: str) -> None:
        await self.act("edit", channel=message["channel"], ts=message["ts"], text=text)

    async def delete(self, message: Json) -> None:
        await self.act("delete", channel=message["channel"], ts=message["ts"])

    async def channel(
        self, op: str, channel: str | None = None, *, name: str | None = None, private: bool = False
    ) -> str:
        """create, archive, unarchive, rename, invite_bot, remove_bot; returns the channel's id."""
        return str((await self.act("channel", op=op, channel=channel, name=name, private=private))["channel"])
