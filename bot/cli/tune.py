"""`tunesmith tune ...`: start a fine-tuning job, follow it, list jobs; straight at the provider, without a database."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bot.cli.provider import Reach, reach
from bot.config import Settings
from bot.domain.money import BYTES_PER_TOKEN
from bot.domain.tuning import next_poll_at
from bot.domain.tuning_state import JobState
from bot.errors import BotError
from bot.providers.base import RUN_TAG, Tuner, TuningJob, TuningOrder
from bot.providers.create_once import create_once
from bot.providers.endings import known_ending
from bot.providers.errors import ModelGone, NotThere, ProviderError, WrongAddress

FAILED, MISUSED = 1, 2
# A model that ends sooner than this is worth a word before money goes into it.
SOON = timedelta(days=60)
# What providers do when nobody chooses, for the estimate of the price only.
USUAL_EPOCHS = 3
MOST_LISTED = 20

tune_app = typer.Typer(name="tune", help="Fine-tuning jobs.", no_args_is_help=True)
_Provider = Annotated[str | None, typer.Option(help="A provider of tunesmith.toml.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@dataclass(frozen=True, slots=True)
class Wish:
    """What `tune start` is told."""

    file: str
    model: str
    validation: Path | None
    epochs: int | None
    suffix: str | None
    tag: str = field(default_factory=lambda: f"cli-{secrets.token_hex(8)}")


@tune_app.command()
def start(
    file: Annotated[str, typer.Argument(metavar="FILE_OR_ID", help="A training file, or the id of an uploaded one.")],
    model: Annotated[str, typer.Option(help="The model to be tuned.")],
    provider: _Provider = None,
    validation: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A validation file.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, max=50, help="How often the file is gone through.")] = None,
    suffix: Annotated[str | None, typer.Option(help="A word in the tuned model's name.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: _Json = False,
) -> None:
    """Start a fine-tuning job."""
    wish = Wish(file, model, validation, epochs, suffix)

    async def work(tuner: Tuner, at: Reach) -> dict[str, Any]:
        _require_file_or_id(file)
        await _agree(wish, tuner, at, asks=not yes, quiet=as_json)
        return described(await _start(wish, tuner))

    _finish(_with_tuner(work, model, provider), as_json)


@tune_app.command()
def watch(
    job: Annotated[str, typer.Argument(help="The job, as `tune start` or the provider names it.")],
    provider: _Provider = None,
    as_json: _Json = False,
) -> None:
    """Follow a job until it is over."""

    async def work(tuner: Tuner, _: Reach) -> dict[str, Any]:
        return described(await _follow(await _find(tuner, job), tuner))

    _finish(_with_tuner(work, None, provider), as_json)


@tune_app.command("list")
def list_jobs(provider: _Provider = None, as_json: _Json = False) -> None:
    """The newest jobs."""

    async def work(tuner: Tuner, _: Reach) -> dict[str, Any]:
        return {"jobs": [described(job) for job in await tuner.jobs(limit=MOST_LISTED)], "problem": None}

    answer = _with_tuner(work, None, provider)
    if as_json or "jobs" not in answer:
        _finish(answer, as_json)
    table = Table("Job", "At the provider", "Status", "Model")
    for job in answer["jobs"]:
        table.add_row(job["job"], job["provider_id"], job["status"], job["model"] or "")
    Console().print(table)


def described(job: TuningJob) -> dict[str, Any]:
    """A job as the commands print it. `job` is our own name for it where it has one."""
    problem = job.failure.message if job.failure else None
    if job.state in (JobState.FAILED, JobState.CANCELLED):
        problem = problem or f"The job was {job.state}."
    return {
        "job": job.metadata.get(RUN_TAG, job.id),
        "provider_id": job.id,
        "status": str(job.state),
        "raw_status": job.raw_status,
        "model": job.tuned_model,
        "problem": problem,
    }


async def _agree(wish: Wish, tuner: Tuner, at: Reach, *, asks: bool, quiet: bool) -> None:
    """Say what it costs and who gets the data, warn of a model that ends soon, and ask."""
    if asks and (quiet or not sys.stdin.isatty()):
        raise BotError("Nobody is here to confirm what this costs.", kept="Nothing was sent.", todo="Add --yes.")
    if quiet:
        return
    console = Console(stderr=True, highlight=False, markup=False)
    console.print(f"{wish.file} goes to {at.account.title} ({at.account.base_url}). {_price(wish, at)}")
    console.print(await _ending(tuner, wish.model, at), style="yellow", end="")
    if at.account.profile.hourly:
        console.print(f"Using the model afterwards: {at.account.profile.serving_note}")
    if asks and not await asyncio.to_thread(typer.confirm, "Start the job?", err=True):
        raise BotError("Nothing was started.")


def _price(wish: Wish, at: Reach) -> str:
    path = Path(wish.file)
    tokens = path.stat().st_size // BYTES_PER_TOKEN if path.is_file() else None
    usd = None if tokens is None else at.price.of_training(tokens, epochs=wish.epochs or USUAL_EPOCHS)
    return "The price is unknown." if usd is None else f"Training costs about ${usd:.2f}."


def _require_file_or_id(file: str) -> None:
    """A mistyped path must not go to a provider as if it were the id of a file there. Raises BotError."""
    looks_like_a_path = file.endswith((".jsonl", ".json", ".csv", ".parquet"))
    if looks_like_a_path and not Path(file).is_file():
        raise BotError(f"There is no file {file}.", kept="Nothing was sent.", todo="Check the path.")


async def _ending(tuner: Tuner, model: str, at: Reach) -> str:
    """A warning if the base model is shut down soon, by the provider's word or its published dates, else nothing."""
    try:
        info = await tuner.model(model)
    except ProviderError:
        info = None
    said = info.shutdown_date.date() if info and info.shutdown_date else None
    ending = known_ending(at.account.profile.name, model).or_sooner(said)
    last = f" No job can be started after {ending.training:%Y-%m-%d}." if ending.training else ""
    if ending.base is None or ending.base - datetime.now(UTC).date() > SOON:
        return f"{last.strip()}\n" if last else ""
    with_it = " and models tuned from it with it" if ending.tuned in (None, ending.base) else ""
    return f"{model} is shut down on {ending.base:%Y-%m-%d},{with_it}.{last}\n".replace(",.", ".")


