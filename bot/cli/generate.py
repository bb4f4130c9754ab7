"""`tunesmith generate`: completions for a file of prompts, carried on where it stopped, nothing bought twice."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.cli.provider import Reach, reach
from bot.errors import BotError
from bot.services.generation import Result, RunSummary, Stopped, WorkItem, write
from bot.services.generation_budget import Cap
from bot.services.generation_files import BadOutput, OutFiles, is_final_failure
from bot.services.generation_pacer import Pacer
from bot.services.generation_prompts import Asking, BadPrompts, PromptLine, read_prompts
from bot.services.generation_types import most_usd, plus

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
# With a cap on money every answer needs a longest length; this is about 700 words.
LONGEST_WITH_CAP = 1_024


@dataclass(slots=True)
class Report:
    """The numbers of `--json`. `usd` is this run's, `usd_total` counts everything that OUT.jsonl has cost so far."""

    requested: int = 0
    completed: int = 0
    failed: int = 0
    reused: int = 0
    retries: int = 0
    seconds: float = 0.0
    requests_per_minute: float = 0.0
    usd: float | None = 0.0
    stopped: str | None = None
    problem: str | None = None
    usd_total: float | None = 0.0
    spent_unknown: int = 0
    spent_unknown_usd: float | None = 0.0

    @property
    def exit_code(self) -> int:
        if self.stopped == Stopped.INTERRUPTED:
            return INTERRUPTED
        return FAILED if self.problem else DONE


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that one `generate` is told."""

    prompts: Path
    out: Path
    asking: Asking
    reach: Reach
    concurrency: int | None
    max_usd: float | None


def generate(
    prompts: Annotated[Path, typer.Argument(metavar="PROMPTS.jsonl", help="One prompt or messages object a line.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT.jsonl", help="Where the texts go.")],
    model: Annotated[str, typer.Option(help="The model that writes.")],
    provider: Annotated[str | None, typer.Option(help="A provider of tunesmith.toml; else the model's own.")] = None,
    system: Annotated[str | None, typer.Option(help="System message for lines that have none.")] = None,
    rpm: Annotated[float | None, typer.Option(min=0.1, help="Requests a minute at most.")] = None,
    tpm: Annotated[float | None, typer.Option(min=1, help="Tokens a minute at most.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, max=1000, help="Requests open at once.")] = None,
    max_usd: Annotated[float | None, typer.Option(min=0, help="Never spend more than this on OUT.jsonl.")] = None,
    temperature: Annotated[float | None, typer.Option(min=0, max=2, help="Creativity.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Longest answer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a completion for every prompt of a file. Run again, it carries on where it stopped."""
    if not prompts.is_file():
        _end(Report(problem=f"There is no file {prompts}."), as_json, MISUSED)
    nothing: float | None = 0.0
    try:
        at = reach(model, provider, rpm=rpm, tpm=tpm)
        nothing = 0.0 if at.price.is_known else None
        asking = Asking(model, system, temperature, max_tokens)
        report = run(Order(prompts, out, asking, at, concurrency, max_usd))
    except BotError as error:
        report = Report(problem=str(error), usd=nothing, usd_total=nothing)
    _end(report, as_json, report.exit_code)


