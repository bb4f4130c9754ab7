"""Files on the local workspace: up through the three steps, down with the token, nothing for strangers."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.person import PersonError
from tests.local.conftest import bolt, connected
from tests.support.workspace import CATALOG, RANDOM, Workspace


async def fetch(url: str, token: str | None) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
        return response.status, response.content_type, await response.read()


async def test_uploaded_file_is_announced_looked_up_and_downloaded(slack: Workspace) -> None:
    app, got = bolt(slack), asyncio.Queue[tuple[str, bytes]]()

    @app.event("file_shared")
    async def shared(event: dict[str, Any], client: Any) -> None:
        assert event["channel_id"] == "D0ANA"
        file = (await client.files_info(file=event["file_id"]))["file"]
        _, _, content = await fetch(file["url_private_download"], slack.bot_token)
        await got.put((file["mimetype"], content))

    @app.event("message")
    async def ignore() -> None: ...

    async with connected(app, slack):
        await slack.ana.upload("D0ANA", ("list.csv", b"Name\nHose\n"))
        assert await asyncio.wait_for(got.get(), 5) == ("text/csv", b"Name\nHose\n")


async def test_files_upload_v2_shares_a_file_a_moment_after_it_answered(
    slack: Workspace, client: AsyncWebClient
) -> None:
    parent = await client.chat_postMessage(channel=CATALOG, text="Your dataset")
    answer = await client.files_upload_v2(
        channel=CATALOG,
        thread_ts=parent["ts"],
        initial_comment="Two files",
        file_uploads=[
            {"filename": "train.jsonl", "content": '{"a": 1}', "alt_txt": "Training pairs"},
            {"filename": "report.txt", "content": "fine"},
        ],
    )
    message = await slack.ana.wait_for_text("Two files")

    assert [file["mimetype"] for file in answer["files"]] == ["", ""]
    assert answer["files"][0]["shares"] == {}
    assert message["thread_ts"] == parent["ts"]
    assert [file["name"] for file in message["files"]] == ["train.jsonl", "report.txt"]
    assert message["files"][0]["alt_txt"] == "Training pairs"
    assert await slack.ana.download(message["files"][1]) == b"fine"
    info = await client.files_info(file=message["files"][0]["id"])
    assert info["file"]["shares"]["public"][CATALOG][0]["ts"] == message["ts"]


@pytest.mark.parametrize("token", [None, "xoxb-somebody-else"])
async def test_download_without_the_token_ends_on_a_sign_in_page_with_status_200(
    slack: Workspace, token: str | None
) -> None:
    answer = await slack.ana.upload(CATALOG, ("list.csv", b"Name\n"))

    status, content_type, body = await fetch(answer["files"][0]["url_private"], token)

    assert (status, content_type) == (200, "text/html")
    assert b"Sign in" in body


async def test_file_shared_where_the_bot_is_not_is_hidden_from_it(slack: Workspace, client: AsyncWebClient) -> None:
    answer = await slack.ana.upload(RANDOM, ("list.csv", b"Name\n"))

    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_info(file=answer["files"][0]["id"])
    assert (await fetch(answer["files"][0]["url_private"], slack.bot_token))[1] == "text/html"


async def test_upload_to_a_person_is_refused_and_to_their_direct_message_is_not(
    slack: Workspace, client: AsyncWebClient
) -> None:
    with pytest.raises(SlackApiError, match="failed to match pattern"):
        await client.files_upload_v2(channel="U0ANA", filename="a.txt", content="a")

    await client.files_upload_v2(channel="D0ANA", filename="a.txt", content="a")
    await slack.ana.wait_for_message(lambda message: message.get("files"), channel="D0ANA")


async def test_upload_of_another_length_than_announced_is_refused(slack: Workspace, client: AsyncWebClient) -> None:
    ticket = await client.files_getUploadURLExternal(filename="a.txt", length=5)
    async with aiohttp.ClientSession() as http, http.post(ticket["upload_url"], data=b"abc") as response:
        assert response.status == 400
    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_completeUploadExternal(files=[{"id": ticket["file_id"]}], channel_id=CATALOG)


async def test_image_block_shows_a_file_only_once_it_is_processed(slack: Workspace, client: AsyncWebClient) -> None:
    await slack.control.clock(file_processing_seconds=0.3)
    answer = await client.files_upload_v2(channel=CATALOG, filename="loss curve?.png", content=b"png")
    block = {"type": "image", "slack_file": {"id": answer["file"]["id"]}, "alt_text": "Loss"}

    with pytest.raises(SlackApiError, match="invalid slack file"):
        await client.chat_postMessage(channel=CATALOG, text="Loss", blocks=[block])
    message = await slack.ana.wait_for_message(lambda message: message.get("files"))
    await client.chat_postMessage(channel=CATALOG, text="Loss", blocks=[block])

    assert await slack.ana.download(message["files"][0]) == b"png"
    url = message["files"][0]["url_private"]
    assert url.endswith("/loss%20curve%3F.png")
    assert (await fetch(url, slack.bot_token))[1:] == ("image/png", b"png")


async def test_deleted_file_is_gone_for_everyone(slack: Workspace, client: AsyncWebClient) -> None:
    answer = await slack.ana.upload(CATALOG, ("list.csv", b"Name\n"))
    [file] = answer["files"]

    await slack.ana.act("delete_file", file=file["id"])

    with pytest.raises(SlackApiError, match="file_deleted"):
        await client.files_info(file=file["id"])
    with pytest.raises(PersonError):
        await slack.ben.download(file)
    message = await slack.ben.wait_for_message(lambda message: message.get("files"))
    assert message["files"] == [{"id": file["id"], "mode": "tombstone"}]


async def test_file_input_of_a_form_arrives_as_file_objects(slack: Workspace) -> None:
    app, got = bolt(slack), []
    field = {
        "type": "input",
        "block_id": "catalog",
        "label": {"type": "plain_text", "text": "Catalog"},
        "element": {"type": "file_input", "action_id": "file", "filetypes": ["csv"], "max_files": 1},
    }
    title = {"type": "plain_text", "text": "Add"}

    @app.shortcut("start")
    async def start(ack: Any, shortcut: dict[str, Any], client: Any) -> None:
        await ack()
        view = {"type": "modal", "callback_id": "form", "title": title, "submit": title, "blocks": [field]}
        await client.views_open(trigger_id=shortcut["trigger_id"], view=view)

    @app.view("form")
    async def save(ack: Any, view: dict[str, Any]) -> None:
        await ack()
        got.extend(view["state"]["values"]["catalog"]["file"]["files"])

    async with connected(app, slack):
        await slack.ana.shortcut("start")
        await slack.ana.wait_for_modal()
        uploaded = await slack.ana.upload(None, ("list.csv", b"Name\n"))
        assert await slack.ana.submit({"catalog": uploaded["files"]}) == {}

    assert [file["name"] for file in got] == ["list.csv"]
    assert (await fetch(got[0]["url_private"], slack.bot_token))[2] == b"Name\n"
