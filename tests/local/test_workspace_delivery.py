"""Delivery to the app: again when nobody acknowledged, in another order, twice, over new sockets, over HTTP."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.person import PersonError
from tests.local.conftest import MANIFEST, bolt, connected
from tests.support.workspace import CATALOG, RANDOM, Workspace, visit, workspace

Heard = asyncio.Queue[tuple[str, str, str | None]]


def listening(slack: Workspace, *, fail_first: bool = False) -> tuple[AsyncApp, Heard]:
    """An app that notes event id, text and retry number of each message, and may lose its first acknowledgement."""
    app, heard = bolt(slack), Heard()
    state = {"failed": not fail_first}

    @app.middleware
    async def note(req: AsyncBoltRequest, body: dict[str, Any], next: Any) -> None:
        retry = req.headers.get("x-slack-retry-num", [None])[0]
        await heard.put((body["event_id"], body["event"].get("text", body["event"]["type"]), retry))
        if not state["failed"]:
            state["failed"] = True
            raise RuntimeError("lost before the acknowledgement")
        await next()

    @app.event("message")
    @app.event("member_joined_channel")
    async def ignore() -> None: ...

    return app, heard


async def next_of(heard: Heard) -> tuple[str, str, str | None]:
    return await asyncio.wait_for(heard.get(), 5)


async def test_event_is_sent_again_after_a_lost_acknowledgement(slack: Workspace) -> None:
    await slack.control.clock(ack_seconds=0.3, retry_seconds=[0.05, 0.05])
    app, heard = listening(slack, fail_first=True)

    async with connected(app, slack):
        await slack.ana.send(CATALOG, "hello")
        first, second = await next_of(heard), await next_of(heard)

    assert first[0] == second[0]
    assert (first[2], second[2]) == ("0", "1")


async def test_event_without_a_connection_is_delivered_once_there_is_one(slack: Workspace) -> None:
    await slack.control.clock(retry_seconds=[0.2] * 50)
    app, heard = listening(slack)

    await slack.ana.send(CATALOG, "hello")
    async with connected(app, slack):
        assert (await next_of(heard))[1] == "hello"


async def test_click_without_a_connection_fails_at_once(slack: Workspace) -> None:
    with pytest.raises(PersonError, match="/try failed: Tester is not connected"):
        await slack.ana.command(CATALOG, "/try")


async def test_events_can_be_doubled_reversed_held_and_sent_again(slack: Workspace) -> None:
    app, heard = listening(slack)

    async with connected(app, slack):
        await slack.control.events("duplicate_next")
        await slack.ana.send(CATALOG, "twice")
        doubled = [await next_of(heard), await next_of(heard)]

        await slack.control.events("reorder", count=2)
        await slack.ana.send(CATALOG, "early")
        await slack.ana.send(CATALOG, "late")
        reversed_ = [(await next_of(heard))[1], (await next_of(heard))[1]]

        await slack.control.events("hold")
        await slack.ana.send(CATALOG, "held")
        await asyncio.sleep(0.2)
        quiet = heard.empty()
        await slack.control.events("release")
        held = await next_of(heard)

        again = await slack.control.events("redeliver", type="message")
        repeated = await next_of(heard)

    assert doubled[0] == doubled[1]
    assert reversed_ == ["late", "early"]
    assert quiet
    assert held[1] == "held"
    assert (repeated[0], repeated[2]) == (again["event_id"], "1")


@pytest.mark.parametrize("how", ["refresh_requested", "warning", "abrupt"])
async def test_dropped_socket_comes_back_and_events_flow_again(slack: Workspace, how: str) -> None:
    await slack.control.clock(retry_seconds=[0.2] * 50)
    app, heard = listening(slack)

    async with connected(app, slack) as handler:
        handler.client.ping_interval = 0.2
        assert (await slack.control.events("drop_socket", how=how))["dropped"] == 1
        await slack.ana.send(CATALOG, "after")
        assert (await next_of(heard))[1] == "after"
        assert len(await slack.calls("apps.connections.open")) == 2


async def test_each_payload_goes_to_one_of_two_connections(slack: Workspace) -> None:
    (first, heard_first), (second, heard_second) = listening(slack), listening(slack)

    async with connected(first, slack), connected(second, slack):
        for number in range(4):
            await slack.ana.send(CATALOG, str(number))
        both = [(await next_of(heard))[1] for heard in (heard_first, heard_second) for _ in range(2)]

    assert sorted(both) == ["0", "1", "2", "3"]


async def test_invitation_is_heard_and_unsubscribed_events_are_not(slack: Workspace) -> None:
    app, heard = listening(slack)

    async with connected(app, slack):
        await slack.ana.channel("unarchive", CATALOG)  # no subscription to channel_unarchive
        await slack.ana.send(RANDOM, "not for the bot")
        await slack.ana.channel("invite_bot", RANDOM)
        await slack.ana.send(RANDOM, "for the bot")
        texts = [(await next_of(heard))[1], (await next_of(heard))[1]]

    assert texts == ["member_joined_channel", "for the bot"]


async def test_subscription_without_its_scope_delivers_nothing(workspace_server: dict[str, str]) -> None:
    scopes = {"scopes": {"bot": ["chat:write", "im:history", "channels:read"]}}
    async with visit(workspace_server, {**MANIFEST, "oauth_config": scopes}) as slack:
        app, heard = listening(slack)
        async with connected(app, slack):
            await slack.ana.send(CATALOG, "needs channels:history")
            private = await slack.ana.channel("create", name="secret", private=True)
            await slack.ana.channel("invite_bot", private)  # needs groups:read
            await slack.ana.send("D0ANA", "direct")
            assert (await next_of(heard))[1] == "direct"


async def test_app_can_forbid_another_attempt_over_http(tmp_path: Path, unused_tcp_port: int) -> None:
    attempts: list[str | None] = []

    async def refuse(request: web.Request) -> web.Response:
        text = (await request.json())["event"]["text"]
        attempts.append(f"{text} {request.headers.get('X-Slack-Retry-Num', '0')}")
        headers = {"x-slack-no-retry": "1"} if text == "never" else {}
        return web.Response(status=500, headers=headers)

    app = web.Application()
    app.router.add_post("/", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    url = f"http://127.0.0.1:{unused_tcp_port}/"
    async with workspace(MANIFEST, tmp_path, "--request-url", url, "--signing-secret", "s") as slack:
        await slack.control.clock(retry_seconds=[0.05])
        await slack.ana.send("D0ANA", "never")
        await slack.ana.send("D0ANA", "again")
        await asyncio.sleep(0.4)
    await runner.cleanup()

    assert attempts == ["never 0", "again 0", "again 1"]


async def test_signed_delivery_over_http(tmp_path: Path, unused_tcp_port: int) -> None:
    url, secret = f"http://127.0.0.1:{unused_tcp_port}/slack/events", "signing-secret"
    async with workspace(MANIFEST, tmp_path, "--request-url", url, "--signing-secret", secret) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        app = AsyncApp(client=client, signing_secret=secret)

        @app.event("message")
        async def answer(say: Any, event: dict[str, Any]) -> None:
            await say(f"heard {event['text']}")

        @app.command("/try")
        async def command(ack: Any, body: dict[str, Any]) -> None:
            await ack(f"got {body['text']}")

        @app.shortcut("start")
        async def shortcut(ack: Any) -> None:
            await ack()

        runner = web.AppRunner(app.web_app("/slack/events", port=unused_tcp_port))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
        await slack.ana.send("D0ANA", "hello")
        await slack.ana.wait_for_text("heard hello")
        await slack.ana.command(CATALOG, "/try this")
        await slack.ana.wait_for_text("got this")
        await slack.ana.shortcut("start")
        await runner.cleanup()