def run(order: Order, *, progress: Callable[[Sequence[Result]], None] | None = None) -> Report:
    """The whole command but its printing. Raises BotError for what cannot be started."""
    if order.prompts.resolve() == order.out.resolve():
        raise BadOutput("The prompts and the output are the same file.", todo="Choose another name with -o.")
    if order.max_usd is not None and not order.reach.price.is_known:
        raise BotError(
            f"The price of {order.asking.model} is unknown, so a cap in dollars cannot be kept.",
            kept="Nothing was sent.",
            todo="Add its prices to tunesmith.toml, or run without --max-usd.",
        )
    with OutFiles(order.out) as files:
        plan = _plan(order, files)
        files.start()
        with _progress_bar(plan) as shown:
            return asyncio.run(_write(order, files, plan, progress or shown))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to do: ids that are finished are skipped when the file is read again."""

    requested: int
    finished: frozenset[str]
    reused: int


def _plan(order: Order, files: OutFiles) -> Plan:
    """Read all prompts once, before anything is sent. Raises BadPrompts for a line that cannot be used."""
    seen: dict[str, str] = {}
    for line in read_prompts(order.prompts, order.asking):
        if line.id in seen:
            raise BadPrompts(
                f"The id “{line.id}” stands on two lines.", kept="Nothing was sent.", todo="Make ids unique."
            )
        _refuse_another_question(line, files)
        seen[line.id] = line.hash
    if not seen:
        raise BadPrompts(f"{order.prompts.name} has no prompts.")
    finished = files.before.done & seen.keys()
    abandoned = {files.before.hashes[line_id] for line_id in files.before.done - seen.keys()}
    wanted = {
        line_hash: line_id for line_id, line_hash in seen.items() if line_id not in finished and line_hash in abandoned
    }
    adopted = files.adopt(wanted)
    return Plan(len(seen), frozenset(finished | adopted), len(finished) + len(adopted))


def _refuse_another_question(line: PromptLine, files: OutFiles) -> None:
    if files.before.hashes.get(line.id, line.hash) != line.hash:
        raise BadOutput(
            f"“{line.id}” asked for something else when {files.out.name} was begun.",
            kept="Its prompt, model or parameters differ now. Nothing was sent or changed.",
            todo="Use another -o, or give the changed line a new id.",
        )


async def _write(order: Order, files: OutFiles, plan: Plan, progress: Callable[[Sequence[Result]], None]) -> Report:
    prompts: dict[str, PromptLine] = {}
    price, longest = order.reach.price, LONGEST_WITH_CAP if order.max_usd is not None else None

    def items() -> Iterator[WorkItem]:
        for line in read_prompts(order.prompts, order.asking):
            if line.id not in plan.finished:
                prompts[line.id] = line
                yield WorkItem(line.id, line.request(order.asking, longest=longest))

    async def on_start(batch: Sequence[WorkItem]) -> None:
        files.sending([prompts[item.id] for item in batch], [most_usd(item.request, price) for item in batch])

    async def record(batch: Sequence[Result]) -> None:
        files.keep(batch, prompts)
        await asyncio.to_thread(files.sync)
        for result in batch:
            prompts.pop(result.item.id, None)
        progress(batch)

    # Here, because the SDK takes a second to load and no other command should wait for it
    from bot.providers.openai_wire import OpenAIChat

    model = OpenAIChat(order.reach.account.for_chat())
    try:
        async with _interruptible() as stop:
            summary = await write(
                items(),
                model=model,
                record=record,
                on_start=on_start,
                pacer=Pacer(order.reach.rpm, order.reach.tpm),
                price=price,
                budget=None if order.max_usd is None else Cap(order.max_usd, spent_usd=_spent(files)),
                stop=stop,
                concurrency=order.concurrency or order.reach.account.profile.concurrency,
                linger=0,
            )
    finally:
        await model.aclose()
    return _report(summary, plan, files)


def _spent(files: OutFiles) -> float:
    """Dollars that earlier runs spent on this output, with what was perhaps paid."""
    return (files.before.usd or 0.0) + (files.before.under_way_usd or 0.0)


def _report(summary: RunSummary, plan: Plan, files: OutFiles) -> Report:
    unknown = sum(len(shares) for shares in files.before.under_way.values())
    unknown_usd = plus(summary.spent_unknown_usd, files.before.under_way_usd)
    return Report(
        requested=plan.requested,
        completed=summary.completed,
        failed=summary.failed,
        reused=plan.reused,
        retries=summary.retries,
        seconds=round(summary.seconds, 3),
        requests_per_minute=round(summary.texts_per_minute, 1),
        usd=summary.usd,
        stopped=summary.stopped,
        problem=_problem(summary, files),
        usd_total=plus(plus(files.before.usd, summary.usd), unknown_usd),
        spent_unknown=summary.spent_unknown + unknown,
        spent_unknown_usd=unknown_usd,
    )


def _problem(summary: RunSummary, files: OutFiles) -> str | None:
    if summary.problem is not None:
        return str(summary.problem)
    if summary.stopped is Stopped.BUDGET:
        return f"The cap of --max-usd is reached; {files.out.name} keeps what was written. Raise it to carry on."
    if summary.stopped is Stopped.INTERRUPTED:
        return f"Interrupted; {files.out.name} keeps what was written. Run the same command again to carry on."
    if summary.failed:
        return f"{summary.failed:,} of the texts failed; {files.errors.name} says why. Run again to try them again."
    return None


@contextlib.asynccontextmanager
async def _interruptible() -> AsyncIterator[asyncio.Event]:
    """Ctrl-C once: what is on the wire comes back first. Twice: at once."""
    stop, loop, task = asyncio.Event(), asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - inside asyncio.run

    def on_signal() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _progress_bar(plan: Plan) -> Iterator[Callable[[Sequence[Result]], None]]:
    """A bar on standard error, if a person is there to see it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (
        TextColumn("Writing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[usd]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=plan.requested, completed=plan.reused, usd="")
        spent = 0.0

        def advance(batch: Sequence[Result]) -> None:
            nonlocal spent
            spent += sum(result.usd or 0.0 for result in batch)
            bar.update(
                task, advance=sum(r.ok or is_final_failure(r) for r in batch), usd=f"${spent:.4f}" if spent else ""
            )

        yield advance


def _end(report: Report, as_json: bool, code: int) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(asdict(report)).decode() + "\n")
    else:
        _tell(report)
    raise typer.Exit(code)


def _tell(report: Report) -> None:
    console = Console(highlight=False, markup=False)
    if report.completed or report.reused:
        cost = "cost unknown" if report.usd is None else f"${report.usd:.4f}"
        rate = f"{report.seconds:.1f} s ({report.requests_per_minute:,.0f} a minute)"
        console.print(f"{report.completed:,} texts written in {rate}, {report.reused:,} were there already; {cost}.")
    if report.spent_unknown:
        console.print(f"{report.spent_unknown:,} requests were sent and never answered; they may have been paid for.")
    if report.problem:
        Console(stderr=True, highlight=False, markup=False).print(report.problem, style="red")
