"""People come and go, change their words, follow links; and the app hears of what it subscribed to."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.person import Person, PersonError
from tests.local.conftest import MANIFEST, bolt, connected
from tests.support.workspace import CATALOG, RANDOM, Workspace, visit

Events = asyncio.Queue[dict[str, Any]]


def hearing(slack: Workspace, *names: str) -> tuple[Any, Events]:
    app, heard = bolt(slack), Events()

    async def note(event: dict[str, Any]) -> None:
        await heard.put(event)

    for name in names:
        app.event(name)(note)
    return app, heard


async def next_of(heard: Events) -> dict[str, Any]:
    return await asyncio.wait_for(heard.get(), 5)


async def test_edits_and_deletions_reach_the_app_and_the_pages(slack: Workspace) -> None:
    app, heard = hearing(slack, "message")

    async with connected(app, slack):
        await slack.ana.send(CATALOG, "first words")
        await next_of(heard)
        message = await slack.ben.wait_for_text("first words")
        await slack.ana.edit(message, "second words")
        changed = await next_of(heard)
        await slack.ben.wait_for_text("second words")
        await slack.ana.delete(message)
        deleted = await next_of(heard)

    assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "second words")
    assert changed["previous_message"]["text"] == "first words"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", message["ts"])
    assert slack.ana.newest(lambda message: True) is None
    with pytest.raises(PersonError, match="not there any more"):
        await slack.ana.edit(message, "third")


async def test_only_the_author_changes_a_message(slack: Workspace) -> None:
    await slack.ana.send(CATALOG, "mine")
    message = await slack.ben.wait_for_text("mine")

    with pytest.raises(PersonError, match="Only the author"):
        await slack.ben.edit(message, "yours")


async def test_channel_changes_are_heard(slack: Workspace) -> None:
    app, heard = hearing(slack, "channel_rename", "channel_archive", "channel_left", "app_uninstalled", "message")

    async with connected(app, slack):
        await slack.ana.channel("rename", CATALOG, name="catalog")
        await slack.ana.channel("archive", CATALOG)
        await slack.ana.channel("unarchive", CATALOG)
        await slack.ana.channel("remove_bot", CATALOG)
        got = [await next_of(heard) for _ in range(3)]
        await slack.ana.act("uninstall")
        last = await next_of(heard)
        await slack.ana.send("D0ANA", "anybody there?")
        await asyncio.sleep(0.2)

    assert {event["type"] for event in got} == {"channel_rename", "channel_archive", "channel_left"}
    assert last["type"] == "app_uninstalled"
    assert heard.empty()


async def test_new_channel_appears_on_every_page_and_the_bot_can_be_invited(
    slack: Workspace, client: AsyncWebClient
) -> None:
    channel = await slack.ana.channel("create", name="new-texts")
    await slack.ana.channel("invite_bot", channel)

    await client.chat_postMessage(channel=channel, text="thanks for having me")

    await slack.ben.wait_for_text("thanks for having me", channel=channel)
    assert (await client.conversations_info(channel="C0RANDOM"))["channel"]["is_member"] is False
    assert (await client.conversations_members(channel=channel))["members"] == ["U0ANA", "U0BEN", "U0CAM", "U0TUNE"]


async def test_private_channel_is_hidden_from_everyone_else_and_has_events_of_its_own(
    workspace_server: dict[str, str],
) -> None:
    scopes = {"scopes": {"bot": [*MANIFEST["oauth_config"]["scopes"]["bot"], "groups:read", "groups:history"]}}
    events = ["message.groups", "member_joined_channel", "group_left", "group_archive"]
    settings = {**MANIFEST["settings"], "event_subscriptions": {"bot_events": events}}
    async with visit(workspace_server, {**MANIFEST, "oauth_config": scopes, "settings": settings}) as slack:
        app, heard = hearing(slack, "message", "member_joined_channel", "group_left", "group_archive")
        channel = await slack.ana.channel("create", name="secret", private=True)
        with pytest.raises(SlackApiError, match="channel_not_found"):
            await app.client.chat_postMessage(channel=channel, text="x")
        async with connected(app, slack):
            await slack.ana.channel("invite_bot", channel)
            got = [await next_of(heard)]
            await slack.ana.send(channel, "between us")
            got.append(await next_of(heard))
            await slack.ana.channel("archive", channel)
            got.append(await next_of(heard))
            await slack.ana.channel("remove_bot", channel)
            got.append(await next_of(heard))

    assert [event["type"] for event in got] == ["member_joined_channel", "message", "group_archive", "group_left"]
    assert got[1]["channel_type"] == "group"
    assert slack.ben.newest(lambda message: True) is None


async def test_stranger_from_another_workspace_clicks_with_their_own_team(slack: Workspace) -> None:
    app, seen = bolt(slack), []
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}

    @app.action("go")
    async def go(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        seen.append((body["user"]["id"], body["user"]["team_id"]))

    await slack.control.add_person("U0DEE", "dee", team_id="T0OTHER", channels=[CATALOG])
    async with connected(app, slack), Person(slack.url, "U0DEE") as dee:
        await app.client.chat_postMessage(channel=CATALOG, text="x", blocks=[{"type": "actions", "elements": [button]}])
        await dee.click("Go")

    assert seen == [("U0DEE", "T0OTHER")]


async def test_any_event_can_be_made_to_happen_if_the_app_subscribed(slack: Workspace) -> None:
    app, heard = hearing(slack, "reaction_added")

    async with connected(app, slack):
        item = {"type": "message", "channel": CATALOG, "ts": "1.000001"}
        event = {"type": "reaction_added", "user": "U0BEN", "reaction": "+1", "item": item}
        await slack.control.emit(event, channel=RANDOM)
        await slack.control.emit({"type": "user_change", "user": {"id": "U0BEN"}})
        await slack.control.emit(event, channel=CATALOG)
        got = await next_of(heard)

    assert got["item"] == item
    assert heard.empty()


async def test_permalink_opens_the_page_at_the_thread(slack: Workspace, client: AsyncWebClient) -> None:
    parent = await client.chat_postMessage(channel=CATALOG, text="parent")
    reply = await client.chat_postMessage(channel=CATALOG, text="reply", thread_ts=parent["ts"])

    link = (await client.chat_getPermalink(channel=CATALOG, message_ts=reply["ts"]))["permalink"]

    async with aiohttp.ClientSession() as http, http.get(link, allow_redirects=False) as response:
        assert response.headers["Location"] == f"/#//{CATALOG}/{parent['ts']}"


async def test_private_messages_are_seen_by_their_two_people_only(slack: Workspace, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="D0ANA", text="secret")
    await slack.ana.wait_for_text("secret")

    assert slack.ben.newest(lambda message: "secret" in message["text"]) is None
    with pytest.raises(PersonError, match="no such channel"):
        await slack.ben.history("D0ANA")


async def test_who_comes_later_sees_everything_said_before(slack: Workspace, client: AsyncWebClient) -> None:
    parent = await client.chat_postMessage(channel=CATALOG, text="parent")
    await client.chat_postMessage(channel=CATALOG, text="reply", thread_ts=parent["ts"])

    async with Person(slack.url, "U0CAM") as late:
        assert [message["text"] for message in late.all_messages()] == ["parent", "reply"]
        [channel] = [one for one in late.workspace["channels"] if one["id"] == CATALOG]
        assert channel["unread"] == 1


async def test_foreign_host_name_is_refused(slack: Workspace) -> None:
    url = f"{slack.url}/client/boot?user=U0ANA"
    async with aiohttp.ClientSession(headers={"Host": "evil.example"}) as http, http.get(url) as response:
        assert response.status == 403


async def test_page_is_served_with_a_policy_that_runs_nothing_of_others(slack: Workspace) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{slack.url}/") as response:
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
