"""A listener that fails still answers, and says in a sentence what happened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.errors import BadForm, NotAllowed
from bot.views import blocks as b
from handlers.boundary import guarded
from tests.support.workspace import CATALOG, Workspace

FORM = b.modal("A form", "form", [b.asked("Name", b.text_input("name"), block_id="name")], submit="Save")


@asynccontextmanager
async def app_with(deps: Deps, slack: Workspace, **listeners: Any) -> AsyncIterator[None]:
    app = AsyncApp(client=deps.slack.client, request_verification_enabled=False)
    app.command("/tune")(guarded(listeners["command"], deps))
    app.view("form")(guarded(listeners.get("view", refuses), deps))
    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()
    try:
        await slack.control.wait_for_socket()
        yield
    finally:
        await handler.close_async()


async def refuses(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, *, deps: Deps) -> None:
    raise NotAllowed("Only the owner can do this.")


async def breaks(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, *, deps: Deps) -> None:
    raise ZeroDivisionError("secret detail")


async def opens_form(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, *, deps: Deps) -> None:
    await client.views_open(trigger_id=body["trigger_id"], view=FORM)
    await ack()


async def marks_field(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, *, deps: Deps) -> None:
    raise BadForm({"name": "Use another name."})


async def test_a_refusal_is_told_to_the_person_alone(deps: Deps, slack: Workspace) -> None:
    async with app_with(deps, slack, command=refuses):
        await slack.ana.command(CATALOG, "/tune x")

    [note] = await slack.sent("chat.postEphemeral")
    assert (note["user"], note["text"]) == ("U0ANA", "Only the owner can do this.")


async def test_an_unknown_error_becomes_a_sentence_with_a_reference_and_without_details(
    deps: Deps, slack: Workspace
) -> None:
    async with app_with(deps, slack, command=breaks):
        await slack.ana.command(CATALOG, "/tune x")

    [note] = await slack.sent("chat.postEphemeral")
    assert "Reference" in note["text"] and "secret" not in note["text"]


async def test_a_bad_field_is_marked_and_the_form_stays_open(deps: Deps, slack: Workspace) -> None:
    async with app_with(deps, slack, command=opens_form, view=marks_field):
        await slack.ana.command(CATALOG, "/tune x")
        await slack.ana.wait_for_modal()
        errors = await slack.ana.submit({"name": "Tea"})

        assert errors == {"name": "Use another name."}
        assert slack.ana.modals


@pytest.mark.parametrize(("listener", "words"), [(refuses, "Only the owner"), (breaks, "Something broke")])
async def test_a_form_that_cannot_be_taken_turns_into_the_sentence(
    deps: Deps, slack: Workspace, listener: Any, words: str
) -> None:
    async with app_with(deps, slack, command=opens_form, view=listener):
        await slack.ana.command(CATALOG, "/tune x")
        await slack.ana.wait_for_modal()
        await slack.ana.submit({"name": "Tea"})

        view = await slack.ana.wait_for_modal(lambda v: words in str(v["blocks"]))
        assert not view.get("submit")
