"""Sign-off: what its card and its closer look show, and what people do with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.cards_prompt import (
    SHOWN_PROMPTS,
    DrawnPrompt,
    Leaving,
    PromptCount,
    PromptsCard,
    Sampling,
    SamplingColumn,
    TemplateLine,
    WritingPrice,
    product_place,
)
from bot.domain.catalog_saved import restored, roles_from
from bot.domain.completion import TRY_SIZE
from bot.domain.dataset import chat_messages
from bot.domain.models import ModelInfo
from bot.domain.money import estimate_prompt_tokens, estimate_run
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.project import Style
from bot.domain.prompt_lots import stratified
from bot.domain.prompt_survey import sampling_columns
from bot.errors import BadTemplate, BotError, Stale
from bot.log import current_trace
from bot.services import project as projects
from bot.services import prompt as service
from bot.services import prompt_rounds
from bot.services.completion_price import price_of
from bot.services.prompt import Material
from bot.services.prompt_survey import Seen, look, ways_to_enough
from storage import audit, outbox
from storage import project as stored_projects
from storage import prompt as prompts
from storage.models import Project

# How much of a fingerprint stands in keys and buttons.
SHORT = 12
# The price is worked out from this many prompts.
PRICED = 50
# Cards that only show a change follow it after a moment, so that changes coalesce.
SOON = timedelta(seconds=2)


def card_key(project: Project, fingerprint: str) -> str:
    return f"prompts:{project.id}:{fingerprint[:SHORT]}"


async def show(session: AsyncSession, project: Project, *, now: datetime, by: str = "") -> None:
    """Say what the prompts are now; earlier cards of the project are told that they are history. Raises NotYet."""
    fingerprint = service.fingerprint(project, await service.catalog_of(session, project))
    key = card_key(project, fingerprint)
    await prompt_rounds.record(session, project, by=by, now=now)
    for other in await prompts.cards_said(session, project.team_id, project.id or 0):
        if other != key:
            await outbox.refresh(session, team_id=project.team_id, key=other, due=now + SOON)
    await outbox.say(
        session, team_id=project.team_id, key=key, kind=Say.PROMPTS, subject_id=project.id or 0,
        channel=project.channel_id, now=now, trace_id=current_trace(),
    )  # fmt: skip


async def show_for(session: AsyncSession, actor: Actor, project_id: int, *, now: datetime) -> tuple[str, str] | None:
    """The sign-off card, for anybody of the workspace: where it stands already (channel, ts), None if it is posted now.

    Raises NotYet, NotFound."""
    project = await projects.get(session, project_id, actor)
    fingerprint = service.fingerprint(project, await service.catalog_of(session, project))
    known = await outbox.by_key(session, project.team_id, card_key(project, fingerprint))
    await show(session, project, now=now, by=actor.user_id)
    return (known.posted_in, known.ts) if known is not None and known.ts else None


async def sign_off(session: AsyncSession, actor: Actor, project_id: int, *, fingerprint: str, now: datetime) -> None:
    """An owner says yes to the prompts as they were shown. Raises NotAllowed, Stale, BadTemplate."""
    project = await projects.as_owner(session, project_id, actor)
    full = service.fingerprint(project, await service.catalog_of(session, project))
    if full[:SHORT] != fingerprint:
        raise Stale("Template, style or catalog have changed since.", todo="Look at the newer prompts further down.")
    await service.material(session, project)
    await prompts.sign_off(session, project_id, fingerprint=full, who=actor.user_id)
    await prompt_rounds.sign(session, project, by=actor.user_id, now=now)
    detail = f"template version {project.template_version}, style version {project.style_version}, SHA-256 {full}"
    await audit.note(session, project, actor.user_id, Audited.SIGNED_OFF, now=now, detail=detail)
    await outbox.refresh(session, team_id=project.team_id, key=card_key(project, full), due=now)
    await outbox.refresh(session, team_id=project.team_id, key=f"project:{project.id}", due=now + SOON)


async def ten_more(session: AsyncSession, actor: Actor, project_id: int, *, shown: int, now: datetime) -> None:
    """Turn the card to ten other prompts. Pressed twice at once it turns once."""
    project = await projects.get(session, project_id, actor)
    await prompts.show_next(session, project_id, shown=shown)
    await _redraw(session, project, now=now)


async def sample_by(session: AsyncSession, actor: Actor, project_id: int, *, column: str, now: datetime) -> None:
    """Take the ten from every group of a column (its place among the columns), or by lot. Raises NotYet, NotFound."""
    project = await projects.get(session, project_id, actor)
    profile = restored((await service.catalog_of(session, project)).profile)
    known = {str(place): one.name for place, one in enumerate(profile.columns)}
    await change(session, project, prompts_by=known.get(column, ""), prompts_round=0)
    await _redraw(session, project, now=now)


async def _redraw(session: AsyncSession, project: Project, *, now: datetime) -> None:
    fingerprint = service.fingerprint(project, await service.catalog_of(session, project))
    await outbox.refresh(session, team_id=project.team_id, key=card_key(project, fingerprint), due=now)


async def look_closer(session: AsyncSession, actor: Actor, project_id: int, *, model: ModelInfo | None) -> PromptsCard:
    """Everything that the card has no room for. Raises NotYet, NotFound."""
    project = await projects.get(session, project_id, actor)
    fingerprint = service.fingerprint(project, await service.catalog_of(session, project))
    return await card(session, project, key=card_key(project, fingerprint), model=model)


async def card(session: AsyncSession, project: Project, *, key: str, model: ModelInfo | None) -> PromptsCard:
    """The sign-off card that was said under `key`; what has changed since shows as history."""
    fingerprint = service.fingerprint(project, await service.catalog_of(session, project))
    known = PromptsCard(
        project.id or 0,
        project.name,
        fingerprint[:SHORT],
        project.prompts_round,
        number=await prompt_rounds.number(session, project.id or 0),
    )
    if card_key(project, fingerprint) != key:
        return replace(known, current=False)
    try:
        return await _full_card(session, project, known, fingerprint, model)
    except BadTemplate as problem:
        return replace(known, problem=str(problem))


async def _full_card(
    session: AsyncSession, project: Project, known: PromptsCard, fingerprint: str, model: ModelInfo | None
) -> PromptsCard:
    made_of = await service.material(session, project)
    seen = await look(session, made_of, by=sampled_by(project, made_of))
    if not seen.count.prompts:
        raise BadTemplate(f"No product gives a prompt: {empty_columns(seen.count)}.")
    drawn = await _ten(session, project, seen)
    style = projects.style_of(project)
    signed = project.signed_off == fingerprint
    return replace(
        known,
        prompts=tuple(prompt.text for prompt in drawn),
        count=seen.count,
        price=await price(session, project, count=seen.count, model=model),
        leaving=leaving(made_of, model),
        style=style_in_words(style),
        existing=await service.existing_count(session, project),
        signed=signed,
        signed_by=project.signed_off_by if signed else "",
        templates=template_lines(made_of, seen.count),
        survey=seen.survey,
        ways=await ways_to_enough(session, made_of, seen.count),
        sampling=_sampling(project, made_of, seen, drawn),
        instruction=style.system_prompt(),
    )


def sampled_by(project: Project, made_of: Material) -> str:
    """The column that the ten are sampled by; empty where none was picked, or it is gone from the catalog."""
    return project.prompts_by if project.prompts_by in made_of.columns else ""


def template_lines(made_of: Material, count: PromptCount) -> tuple[TemplateLine, ...]:
    """The templates with what each gives, where there are several."""
    if len(made_of.templates) < 2:
        return ()
    each = zip(made_of.templates, count.each, strict=True)
    return tuple(TemplateLine(one.id, one.name, one.share, one.text, number) for one, number in each)


def _sampling(project: Project, made_of: Material, seen: Seen, drawn: Sequence[DrawnPrompt]) -> Sampling:
    kind = roles_from(made_of.catalog.roles).type
    columns = sampling_columns(made_of.profile, made_of.catalog.rows, first=kind)
    return Sampling(
        by=sampled_by(project, made_of),
        groups=_groups(seen.groups, drawn),
        columns=tuple(SamplingColumn(place, column.name) for place, column in columns),
    )


def _groups(groups: Mapping[str, Sequence[int]], drawn: Sequence[DrawnPrompt]) -> tuple[tuple[str, int], ...]:
    """The groups that the prompts shown are from, the ones shown most often first."""
    group_at = {place: name for name, places in groups.items() for place in places}
    shown = [group_at[place] for place in (product_place(one.position) for one in drawn) if place in group_at]
    return tuple(sorted(((name, shown.count(name)) for name in dict.fromkeys(shown)), key=lambda one: -one[1]))


async def _ten(session: AsyncSession, project: Project, seen: Seen) -> list[DrawnPrompt]:
    """Ten by lot or group by group; each round goes on where the last one ended, and begins anew at the end."""
    wanted, seed = SHOWN_PROMPTS * (project.prompts_round + 1), project.id or 0
    order = stratified(seen.groups, seed) if seen.groups else None
    found = await service.choose(session, project, count=wanted, seed=seed, order=order)
    rounds = max(1, -(-len(found) // SHOWN_PROMPTS))
    start = SHOWN_PROMPTS * (project.prompts_round % rounds)
    return found[start : start + SHOWN_PROMPTS]


async def price(
    session: AsyncSession, project: Project, *, count: PromptCount, model: ModelInfo | None
) -> WritingPrice | None:
    """What writing all prompts would cost, and five of them; None where no model is set up."""
    if model is None:
        return None
    system = projects.style_of(project).system_prompt()
    some = await service.choose(session, project, count=PRICED, seed=0)
    tokens = [estimate_prompt_tokens(chat_messages(system, prompt.text)) for prompt in some]
    longest = model.longest(projects.settings_of(project).max_tokens)
    of_some = estimate_run(tokens, price=price_of(model), max_tokens=longest).likely_usd
    each = None if of_some is None or not tokens else of_some / len(tokens)
    return WritingPrice(
        model=model.name,
        all_usd=None if each is None else each * count.prompts,
        try_usd=None if each is None else each * min(TRY_SIZE, count.prompts),
        notice=model.notice,
    )


def leaving(made_of: Material, model: ModelInfo | None) -> Leaving:
    """Only the columns that the templates use leave."""
    return Leaving(
        provider=model.provider_label if model else "",
        products=made_of.catalog.rows,
        sent=made_of.used,
        kept=tuple(name for name in made_of.columns if name not in made_of.used),
    )


def style_in_words(style: Style) -> str:
    """The house style in one line, such as `English · warm and plain · 30 to 45 words`."""
    never = f"never says {', '.join(style.never_say)}" if style.never_say else ""
    number = len(style.glossary)
    words = f"{number} glossary {'entry' if number == 1 else 'entries'}" if number else ""
    return " · ".join(part for part in (style.language, style.tone, style.length_in_words(), never, words) if part)


def empty_columns(count: PromptCount) -> str:
    named = [f"'{name}' is empty for {number:,}" for name, number in count.missing]
    return " and ".join(named) or "there are no products"


async def change(session: AsyncSession, project: Project, **values: object) -> None:
    """Change a project's row, and the copy that is at hand."""
    await stored_projects.change(session, project.id or 0, **values)
    for name, value in values.items():
        setattr(project, name, value)


async def after_change(session: AsyncSession, project: Project, *, by: str, now: datetime) -> None:
    """A changed thing is shown again from its first ten prompts; an old yes no longer counts."""
    await prompt_rounds.record(session, project, by=by, now=now)
    try:
        catalog = await service.catalog_of(session, project)
    except BotError:  # a style may come before the catalog
        return
    if project.signed_off and project.signed_off != service.fingerprint(project, catalog):
        await change(session, project, signed_off="", signed_off_by="")
    await change(session, project, prompts_round=0)
    await show(session, project, now=now, by=by)
    await outbox.refresh(session, team_id=project.team_id, key=f"catalog:{catalog.id}", due=now + SOON)
    await outbox.refresh(session, team_id=project.team_id, key=f"project:{project.id}", due=now + SOON)
