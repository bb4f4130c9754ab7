"""`tunesmith doctor`: what is missing, and how to get it."""

from __future__ import annotations

import asyncio
import importlib.util
import re
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import orjson
import typer
import yaml
from rich.console import Console
from rich.markup import escape
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts import account_of
from bot.config import DEFAULT_PROVIDER, Settings
from bot.demo import places
from bot.errors import BotError
from bot.providers.openai_tuner import OpenAITuner
from storage import schema
from storage.engine import connect

# A base model that goes within this many days is worth a word.
SHUTDOWN_WARNING_DAYS = 60
TOKEN_FORMS = {"slack.bot_token": re.compile(r"xoxb-.+"), "slack.app_token": re.compile(r"xapp-.+")}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `fix` says how to mend it where it is not well."""

    check: str
    ok: bool
    message: str
    fix: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Check tokens, scopes, manifest, database, provider, models and the engine's PyTorch."""
    findings = asyncio.run(examine(Settings()))
    well = all(finding.ok for finding in findings)
    if as_json:
        typer.echo(orjson.dumps({"ok": well, "findings": [asdict(f) for f in findings], "problem": None}).decode())
    else:
        _show(findings)
    raise typer.Exit(0 if well else 1)


def _show(findings: list[Finding]) -> None:
    out = Console(highlight=False)
    for finding in findings:
        out.print(f"{'[green]✓' if finding.ok else '[red]✗'}[/] {escape(f'{finding.check}: {finding.message}')}")
        if finding.fix:
            out.print(f"    {finding.fix}", style="yellow", markup=False)


async def examine(settings: Settings) -> list[Finding]:
    """Every check, one after the other; none of them raises."""
    findings: list[Finding] = []
    for check in (_tokens, _policy, _slack, _database, _providers, _torch):
        findings += [finding async for finding in check(settings)]
    return findings


async def _tokens(settings: Settings) -> AsyncIterator[Finding]:
    found = {
        "slack.bot_token": settings.slack_bot_token.get_secret_value(),
        "slack.app_token": settings.slack_app_token.get_secret_value(),
    }
    where = {
        "slack.bot_token": "Set SLACK_BOT_TOKEN: your app > OAuth & Permissions > Bot User OAuth Token.",
        "slack.app_token": "Set SLACK_APP_TOKEN: your app > Basic Information > App-Level Tokens (connections:write).",
    }
    for check, token in found.items():
        ok = bool(TOKEN_FORMS[check].fullmatch(token))
        said = "set" if ok else ("does not look like one" if token else "not set")
        yield Finding(check, ok, said, "" if ok else where[check])


async def _policy(settings: Settings) -> AsyncIterator[Finding]:
    decided = settings.slack_text_for_training is not None or not settings.is_real_slack
    yield Finding(
        "slack.policy",
        decided,
        f"SLACK_TEXT_FOR_TRAINING={settings.slack_text_for_training}" if decided else "nobody has decided yet",
        "" if decided else "Read “Slack's policy” in the README, then set SLACK_TEXT_FOR_TRAINING to yes or no.",
    )


async def _slack(settings: Settings) -> AsyncIterator[Finding]:
    """Whether Slack takes the token, and whether it carries the manifest's scopes."""
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        return
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
        client = AsyncWebClient(token=token, base_url=settings.slack_api_url, session=session)
        try:
            answer = await client.auth_test()
        except SlackApiError as error:
            yield Finding(
                "slack.auth",
                False,
                f"Slack says {error.response.get('error')}",
                "Install the app again and copy the new token.",
            )
            return
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            yield Finding(
                "slack.auth",
                False,
                f"{settings.slack_api_url} does not answer ({type(error).__name__})",
                "Check the network or a proxy.",
            )
            return
    yield Finding("slack.auth", True, f"{answer.get('user')} in {answer.get('team')}")
    yield _scopes({name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes"))


def _scopes(granted: str | None) -> Finding:
    wanted = set(yaml.safe_load(places.manifest().read_text())["oauth_config"]["scopes"]["bot"])
    if granted is None:
        return Finding("slack.scopes", True, "not told by this server")
    missing = sorted(wanted - {scope.strip() for scope in granted.split(",")})
    fix = "Paste manifest.yml into your app's App Manifest page, save, and reinstall the app." if missing else ""
    return Finding("slack.scopes", not missing, f"missing {', '.join(missing)}" if missing else "all there", fix)


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    db = connect(settings.database)
    try:
        current = await schema.current(db)
    except Exception as error:
        yield Finding("database", False, f"cannot be opened: {error}", "Check DATABASE_URL.")
        return
    finally:
        await db.close()
    fresh = current == schema.newest()
    sqlite = db.engine.dialect.name == "sqlite"
    said = "up to date" if fresh else "not up to date" + (" (serve will see to it)" if sqlite else "")
    yield Finding("database", fresh or sqlite, said, "" if fresh or sqlite else "Run `tunesmith db upgrade`.")


async def _providers(settings: Settings) -> AsyncIterator[Finding]:
    """Whether each provider answers, and whether the models in use stay."""
    names = list(settings.providers) or [DEFAULT_PROVIDER]
    for name in names:
        try:
            tuner = OpenAITuner(account_of(settings, name))
            try:
                models = await tuner.models()
            finally:
                await tuner.aclose()
        except BotError as error:
            yield Finding(f"provider.{name}", False, error.message, error.todo)
            continue
        yield Finding(f"provider.{name}", True, f"answers, {len(models)} models")
        going = {model.id: model.shutdown_date for model in models}
        for model in {settings.defaults.generate, settings.defaults.tune} - {""}:
            if settings.model(model).provider == name:
                yield _model(model, going)


def _model(name: str, shutdown: dict[str, Any]) -> Finding:
    if name not in shutdown:
        return Finding(
            f"model.{name}",
            False,
            "the provider does not list it",
            "Choose another one under [defaults] in tunesmith.toml.",
        )
    end = shutdown[name]
    if end is None:
        return Finding(f"model.{name}", True, "there, no end announced")
    days = (_as_date(end) - datetime.now(UTC).date()).days
    fix = (
        "Plan for another base model; your frozen datasets can be used again." if days <= SHUTDOWN_WARNING_DAYS else ""
    )
    return Finding(f"model.{name}", days > 0, f"ends {end} ({days} days)", fix)


def _as_date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


async def _torch(settings: Settings) -> AsyncIterator[Finding]:
    """The engine is optional; a CUDA build of PyTorch on a machine without a GPU is 3 GB for nothing."""
    if importlib.util.find_spec("torch") is None:
        yield Finding("engine.pytorch", True, "not installed; only the self-hosted engine needs it")
        return
    version = metadata.version("torch")
    wasteful = any(name.startswith("nvidia-") for name in _installed()) and not _has_gpu()
    yield Finding(
        "engine.pytorch",
        not wasteful,
        f"{version}, a CUDA build without a GPU" if wasteful else version,
        "Uninstall torch and install its CPU build: see “Setting up” in the README." if wasteful else "",
    )


def _installed() -> list[str]:
    return [str(distribution.metadata["Name"]).lower() for distribution in metadata.distributions()]


def _has_gpu() -> bool:
    return Path("/dev/nvidia0").exists()
