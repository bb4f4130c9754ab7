"""`tunesmith demo`: the whole tour on this machine, with nothing but Python."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import tempfile
import time
import webbrowser
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console

from bot.cli import demo_report
from bot.demo import colleague, places
from bot.demo.control import Control
from bot.demo.fetching import Tell, fetch_engine
from bot.demo.person import Person
from bot.demo.processes import Plan, Processes, free_port
from bot.demo.tour import ANA, CHANNEL, Tour
from bot.errors import BotError

DEFAULT_PORT = 8765
INTERRUPTED = 130
T = TypeVar("T")
said = Console(stderr=True, highlight=False, markup=False)


def demo(
    port: Annotated[int, typer.Option(help="The page's port.")] = DEFAULT_PORT,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the page's address.")] = False,
    catalog: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Your own catalog.")] = None,
    autopilot: Annotated[bool, typer.Option(help="A scripted person takes the tour, and the command ends.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --autopilot: one JSON object at the end.")] = False,
    texts: Annotated[int, typer.Option(help="With --autopilot: how many texts to write (10, 60, 200).")] = 10,
    keep: Annotated[Path | None, typer.Option(help="A folder to keep, instead of a temporary one.")] = None,
    model: Annotated[str, typer.Option(help="With --autopilot: another model for the engine, a path or a name.")] = "",
) -> None:
    """Open a local workspace with the bot in it and a small model to teach."""
    home = keep or Path(tempfile.mkdtemp(prefix="tunesmith-demo-"))
    home.mkdir(parents=True, exist_ok=True)
    plan = Plan(home.resolve(), free_port(port), free_port(), engine_model=model)
    try:
        if autopilot:
            report = asyncio.run(_ended_by_sigterm(_autopilot(plan, catalog or places.SAMPLE_CATALOG, texts)))
            _print(report, as_json)
            raise typer.Exit(0 if report["problem"] is None else 1)
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(_ended_by_sigterm(_visit(plan, open_browser=not no_browser)))
    except asyncio.CancelledError:
        raise typer.Exit(INTERRUPTED) from None
    finally:
        if keep is None:
            shutil.rmtree(home, ignore_errors=True)


async def _ended_by_sigterm(work: Coroutine[Any, Any, T]) -> T:
    """Run it so that SIGTERM cancels it and every process of the demo is ended."""
    task = asyncio.create_task(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


async def _visit(plan: Plan, *, open_browser: bool) -> None:
    """Everything up for a visitor, until Ctrl-C."""
    async with Processes(plan) as processes, Control(plan.workspace, plan.control_token) as control:
        await processes.workspace()
        typer.echo(f"Tunesmith is at {plan.workspace}  (Ctrl-C ends it)")
        if open_browser:
            await asyncio.to_thread(webbrowser.open, plan.workspace)
        await processes.bot()
        await control.wait_for_socket(60)
        await _welcome(plan, control)
        ben = asyncio.create_task(colleague.work(plan.workspace))
        try:
            await _bring_engine(processes, control)
            await _until_something_ends(processes)
        finally:
            ben.cancel()


async def _autopilot(plan: Plan, catalog: Path, texts: int) -> dict[str, Any]:
    started = time.monotonic()
    problem, outcome = None, {}
    async with Processes(plan) as processes, Control(plan.workspace, plan.control_token) as control:
        try:
            await processes.workspace()
            await _bring_engine(processes, control)
            await processes.bot()
            await control.wait_for_socket(60)
            tour = Tour(plan.workspace, catalog, count=texts, tell=_stopwatch())
            outcome = await tour.run()
        except (BotError, TimeoutError, Exception) as error:
            problem = f"{type(error).__name__}: {error}"
        report = await demo_report.read(plan.home / "bot", catalog)
    return {**report, "seconds": round(time.monotonic() - started, 1), "problem": problem, "tour": outcome}


async def _welcome(plan: Plan, control: Control) -> None:
    """Invite the bot, so that it says hello, and offer the sample catalog."""
    async with Person(plan.workspace, ANA) as ana:
        await ana.act("channel", op="remove_bot", channel=CHANNEL)
        await ana.act("channel", op="invite_bot", channel=CHANNEL)
        [file] = (await ana.upload(None, places.SAMPLE_CATALOG))["files"]
    sample = {"name": file["name"], "url": f"/client/file/{file['id']}/{file['name']}?user={ANA}"}
    await control.notice("sample", "Sixty products of an invented shop, to try it with", sample=sample)


async def _bring_engine(processes: Processes, control: Control) -> None:
    """Fetch what is missing and start the engine; the page shows how far it is."""
    tell: Tell = lambda text, percent: control.notice("engine", text, percent=percent)  # noqa: E731
    try:
        await fetch_engine(tell, starter=not processes.plan.engine_model)
        await processes.engine()
        await control.notice("engine", "The model is ready.", percent=100, done=True)
    except BotError as error:
        await control.notice("engine", str(error), level="error")
        raise


async def _until_something_ends(processes: Processes) -> None:
    name = await processes.first_to_end()
    raise BotError(f"The {name} stopped.", todo=f"Its log is {processes.log_of(name)}.")


def _stopwatch() -> Callable[[str], None]:
    """Says each step with the seconds since the start."""
    started = time.monotonic()
    return lambda text: said.print(f"{time.monotonic() - started:6.0f} s  {text}")


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps({k: v for k, v in report.items() if k != "tour"}).decode())
        return
    for name, value in report.items():
        said.print(f"{name}: {value}")
