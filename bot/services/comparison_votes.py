"""Judging two texts blindly: the next pair for a person, their vote, and the end of it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.comparison import Choice, ComparisonState, next_for
from bot.domain.comparison_cards import BlindPair, ResultCard
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.project import Role
from bot.errors import NotFound, NotYet, Stale
from bot.services import comparison, comparison_result
from bot.services import project as projects
from bot.services.facts import facts_for
from storage import comparison as queries
from storage import outbox
from storage import project as project_rows
from storage.models import Comparison, Matchup, Project, Vote


async def next_pair(session: AsyncSession, comparison_id: int, actor: Actor) -> BlindPair | None:
    """The next pair for this person; None where they have judged all. Raises NotFound, NotAllowed, NotYet, Stale."""
    row, _ = await _judgeable(session, comparison_id, actor)
    open_, votes = await _open_and_votes(session, row)
    mine = _mine(votes, actor)
    counts = Counter(vote.matchup_id for vote in votes)
    chosen = next_for(actor.user_id, [one.id or 0 for one in open_], counts, [vote.matchup_id for vote in mine])
    return None if chosen is None else await _pair(session, row, chosen, open_, mine)


async def pair(session: AsyncSession, matchup_id: int, actor: Actor) -> BlindPair:
    """One pair, with what this person said of it before. Raises NotFound, NotAllowed, Stale."""
    row, _ = await _judgeable(session, (await _matchup(session, matchup_id)).comparison_id, actor)
    open_, votes = await _open_and_votes(session, row)
    return await _pair(session, row, matchup_id, open_, _mine(votes, actor))


async def vote(session: AsyncSession, matchup_id: int, actor: Actor, choice: Choice, *, now: datetime) -> int:
    """Keep a person's word on a pair, in place of an earlier one; the comparison's id.

    Raises NotFound, NotAllowed, Stale once the votes are closed."""
    row, project = await _judgeable(session, (await _matchup(session, matchup_id)).comparison_id, actor)
    before = await _judged(session, row)
    await queries.vote(session, matchup_id, user_id=actor.user_id, choice=choice, now=now)
    after = await _judged(session, row)
    await comparison.show(session, row, project, now=now, soon=True)
    if before < after == len(await _open(session, row)):
        await _say_all_judged(session, row, project, now=now)
    return row.id or 0


async def end(session: AsyncSession, comparison_id: int, actor: Actor, *, now: datetime) -> None:
    """Close the votes and show what they came to. Raises NotFound, NotAllowed, NotYet without a vote, Stale."""
    row = await comparison.need(session, comparison_id, actor)
    project = await projects.as_owner(session, row.project_id, actor)
    if row.state is ComparisonState.VOTING and not await queries.votes(session, comparison_id):
        raise NotYet("Nobody has compared any texts yet.", todo="Press *Compare* and judge some pairs first.")
    if not await queries.end(session, comparison_id, who=actor.user_id, now=now):
        raise Stale("This comparison is closed already.", kept="Its result stands in the channel.")
    await comparison.show(session, row, project, now=now)
    result = f"comparison_result:{row.id}"
    await _say(session, row, project, key=result, kind=Say.COMPARISON_RESULT, now=now)
    if len({one.job_id for one in await queries.ended_of(session, row.project_id) if one.job_id}) > 1:
        chart = f"{result}:rounds.png"
        await _say(session, row, project, key=chart, kind=Say.COMPARISON_CHART, now=now, thread_key=result)


async def _say(
    session: AsyncSession,
    row: Comparison,
    project: Project,
    *,
    key: str,
    kind: Say,
    now: datetime,
    thread_key: str = "",
) -> None:
    await outbox.say(
        session,
        team_id=row.team_id,
        key=key,
        kind=kind,
        subject_id=row.id or 0,
        channel=project.channel_id,
        thread_key=thread_key,
        now=now,
        trace_id=row.trace_id,
    )


async def _judgeable(session: AsyncSession, comparison_id: int, actor: Actor) -> tuple[Comparison, Project]:
    row = await comparison.need(session, comparison_id, actor)
    project = await projects.as_reviewer(session, row.project_id, actor)
    if row.state is ComparisonState.WRITING:
        raise NotYet("The texts are still being written.", todo="The card in the channel says when they are there.")
    if row.state is not ComparisonState.VOTING:
        raise Stale("This comparison is closed.", kept="All votes up to then were counted.")
    return row, project


async def _matchup(session: AsyncSession, matchup_id: int) -> Matchup:
    found = await queries.matchup(session, matchup_id)
    if found is None:
        raise NotFound("This pair of texts is gone.", todo="Type /tune compare.")
    return found


async def _open(session: AsyncSession, row: Comparison) -> list[Matchup]:
    """The pairs that people judge: all but those whose texts are equal."""
    return [one for one in await queries.matchups(session, row.id or 0) if not one.same_text]


async def _open_and_votes(session: AsyncSession, row: Comparison) -> tuple[list[Matchup], list[Vote]]:
    return await _open(session, row), list(await queries.votes(session, row.id or 0))


async def _judged(session: AsyncSession, row: Comparison) -> int:
    return len({vote.matchup_id for vote in await queries.votes(session, row.id or 0)})


def _mine(votes: list[Vote], actor: Actor) -> list[Vote]:
    return [vote for vote in votes if vote.user_id == actor.user_id]


async def _pair(
    session: AsyncSession, row: Comparison, matchup_id: int, open_: list[Matchup], mine: list[Vote]
) -> BlindPair:
    shown = await queries.shown(session, matchup_id)
    if shown is None:
        raise NotFound("This pair of texts is gone.", todo="Type /tune compare.")
    said = {vote.matchup_id: vote.choice for vote in mine}
    earlier = _before(matchup_id, [vote.matchup_id for vote in mine])
    return BlindPair(
        matchup_id=matchup_id,
        comparison_id=row.id or 0,
        product=shown.product.name,
        facts=await facts_for(session, shown.prompt, shown.product),
        left=shown.left.text,
        right=shown.right.text,
        done=len(mine),
        total=len(open_),
        choice=said.get(matchup_id),
        previous_id=earlier,
    )


def _before(matchup_id: int, judged: list[int]) -> int | None:
    """The pair that a person judged before this one, in the order of their votes."""
    place = judged.index(matchup_id) if matchup_id in judged else len(judged)
    return judged[place - 1] if place else None


async def _say_all_judged(session: AsyncSession, row: Comparison, project: Project, *, now: datetime) -> None:
    """Tell the owners once that the result can be looked at."""
    for owner in await project_rows.members(session, project.id or 0, Role.OWNER):
        await projects.note(
            session,
            team_id=row.team_id,
            channel=owner,
            text=f"Every pair of texts in <#{project.channel_id}> was judged at least once. "
            "More votes make the result surer; you can also look at it now.",
            key=f"judged:{row.id}:{owner}",
            now=now,
            button="compare.end",
            label="Show the result",
            value=str(row.id),
        )


async def judged_by(session: AsyncSession, comparison_id: int, actor: Actor) -> int:
    """How many pairs this person has judged."""
    return len(_mine(list(await queries.votes(session, comparison_id)), actor))


async def result_for(session: AsyncSession, comparison_id: int, actor: Actor) -> ResultCard:
    """The result, once nobody can vote any more. Raises NotFound, NotYet."""
    row = await comparison.need(session, comparison_id, actor)
    if row.state is not ComparisonState.ENDED:
        raise NotYet("The votes are not closed yet.", todo="The owner shows the result with *Show the result*.")
    return await comparison_result.result(session, comparison_id)
