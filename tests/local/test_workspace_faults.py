"""Faults on demand: the call log shows what happened all the same."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.workspace import CATALOG, Workspace


def without_retries(slack: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


async def test_lost_answer_means_posted_but_unknown(slack: Workspace) -> None:
    await slack.control.fault("chat.postMessage", "lose_answer")

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await without_retries(slack).chat_postMessage(channel=CATALOG, text="said once")

    await slack.ana.wait_for_text("said once")
    assert len(await slack.sent("chat.postMessage")) == 1


async def test_default_retry_of_the_sdk_doubles_a_post_whose_answer_was_lost(
    slack: Workspace, client: AsyncWebClient
) -> None:
    await slack.control.fault("chat.postMessage", "lose_answer")

    await client.chat_postMessage(channel=CATALOG, text="said twice")

    assert len(await slack.ana.history(CATALOG)) == 2


async def test_429_is_retried_after_the_time_it_names(slack: Workspace, client: AsyncWebClient) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await slack.control.fault("chat.postMessage", "429", retry_after=1)

    await client.chat_postMessage(channel=CATALOG, text="later")

    first, second = await slack.calls("chat.postMessage")
    assert (first["status"], first["error"], second["ok"]) == (429, "ratelimited", True)
    assert second["at"] - first["at"] >= 1
    assert len(await slack.ana.history(CATALOG)) == 1


async def test_500_and_chosen_errors_perform_nothing(slack: Workspace) -> None:
    await slack.control.fault("chat.postMessage", "500")
    await slack.control.fault("chat.postMessage", "error", error="fatal_error")

    with pytest.raises(SlackApiError) as broken:
        await without_retries(slack).chat_postMessage(channel=CATALOG, text="x")
    with pytest.raises(SlackApiError, match="fatal_error"):
        await without_retries(slack).chat_postMessage(channel=CATALOG, text="x")

    assert broken.value.response.status_code == 500
    assert await slack.ana.history(CATALOG) == []


async def test_stalled_call_outlives_an_impatient_client(slack: Workspace) -> None:
    await slack.control.fault("chat.update", "stall", seconds=5)
    client = without_retries(slack)
    posted = await client.chat_postMessage(channel=CATALOG, text="x")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.chat_update(channel=CATALOG, ts=posted["ts"], text="y"), 0.3)


async def test_download_can_turn_into_a_sign_in_page(slack: Workspace) -> None:
    answer = await slack.ana.upload(CATALOG, ("list.csv", b"Name\n"))
    await slack.control.fault("download", "html_download")
    headers = {"Authorization": f"Bearer {slack.bot_token}"}

    async with aiohttp.ClientSession(headers=headers) as http:
        types = []
        for _ in range(2):
            async with http.get(answer["files"][0]["url_private"]) as response:
                types.append(response.content_type)

    assert types == ["text/html", "text/csv"]


async def test_unknown_fault_is_refused(slack: Workspace) -> None:
    with pytest.raises(ValueError, match="kind must be one of"):
        await slack.control.fault("chat.update", "explode")


async def test_notice_is_shown_to_everyone_and_kept_for_those_who_come_later(slack: Workspace) -> None:
    await slack.control.notice("model", "Fetching the model", percent=40)

    await slack.ana.until(lambda: "model" in slack.ana.notices, "the notice", 5)
    boot = await slack.ben.boot()
    assert boot["notices"][0]["text"] == "Fetching the model"