async def _start(wish: Wish, tuner: Tuner) -> TuningJob:
    path = Path(wish.file)
    local = await asyncio.to_thread(path.is_file)
    order = TuningOrder(
        model=wish.model,
        training_file=await tuner.upload(path, path.name) if local else wish.file,
        validation_file=await tuner.upload(wish.validation, wish.validation.name) if wish.validation else None,
        tag=wish.tag,
        suffix=wish.suffix,
        hyperparameters={"epochs": wish.epochs} if wish.epochs else {},
    )
    return await create_once(tuner, order)


async def _find(tuner: Tuner, name: str) -> TuningJob:
    """By the provider's id, else by our own."""
    try:
        return await tuner.get(name)
    except (NotThere, ModelGone, WrongAddress):
        job = await tuner.find_by_tag(name)
    if job is None:
        raise BotError(f"There is no job “{name}”.", todo="`tunesmith tune list` shows the newest ones.")
    return job


async def _follow(job: TuningJob, tuner: Tuner) -> TuningJob:
    """Ask until it is over, telling what happens on standard error. Outages are waited out."""
    console, seen, since = Console(stderr=True, highlight=False, markup=False), None, datetime.now(UTC)
    while True:
        for event in await tuner.events(job.id, after=seen):
            console.print(f"{event.at:%H:%M:%S} {event.message}" if event.at else event.message)
            seen = event.id
        if job.state.is_final:
            return job
        now = datetime.now(UTC)
        await asyncio.sleep((next_poll_at(job.created_at or since, now) - now).total_seconds())
        job = await _asked_again(job, tuner, console)


async def _asked_again(job: TuningJob, tuner: Tuner, console: Console) -> TuningJob:
    try:
        return await tuner.get(job.id)
    except ProviderError as error:
        if not error.retryable:
            raise
        console.print(f"{error} Asking again.", style="yellow")
        return job


def _with_tuner(
    work: Callable[[Tuner, Reach], Awaitable[dict[str, Any]]], model: str | None, provider: str | None
) -> dict[str, Any]:
    # Here, because the SDK takes a second to load and no other command should wait for it
    from bot.providers.tuners import open_tuner

    async def run() -> dict[str, Any]:
        at = reach(model or "", provider or (Settings().default_provider if model is None else None))
        tuner = open_tuner(at.account)
        try:
            return await work(tuner, at)
        finally:
            await tuner.aclose()

    try:
        return asyncio.run(run())
    except BotError as error:
        return {"job": None, "provider_id": None, "status": None, "model": None, "problem": str(error)}


def _finish(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    elif answer.get("job"):
        named = f" The model is {answer['model']}." if answer["model"] else ""
        sentence = f"{answer['job']} ({answer['provider_id']}): {answer['status']}.{named}"
        Console(highlight=False, markup=False).print(sentence)
    if answer["problem"] and not as_json:
        Console(stderr=True, highlight=False, markup=False).print(answer["problem"], style="red")
    raise typer.Exit(FAILED if answer["problem"] else 0)
