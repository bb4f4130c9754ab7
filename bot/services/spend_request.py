"""Orders above the threshold: a second person of the project says yes before anything is bought."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.money import SpendingLimits, about
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.project import Role
from bot.domain.spending import YES_HOLDS, Order, RequestState, SpendCard, covers, takes_second
from bot.errors import AlreadyDecided, NeedsSecond, NotAllowed, NotFound, Stale
from bot.log import current_trace
from bot.services.project import escaped, get, note
from storage import audit, outbox
from storage import project as projects
from storage import spend_request as queries
from storage.models import Project, SpendRequest

HOURS = int(YES_HOLDS.total_seconds() // 3600)
SAID = {RequestState.APPROVED: "approved", RequestState.USED: "approved", RequestState.REFUSED: "refused"}


async def seconded(
    session: AsyncSession, project: Project, actor: Actor, order: Order, *, limits: SpendingLimits, now: datetime
) -> None:
    """Use up a colleague's yes to this order, where it takes one. Raises NeedsSecond where there is none."""
    if not takes_second(order.usd, limits.second_above_usd):
        return
    given = await queries.latest(
        session, project_id=project.id or 0, asked_by=actor.user_id, what=order.what, state=RequestState.APPROVED
    )
    if given and covers(given.usd, order.usd) and await queries.use(session, given.id or 0, now=now):
        return
    raise NeedsSecond(
        project_id=project.id or 0,
        team_id=project.team_id,
        asked_by=actor.user_id,
        what=order.what,
        words=order.words,
        usd=order.usd,
    )


async def ask(session: AsyncSession, need: NeedsSecond, *, now: datetime) -> str:
    """Put the question into the channel, once; what to tell the asker. Raises NotAllowed where nobody could answer."""
    project = await projects.by_id(session, need.project_id)
    if project is None:
        raise NotFound("This project is gone.")
    who = await _who_decides(session, project, need.asked_by)
    if not who:
        raise NotAllowed(
            f"To {need.words} takes a second person's yes, and nobody else here may give it.",
            kept="Nothing was bought.",
            todo="Name somebody who approves money: /tune people.",
        )
    names = " or ".join(f"<@{user}>" for user in who)
    if await _waits(session, need, project, now=now):
        return f"{names} has not answered yet. Nothing was bought. You will hear of it."
    request_id = await queries.add(
        session,
        team_id=need.team_id,
        project_id=need.project_id,
        asked_by=need.asked_by,
        what=need.what,
        words=need.words,
        usd=need.usd,
        at=now,
        trace_id=current_trace(),
    )
    if request_id is not None:
        await _show(session, request_id, project, now=now)
    return (
        f"This takes a second person's yes: I asked {names} in the channel. Nothing was bought. "
        f"Once they said yes, press again within {HOURS} hours."
    )


async def _waits(session: AsyncSession, need: NeedsSecond, project: Project, *, now: datetime) -> bool:
    """Whether the same question stands in the channel; one about less money, or an old one, makes way."""
    open_ = await queries.latest(
        session, project_id=need.project_id, asked_by=need.asked_by, what=need.what, state=RequestState.OPEN
    )
    if open_ is None:
        return False
    fresh = open_.at > now - YES_HOLDS
    if fresh and covers(open_.usd, need.usd):
        return True
    await _close(session, open_, project, RequestState.REPLACED if fresh else RequestState.EXPIRED, now=now)
    return False


async def decide(session: AsyncSession, request_id: int, actor: Actor, *, yes: bool, now: datetime) -> None:
    """Answer a colleague's question. Raises NotFound, NotAllowed, AlreadyDecided, Stale."""
    row = await queries.by_id(session, request_id)
    if row is None or row.team_id != actor.team_id:
        raise NotFound("This question is gone.")
    project = await get(session, row.project_id, actor)
    if actor.user_id == row.asked_by:
        raise NotAllowed("Somebody else has to say yes to your order.", todo="Ask another owner or approver.")
    who = await _who_decides(session, project, row.asked_by)
    if actor.user_id not in who:
        names = " or ".join(f"<@{user}>" for user in who)
        raise NotAllowed(f"Only {names or 'an owner'} can answer this.", todo="Ask them to press it.")
    state = RequestState.APPROVED if yes else RequestState.REFUSED
    if not await queries.decide(session, request_id, state=state, who=actor.user_id, now=now):
        await _refuse_late(session, request_id)
    await _show(session, request_id, project, now=now)
    what = Audited.MONEY_APPROVED if yes else Audited.MONEY_REFUSED
    detail = f"request {request_id} of {row.asked_by}: to {row.words}, {_price(row)}"
    await audit.note(session, project, actor.user_id, what, now=now, detail=detail)
    await note(
        session,
        team_id=row.team_id,
        channel=row.asked_by,
        text=_told(row, actor, yes=yes),
        key=f"spend:{request_id}:told",
        now=now,
    )


def _told(row: SpendRequest, actor: Actor, *, yes: bool) -> str:
    """The asker's news, with what to do next."""
    words = f"{_price(row)} to {escaped(row.words)} in"
    if yes:
        return f"<@{actor.user_id}> said yes to {words} your project. Press again within {HOURS} hours: it counts once."
    return f"<@{actor.user_id}> said no to {words} your project. Nothing was bought. Talk to them, or order less."


def _price(row: SpendRequest) -> str:
    return about(row.usd) if row.usd is not None else "a price that nobody knows"


async def _refuse_late(session: AsyncSession, request_id: int) -> None:
    row = await queries.by_id(session, request_id)
    if row is not None and row.state in SAID:
        raise AlreadyDecided(row.decided_by, SAID[row.state])
    raise Stale("This question is too old.", kept="Nothing was bought.", todo="Who asked can order again.")


async def expire(session: AsyncSession, *, now: datetime) -> int:
    """Close questions that nobody answered in time; how many."""
    closed = 0
    for row in await queries.overdue(session, now=now):
        project = await projects.by_id(session, row.project_id)
        if project is not None:
            closed += await _close(session, row, project, RequestState.EXPIRED, now=now)
    return closed


async def card(session: AsyncSession, request_id: int) -> SpendCard | None:
    row = await queries.by_id(session, request_id)
    if row is None:
        return None
    return SpendCard(request_id, row.project_id, row.asked_by, row.words, row.usd, row.state, row.decided_by)


async def _close(
    session: AsyncSession, row: SpendRequest, project: Project, state: RequestState, *, now: datetime
) -> bool:
    closed = await queries.close(session, row.id or 0, state)
    if closed:
        await _show(session, row.id or 0, project, now=now)
    return closed


async def _show(session: AsyncSession, request_id: int, project: Project, *, now: datetime) -> None:
    await outbox.say(
        session,
        team_id=project.team_id,
        key=f"spend:{request_id}",
        kind=Say.SPEND,
        subject_id=request_id,
        channel=project.channel_id,
        now=now,
    )


async def _who_decides(session: AsyncSession, project: Project, asked_by: str) -> list[str]:
    """Owners and approvers of money, but for who asks."""
    people = await projects.members_by_role(session, project.id or 0)
    named = dict.fromkeys((*people[Role.OWNER], *people[Role.APPROVER]))
    return [user for user in named if user != asked_by]
