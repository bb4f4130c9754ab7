"""Where errors of listeners end: every person gets a sentence, every unknown error a line in the log.

slack-bolt's async runner loses the acknowledgement of a listener that raises, so nothing may leave one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.message import Message
from bot.errors import BadForm, BotError, NeedsSecond, NotYet
from bot.log import new_trace
from bot.services import spend_request
from storage.engine import transaction

log = structlog.get_logger()

Body = dict[str, Any]


class Listener(Protocol):
    """What every listener of ours looks like."""

    def __call__(self, ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> Awaitable[None]: ...


def guarded(listener: Listener, deps: Deps) -> Callable[[AsyncAck, Body, AsyncWebClient], Awaitable[None]]:
    """The listener with its dependencies, acknowledging whatever happens and telling the person what did."""

    async def run(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        with structlog.contextvars.bound_contextvars(trace_id=new_trace()):
            try:
                await _with_second(listener(ack, body, client, deps=deps), deps)
            except BadForm as error:
                await _mark_fields(ack, body, client, error)
            except BotError as error:
                await _acknowledge_and_tell(ack, body, client, str(error))
            except Exception:
                trace = structlog.contextvars.get_contextvars()["trace_id"]
                log.exception("listener_failed", listener=getattr(listener, "__name__", "?"))
                await _acknowledge_and_tell(
                    ack, body, client, f"Something broke on our side; nothing you typed was used. Reference {trace}."
                )

    return run


async def _with_second(listening: Awaitable[None], deps: Deps) -> None:
    """An order that takes a second person's yes was rolled back; the question is recorded in a transaction of its own.

    Raises BotError, also to tell the asker whom was asked."""
    try:
        await listening
    except NeedsSecond as need:
        async with transaction(deps.db) as session:
            told = await spend_request.ask(session, need, now=deps.now())
        raise NotYet(told) from need


async def _mark_fields(ack: AsyncAck, body: Body, client: AsyncWebClient, error: BadForm) -> None:
    """Put each sentence under its field; the modal stays open with all that was typed."""
    if body.get("type") == "view_submission":
        await ack(response_action="errors", errors=error.fields)
    else:
        await _acknowledge_and_tell(ack, body, client, str(error))


async def _acknowledge_and_tell(ack: AsyncAck, body: Body, client: AsyncWebClient, text: str) -> None:
    if body.get("type") == "view_submission":
        await ack(response_action="update", view=_sorry(body["view"], text))
        return
    await ack()
    await tell(body, client, text)


async def tell(body: Body, client: AsyncWebClient, text: str) -> None:
    """Say something to the person behind a click or command, where they are."""
    user, channel, thread = person_in(body), channel_in(body), thread_in(body)
    try:
        if channel:
            await client.chat_postEphemeral(channel=channel, user=user, text=text, thread_ts=thread or None)
        else:
            await client.chat_postMessage(channel=user, text=text)
    except SlackApiError as error:
        await _answer_by_url(body, client, text, error)


async def whisper(body: Body, client: AsyncWebClient, message: Message) -> None:
    """Show a card to one person only, where they are."""
    await client.chat_postEphemeral(
        channel=channel_in(body), user=person_in(body), text=message.text, blocks=message.blocks
    )


async def _answer_by_url(body: Body, client: AsyncWebClient, text: str, error: SlackApiError) -> None:
    """Where the bot is not a member it may still answer a command or a click by its response address."""
    url = body.get("response_url")
    if not url or client.session is None:
        log.warning("could_not_tell", error=str(error.response.get("error")))
        return
    async with client.session.post(url, json={"response_type": "ephemeral", "text": text}) as answer:
        if answer.status != 200:
            log.warning("could_not_tell", status=answer.status)


def person_in(body: Body) -> str:
    return str(body.get("user_id") or body.get("user", {}).get("id", ""))


def team_in(body: Body) -> str:
    team = body.get("team") or {}
    return str(body.get("team_id") or team.get("id") or body.get("user", {}).get("team_id", ""))


def channel_in(body: Body) -> str:
    container = body.get("container", {})
    return str(body.get("channel_id") or body.get("channel", {}).get("id") or container.get("channel_id") or "")


def thread_in(body: Body) -> str:
    message = body.get("message") or {}
    return str(message.get("thread_ts") or "")


def value_in(body: Body) -> str:
    """The value of the button pressed or the option chosen."""
    action = body["actions"][0]
    return str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")


def metadata_in(body: Body) -> str:
    return str(body["view"].get("private_metadata") or "")


def _sorry(view: dict[str, Any], text: str) -> dict[str, Any]:
    """The modal, turned into the sentence."""
    return {
        "type": "modal",
        "callback_id": "sorry",
        "title": view["title"],
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text[:3000]}}],
    }
