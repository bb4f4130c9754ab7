"""What a comparison came to, with everything that helps to believe it; and all rounds side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.catalog_saved import roles_from
from bot.domain.comparison import (
    TUNED_OR_EXAMPLES,
    TUNED_OR_PLAIN,
    Choice,
    Contender,
    Judged,
    Outcome,
    Pairing,
    Tally,
    by_kind,
    contenders,
    outcome_of,
    pairings,
    settled,
    tally,
)
from bot.domain.comparison_cards import ContenderFacts, ResultCard
from bot.domain.comparison_facts import Sample, contender_facts, taught_hits
from bot.domain.comparison_verdict import Standing, Verdict, more_products, standing, verdict
from bot.domain.completion import WritingState
from bot.domain.dataset import Line, Split
from bot.domain.rounds import Evidence, Next, Round, next_step
from bot.domain.tuning_state import JobState
from bot.errors import NotFound
from bot.services import project as projects
from storage import catalog as catalogs
from storage import comparison as queries
from storage import dataset as datasets
from storage import project as project_rows
from storage import tuning as jobs
from storage.models import Comparison, ContenderText, Job, Matchup, Product, Project, Prompt, Vote

# So many rounds stand in the table.
ROUNDS = 20
JOBS_READ = 50

Sources = Mapping[int, tuple[Prompt, Product]]


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that is stored of one comparison."""

    row: Comparison
    project: Project
    texts: Sequence[ContenderText]
    matchups: Sequence[Matchup]
    votes: Sequence[Vote]
    sources: Sources
    kind_column: str


async def result(session: AsyncSession, comparison_id: int) -> ResultCard:
    """The verdict with its counts, facts and the next step. Raises NotFound."""
    found = await _material(session, comparison_id)
    judged = judged_of(found)
    counts = _tallies(judged, tuned=bool(found.row.tuned_model))
    rounds = await rounds_of(session, found.project)
    kinds = by_kind([one for one in judged if one.pairing == next(iter(counts))])
    lines = await datasets.lines(session, found.row.dataset_id)
    unjudged = sum(one.outcome is None for one in judged)
    word = verdict(counts)
    return ResultCard(
        id=comparison_id,
        project_id=found.row.project_id,
        verdict=word,
        tallies=counts,
        by_kind=kinds,
        kind_column=found.kind_column,
        facts=_facts(found, lines),
        next=await _next(session, found, lines, _evidence(found, word, rounds, kinds, unjudged, counts)),
        judged=tuple(judged),
        products=len({text.prompt_id for text in found.texts}),
        voters=len({vote.user_id for vote in found.votes}),
        votes=len(found.votes),
        unjudged=unjudged,
        base_model=found.row.base_model,
        tuned_model=found.row.tuned_model,
        started_by=found.row.started_by,
        rounds=rounds,
        uses_examples=found.project.few_shot and not found.project.tuned_model,
        training_usd=await _training_usd(session, found.row),
    )


async def _material(session: AsyncSession, comparison_id: int) -> Material:
    row = await queries.by_id(session, comparison_id)
    project = await project_rows.by_id(session, row.project_id) if row else None
    if row is None or project is None:
        raise NotFound("This comparison is gone.", todo="Start another with /tune compare.")
    texts = await queries.texts(session, comparison_id)
    return Material(
        row=row,
        project=project,
        texts=texts,
        matchups=await queries.matchups(session, comparison_id),
        votes=await queries.votes(session, comparison_id),
        sources=await queries.sources(session, {text.prompt_id for text in texts}),
        kind_column=await _kind_column(session, project),
    )


async def _kind_column(session: AsyncSession, project: Project) -> str:
    """The column that says what type of product a row is, or nothing."""
    roles = await catalogs.roles_of(session, project.catalog_id) if project.catalog_id else {}
    return roles_from(roles).type or "" if roles else ""


def judged_of(found: Material) -> list[Judged]:
    """Every matchup with what people said of it."""
    by_id = {text.id: text for text in found.texts}
    votes: dict[int, list[Vote]] = {}
    for vote in found.votes:
        votes.setdefault(vote.matchup_id, []).append(vote)
    return [_judged(found, one, by_id, votes.get(one.id or 0, [])) for one in found.matchups]


def _judged(found: Material, one: Matchup, texts: Mapping[int | None, ContenderText], votes: Sequence[Vote]) -> Judged:
    left, right = texts[one.left_id], texts[one.right_id]
    challenger_left = left.contender is one.challenger
    challenger, rival = (left, right) if challenger_left else (right, left)
    said = [outcome_of(vote.choice, challenger_left=challenger_left) for vote in votes]
    prompt, product = found.sources[one.prompt_id]
    bad = sum(vote.choice is Choice.BAD for vote in votes)
    return Judged(
        id=one.id or 0,
        pairing=Pairing(one.challenger, one.rival),
        product=product.name,
        kind=_kind(found.kind_column, prompt, product),
        challenger_text=challenger.text,
        rival_text=rival.text,
        outcome=Outcome.SAME if one.same_text else settled(said),
        votes=len(votes),
        both_bad=bad * 2 > len(votes),
        is_same=one.same_text,
    )


