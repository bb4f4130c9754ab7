"""The local workspace refuses what Slack refuses, in Slack's words."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.person import Person, PersonError
from bot.local.workspace.__main__ import is_loopback
from tests.local.conftest import MANIFEST
from tests.support.workspace import CATALOG, RANDOM, Workspace, server, visit


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


async def test_over_long_blocks_are_refused_with_the_place_of_each_problem(
    slack: Workspace, client: AsyncWebClient
) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}

    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=CATALOG, text="x", blocks=[section("s" * 3001), header])

    answer = refused.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/1/text/text]",
    ]
    assert await slack.ana.history(CATALOG) == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": RANDOM, "text": "x"}, "not_in_channel"),
        ({"channel": CATALOG}, "no_text"),
        ({"channel": CATALOG, "text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
        ({"channel": CATALOG, "text": "x", "blocks": [section("s")] * 51}, "invalid_blocks"),
        ({"channel": CATALOG, "text": "x", "blocks": [section("s" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"channel": CATALOG, "text": "x", "blocks": [None]}, "invalid_blocks"),
        ({"channel": CATALOG, "text": "x", "metadata": {"event_type": "t"}}, "invalid_metadata_format"),
    ],
)
async def test_posts_that_slack_refuses(
    slack: Workspace, client: AsyncWebClient, arguments: dict[str, Any], error: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call("chat.postMessage", json=arguments)

    assert refused.value.response["error"] == error


async def test_update_refuses_long_text_and_other_peoples_messages(slack: Workspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=CATALOG, text="t" * 5000)
    theirs = await slack.ana.send(CATALOG, "mine")

    with pytest.raises(SlackApiError, match="msg_too_long"):
        await client.chat_update(channel=CATALOG, ts=posted["ts"], text="t" * 4001)
    with pytest.raises(SlackApiError, match="cant_update_message"):
        await client.chat_update(channel=CATALOG, ts=theirs, text="yours")
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.chat_update(channel=CATALOG, ts="1.000000", text="gone")


async def test_update_with_text_alone_takes_the_blocks_away_and_keeps_metadata(
    slack: Workspace, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "outbox", "event_payload": {"key": "k1"}}
    posted = await client.chat_postMessage(channel=CATALOG, text="a", blocks=[section("a")], metadata=metadata)
    await client.chat_update(channel=CATALOG, ts=posted["ts"], text="b")

    plain = await client.conversations_history(channel=CATALOG)
    full = await client.conversations_history(channel=CATALOG, include_all_metadata=True)

    assert "metadata" not in plain["messages"][0]
    assert "blocks" not in full["messages"][0]
    assert full["messages"][0]["metadata"] == metadata


async def test_thread_is_found_again_by_its_metadata(slack: Workspace, client: AsyncWebClient) -> None:
    parent = await client.chat_postMessage(channel=CATALOG, text="parent")
    metadata = {"event_type": "outbox", "event_payload": {"key": "k2"}}
    for number in range(3):
        more: dict[str, Any] = {"metadata": metadata} if number == 1 else {}
        await client.chat_postMessage(channel=CATALOG, text=f"reply {number}", thread_ts=parent["ts"], **more)

    first = await client.conversations_replies(
        channel=CATALOG, ts=parent["ts"], include_all_metadata=True, limit=2, oldest=parent["ts"]
    )
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_replies(
        channel=CATALOG, ts=parent["ts"], include_all_metadata=True, limit=2, cursor=cursor
    )

    texts = [message["text"] for message in [*first["messages"], *rest["messages"]]]
    assert texts == ["parent", "reply 0", "reply 1", "reply 2"]
    assert [m["text"] for m in rest["messages"] if m.get("metadata") == metadata] == ["reply 1"]


async def test_missing_scope_says_what_is_needed_and_what_there_is(slack: Workspace, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.users_info(user="U0ANA")

    answer = refused.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert "chat:write" in answer["provided"].split(",")
    assert "chat:write" in answer.headers["x-oauth-scopes"]


async def test_history_of_a_direct_message_needs_its_own_scope(workspace_server: dict[str, str]) -> None:
    scopes = {"scopes": {"bot": ["chat:write", "channels:history"]}}
    async with visit(workspace_server, {**MANIFEST, "oauth_config": scopes}) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        await client.conversations_history(channel=CATALOG)
        with pytest.raises(SlackApiError) as refused:
            await client.conversations_history(channel="D0ANA")

    assert refused.value.response["needed"] == "im:history"


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        ("xoxb-wrong", "auth.test", "invalid_auth"),
        ("xoxb-local", "apps.connections.open", "not_allowed_token_type"),
        ("xapp-local", "chat.postMessage", "not_allowed_token_type"),
        ("xoxb-local", "chat.shout", "unknown_method"),
    ],
)
async def test_wrong_tokens_and_methods(slack: Workspace, token: str, method: str, error: str) -> None:
    with pytest.raises(SlackApiError) as refused:
        await AsyncWebClient(token=token, base_url=slack.api_url).api_call(method)

    assert refused.value.response["error"] == error


async def test_archived_channel_takes_no_posts_until_it_is_back(slack: Workspace, client: AsyncWebClient) -> None:
    await slack.ana.channel("archive", CATALOG)
    with pytest.raises(SlackApiError, match="is_archived"):
        await client.chat_postMessage(channel=CATALOG, text="x")
    with pytest.raises(PersonError, match="archived"):
        await slack.ana.send(CATALOG, "x")

    await slack.ana.channel("unarchive", CATALOG)
    await client.chat_postMessage(channel=CATALOG, text="x")


async def test_bursts_of_posts_into_one_channel_are_limited_and_say_when_to_come_back(
    slack: Workspace, client: AsyncWebClient
) -> None:
    with pytest.raises(SlackApiError) as refused:
        for number in range(10):
            await client.chat_postMessage(channel=CATALOG, text=str(number))

    assert refused.value.response.status_code == 429
    assert refused.value.response["error"] == "ratelimited"
    assert int(refused.value.response.headers["Retry-After"]) >= 1
    await client.chat_postMessage(channel="D0ANA", text="another channel is not affected")


async def test_method_tiers_hold_and_can_be_lifted(slack: Workspace, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        for _ in range(21):
            await client.conversations_list()
    assert refused.value.response["error"] == "ratelimited"

    await slack.control.clock(rate_multiplier=0)
    await client.conversations_list()


async def test_limits_chosen_at_the_start_hold_after_a_reset(tmp_path: Path) -> None:
    with server(MANIFEST, tmp_path, "--rate-multiplier", "0") as ready:
        async with visit(ready) as slack:
            client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
            for number in range(8):
                await client.chat_postMessage(channel=CATALOG, text=str(number))


async def test_ephemeral_message_is_seen_by_one_person_and_not_in_history(
    slack: Workspace, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel=CATALOG, user="U0BEN", text="only you")
    note = await slack.ben.wait_for_text("only you")

    assert note["ephemeral"] is True
    assert await slack.ana.history(CATALOG) == []
    assert (await client.conversations_history(channel=CATALOG))["messages"] == []
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.chat_update(channel=CATALOG, ts=note["ts"], text="changed")


async def test_post_to_a_person_opens_their_direct_message(slack: Workspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="U0CAM", text="for Cam")

    assert posted["channel"] == "D0CAM"
    await slack.cam.wait_for_text("for Cam", channel="D0CAM")


async def test_reactions_of_the_bot(slack: Workspace, client: AsyncWebClient) -> None:
    ts = await slack.ana.send(CATALOG, "look")
    await client.reactions_add(channel=CATALOG, timestamp=ts, name="eyes")
    with pytest.raises(SlackApiError, match="already_reacted"):
        await client.reactions_add(channel=CATALOG, timestamp=ts, name="eyes")
    got = await client.reactions_get(channel=CATALOG, timestamp=ts)
    await client.reactions_remove(channel=CATALOG, timestamp=ts, name="eyes")

    assert got["message"]["reactions"] == [{"name": "eyes", "users": ["U0TUNE"], "count": 1}]
    with pytest.raises(SlackApiError, match="no_reaction"):
        await client.reactions_remove(channel=CATALOG, timestamp=ts, name="eyes")


async def test_deleted_parent_leaves_a_tombstone_for_its_replies(slack: Workspace, client: AsyncWebClient) -> None:
    parent = await client.chat_postMessage(channel=CATALOG, text="parent")
    await client.chat_postMessage(channel=CATALOG, text="reply", thread_ts=parent["ts"])
    await client.chat_delete(channel=CATALOG, ts=parent["ts"])
    lone = await client.chat_postMessage(channel=CATALOG, text="lone")
    await client.chat_delete(channel=CATALOG, ts=lone["ts"])

    [left] = await slack.ana.history(CATALOG)
    assert left["deleted"] is True
    assert left["reply_count"] == 1


async def test_view_rules_of_slack(slack: Workspace, client: AsyncWebClient) -> None:
    field = {
        "type": "input",
        "label": {"type": "plain_text", "text": "Text"},
        "element": {"type": "plain_text_input", "max_length": 3001},
    }
    view = {"type": "modal", "title": {"type": "plain_text", "text": "t" * 25}, "blocks": [field]}

    with pytest.raises(SlackApiError) as refused:
        await client.views_open(trigger_id="1.1", view=view)

    problems = "\n".join(refused.value.response["response_metadata"]["messages"])
    assert refused.value.response["error"] == "invalid_arguments"
    assert "/view/title/text" in problems
    assert "/view/blocks/0/element/max_length" in problems


async def test_uninstalled_app_is_locked_out(slack: Workspace, client: AsyncWebClient) -> None:
    await slack.ana.act("uninstall")

    with pytest.raises(SlackApiError, match="account_inactive"):
        await client.auth_test()


async def test_commands_and_clicks_that_slack_would_not_send(slack: Workspace, client: AsyncWebClient) -> None:
    ts = await slack.ana.send(CATALOG, "a thread")
    with pytest.raises(PersonError, match="does not work in threads"):
        await slack.ana.send(CATALOG, "/try it", thread_ts=ts)
    with pytest.raises(PersonError, match="not a command"):
        await slack.ana.command(CATALOG, "/other")
    with pytest.raises(PersonError, match="not there any more"):
        container = {"type": "message", "channel": CATALOG, "ts": ts}
        await slack.ana.act("click", container=container, action={"block_id": "b", "action_id": "a"})


async def test_other_web_sites_and_strangers_are_kept_out(slack: Workspace) -> None:
    body = {"user": "U0ANA", "channel": CATALOG, "text": "x"}
    async with aiohttp.ClientSession() as http:
        foreign = await http.post(f"{slack.url}/client/send", json=body, headers={"Origin": "http://elsewhere.example"})
        own = await http.post(f"{slack.url}/client/send", json=body, headers={"Origin": slack.url})
        controls = await http.get(f"{slack.url}/control/calls")

    assert (foreign.status, own.status, controls.status) == (403, 200, 401)


async def test_page_token_guards_the_page(tmp_path: Path) -> None:
    with server(MANIFEST, tmp_path, "--page-token", "secret") as ready:
        boot = f"{ready['url']}/client/boot?user=U0ANA"
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            stranger = await http.get(boot)
            await http.get(ready["page_url"])
            visitor = await http.get(boot)
        async with Person(ready["url"], "U0ANA", token="secret") as ana:
            assert ana.workspace["me"] == "U0ANA"

    assert (stranger.status, visitor.status) == (401, 200)


def test_listening_beyond_this_machine_needs_a_page_token(tmp_path: Path) -> None:
    everywhere = ("--host", "0.0.0.0")  # noqa: S104

    with pytest.raises(RuntimeError, match="did not start"), server(MANIFEST, tmp_path, *everywhere):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    assert not is_loopback("192.168.1.7")


async def test_app_without_a_messages_tab_cannot_write_to_people(workspace_server: dict[str, str]) -> None:
    features = {**MANIFEST["features"], "app_home": {"home_tab_enabled": False, "messages_tab_enabled": False}}
    async with visit(workspace_server, {**MANIFEST, "features": features}) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        with pytest.raises(SlackApiError, match="messages_tab_disabled"):
            await client.chat_postMessage(channel="U0ANA", text="x")
        with pytest.raises(SlackApiError, match="not_enabled"):
            await client.views_publish(user_id="U0ANA", view={"type": "home", "blocks": []})
