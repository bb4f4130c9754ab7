"""`tunesmith engine serve` and `tunesmith workspace serve`: each stand-in alone, in a process of its own."""

from __future__ import annotations

import os
import sys

import typer

from bot.demo import places

engine_app = typer.Typer(name="engine", help="The self-hosted fine-tuning server.", no_args_is_help=True)
workspace_app = typer.Typer(name="workspace", help="The local, Slack-compatible workspace.", no_args_is_help=True)

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@engine_app.callback()
def _engine() -> None:
    """The self-hosted fine-tuning server."""


@workspace_app.callback()
def _workspace() -> None:
    """The local, Slack-compatible workspace."""


@engine_app.command("serve", context_settings=PASS_ON, add_help_option=False)
def serve_engine(context: typer.Context) -> None:
    """Serve models and fine-tuning jobs in OpenAI's wire format."""
    _become("bot.local.engine", context.args)


@workspace_app.command("serve", context_settings=PASS_ON, add_help_option=False)
def serve_workspace(context: typer.Context) -> None:
    """Serve a workspace that speaks Slack's Web API and Socket Mode, with a page for people."""
    own = [] if "--manifest" in context.args else ["--manifest", str(places.manifest())]
    _become("bot.local.workspace", [*own, *context.args])


def _become(module: str, arguments: list[str]) -> None:
    """Replace this process: the stand-ins share nothing with the bot, not even a process."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own module, no shell


def add_to(app: typer.Typer) -> None:
    app.add_typer(engine_app)
    app.add_typer(workspace_app)