def _kind(column: str, prompt: Prompt, product: Product) -> str:
    return str(prompt.values.get(column) or product.values.get(column) or "").strip() if column else ""


def _tallies(judged: Sequence[Judged], *, tuned: bool) -> dict[Pairing, Tally]:
    return {pairing: tally(one for one in judged if one.pairing == pairing) for pairing in pairings(tuned=tuned)}


def _facts(found: Material, lines: Sequence[Line]) -> tuple[ContenderFacts, ...]:
    style = projects.style_of(found.project)
    approved = [line.text for line in lines]
    made = []
    for contender in contenders(tuned=bool(found.row.tuned_model)):
        mine = [text for text in found.texts if text.contender is contender]
        samples = [_sample(found, text) for text in mine if text.state is WritingState.WRITTEN]
        model = found.row.tuned_model if contender is Contender.TUNED else found.row.base_model
        failed = len(mine) - len(samples)
        made.append(contender_facts(contender, model, samples, failed=failed, style=style, approved=approved))
    return tuple(made)


def _sample(found: Material, text: ContenderText) -> Sample:
    prompt, product = found.sources[text.prompt_id]
    cells = tuple(str(value) for value in product.values.values() if str(value).strip())
    return Sample(
        contender=text.contender,
        text=text.text,
        sources=(*cells, product.name, prompt.text),
        reference=text.reference,
        usd=text.usd,
        seconds=text.seconds,
    )


def _missing(counts: Mapping[Pairing, Tally]) -> int | None:
    """How many more products it takes to settle what is open; None where that is too many, or nothing is open."""
    asked = [more_products(votes) for votes in counts.values() if standing(votes) is Standing.OPEN]
    known = [more for more in asked if more is not None]
    return max(known) if known and len(known) == len(asked) else None


def _evidence(
    found: Material,
    word: Verdict,
    rounds: tuple[Round, ...],
    kinds: Mapping[str, Tally],
    unjudged: int,
    counts: Mapping[Pairing, Tally],
) -> Evidence:
    products = max((votes.total for votes in counts.values()), default=0)
    ordered = _last(rounds, found.row.tuned_model)
    return Evidence(word, ordered, kinds, unjudged=unjudged, more_products=_missing(counts), products=products)


async def _next(session: AsyncSession, found: Material, lines: Sequence[Line], evidence: Evidence) -> Next:
    """The next step, from votes, rounds and what is wrong with the texts that the model was taught with."""
    taught = [line for line in lines if line.split is Split.TRAIN]
    products = await queries.products(session, {line.product_id for line in taught})
    pairs = [(line.text, _cells(line, products.get(line.product_id))) for line in taught]
    hits = taught_hits(pairs, projects.style_of(found.project)) if pairs else {}
    return next_step(replace(evidence, taught_hits=hits))


def _last(rounds: Sequence[Round], model: str) -> tuple[Round, ...]:
    """The rounds with the one that made this model at the end."""
    return (*(one for one in rounds if one.tuned_model != model), *(one for one in rounds if one.tuned_model == model))


def _cells(line: Line, product: Product | None) -> tuple[str, ...]:
    values = tuple(str(value) for value in product.values.values()) if product else ()
    return (*values, line.product, line.prompt)


async def _training_usd(session: AsyncSession, row: Comparison) -> float | None:
    job = await jobs.by_id(session, row.job_id) if row.job_id else None
    return job.usd_estimate if job else None


# rounds


async def rounds_of(session: AsyncSession, project: Project) -> tuple[Round, ...]:
    """Every teaching of a project, the oldest first, with how people judged its model."""
    taught = list(await jobs.of_project(session, project.id or 0, limit=JOBS_READ))[::-1]
    judged = {row.job_id: row for row in await queries.ended_of(session, project.id or 0)}
    rounds = [await _round(session, number, job, judged.get(job.id)) for number, job in enumerate(taught, start=1)]
    return tuple(rounds[-ROUNDS:])


async def _round(session: AsyncSession, number: int, job: Job, row: Comparison | None) -> Round:
    dataset = await datasets.by_id(session, job.dataset_id)
    counts = _tallies(judged_of(await _material(session, row.id or 0)), tuned=True) if row else {}
    chosen = job.params.get("hyperparameters") or {}
    epochs = chosen.get("epochs")
    return Round(
        number=number,
        dataset=dataset.number if dataset else 0,
        pairs=dataset.train_pairs if dataset else 0,
        base_model=job.base_model,
        tuned_model=job.tuned_model,
        state=job.state.value if job.state is not JobState.SUCCEEDED else "",
        epochs=int(epochs) if isinstance(epochs, int | float) else None,
        learning_rate=chosen.get("learning_rate"),
        losses=tuple((int(step), train, held) for step, train, held in job.losses),
        vs_plain=counts.get(TUNED_OR_PLAIN),
        vs_examples=counts.get(TUNED_OR_EXAMPLES),
        verdict=verdict(counts) if counts else None,
    )
