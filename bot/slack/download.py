"""Downloads from Slack: only from Slack's own hosts, never after a redirect, never more than the limit."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.errors import SlackTrouble

SLACK_HOSTS = ("slack.com", "slack-gov.com")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CHUNK = 1 << 16
MAX_BYTES = 100 * 1024 * 1024


def may_send_token(url: str, api_url: str) -> bool:
    """Whether the bot's token may go to this address: https on Slack's hosts, or the host of a stand-in's API."""
    target, api = urlsplit(url), urlsplit(api_url)
    host = target.hostname or ""
    if target.scheme == "https" and any(host == known or host.endswith(f".{known}") for known in SLACK_HOSTS):
        return True
    api_is_slack = any((api.hostname or "").endswith(known) for known in SLACK_HOSTS)
    if api_is_slack or (host, target.port) != (api.hostname, api.port):
        return False
    return target.scheme == "https" or host in LOOPBACK


async def download(
    session: aiohttp.ClientSession, info: dict[str, Any], *, token: str, api_url: str, limit: int = MAX_BYTES
) -> bytes:
    """The bytes of a file that `files.info` described. Raises SlackTrouble with a sentence for people."""
    url = str(info.get("url_private_download") or info.get("url_private") or "")
    name = str(info.get("name") or "the file")
    if info.get("is_external") or not may_send_token(url, api_url):
        raise SlackTrouble(f"{name} is not stored in Slack.", todo="Download it and drop the file itself here.")
    if int(info.get("size") or 0) > limit:
        raise SlackTrouble(f"{name} is larger than {limit // 1024 // 1024} MB.", todo="Split it or leave columns out.")
    try:
        return await _fetch(session, url, token=token, name=name, limit=limit)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise SlackTrouble(f"{name} could not be downloaded from Slack.", todo="Try again in a minute.") from error


async def _fetch(session: aiohttp.ClientSession, url: str, *, token: str, name: str, limit: int) -> bytes:
    headers = {"Authorization": f"Bearer {token}"}
    async with session.get(url, headers=headers, allow_redirects=False) as answer:
        if answer.status != 200 or answer.content_type == "text/html":
            raise _not_the_file(name)
        parts, size = [], 0
        async for chunk in answer.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > limit:
                raise SlackTrouble(f"{name} is larger than {limit // 1024 // 1024} MB.")
            parts.append(chunk)
    data = b"".join(parts)
    if data[:200].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise _not_the_file(name)
    return data


def _not_the_file(name: str) -> SlackTrouble:
    """Slack answers a missing scope with its login page, not with an error."""
    return SlackTrouble(
        f"Slack did not hand out {name}.",
        todo="The bot may lack the scope files:read, or is not in the channel: reinstall the app or /invite it.",
    )
