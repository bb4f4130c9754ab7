"""House style, template and sign-off: what their messages and forms show, and what people do with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import (
    PREVIEW_PROMPTS,
    SHOWN_PROMPTS,
    DrawnPrompt,
    Leaving,
    PromptCount,
    PromptsCard,
    StyleModal,
    TemplateForm,
    TemplateModal,
    TemplatePreview,
    WritingPrice,
    form_of,
)
from bot.domain.catalog_saved import restored
from bot.domain.completion import TRY_SIZE
from bot.domain.models import ModelInfo
from bot.domain.money import Price, estimate_prompt_tokens, estimate_run
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.project import ProjectSettings, Style
from bot.errors import BadForm, BadTemplate, BotError, Stale
from bot.log import current_trace
from bot.services import project as projects
from bot.services import prompt as service
from bot.services.prompt import Material
from storage import outbox
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


async def show(session: AsyncSession, project: Project, *, now: datetime) -> None:
    """Say what the prompts are now; earlier cards of the project are told that they are history. Raises NotYet."""
    fingerprint = service.fingerprint(project, await service.catalog_of(session, project))
    key = card_key(project, fingerprint)
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
    await show(session, project, now=now)
    return (known.posted_in, known.ts) if known is not None and known.ts else None


async def sign_off(session: AsyncSession, actor: Actor, project_id: int, *, fingerprint: str, now: datetime) -> None:
    """An owner says yes to the prompts as they were shown. Raises NotAllowed, Stale, BadTemplate."""
    project = await projects.as_owner(session, project_id, actor)
    full = service.fingerprint(project, await service.catalog_of(session, project))
    if full[:SHORT] != fingerprint:
        raise Stale("Template, style or catalog have changed since.", todo="Look at the newer prompts further down.")
    await service.material(session, project)
    await prompts.sign_off(session, project_id, fingerprint=full, who=actor.user_id)
    await _redraw(session, project, card_key(project, full), now=now)


async def ten_more(session: AsyncSession, actor: Actor, project_id: int, *, shown: int, now: datetime) -> None:
    """Turn the card to ten other prompts. Pressed twice at once it turns once."""
    project = await projects.get(session, project_id, actor)
    fingerprint = service.fingerprint(project, await service.catalog_of(session, project))
    await prompts.show_next(session, project_id, shown=shown)
    await outbox.refresh(session, team_id=project.team_id, key=card_key(project, fingerprint), due=now)


async def card(session: AsyncSession, project: Project, *, key: str, model: ModelInfo | None) -> PromptsCard:
    """The sign-off card that was said under `key`; what has changed since shows as history."""
    catalog = await service.catalog_of(session, project)
    fingerprint = service.fingerprint(project, catalog)
    known = PromptsCard(
        project.id or 0, project.name, fingerprint[:SHORT], project.prompts_round, template=project.template
    )
    if card_key(project, fingerprint) != key:
        return PromptsCard(known.project_id, known.project, known.fingerprint, known.round, current=False)
    try:
        made_of = await service.material(session, project)
        return await _full_card(session, project, made_of, known, model)
    except BadTemplate as problem:
        return PromptsCard(known.project_id, known.project, known.fingerprint, known.round, problem=str(problem))


async def _full_card(
    session: AsyncSession, project: Project, made_of: Material, known: PromptsCard, model: ModelInfo | None
) -> PromptsCard:
    count = await service.counted(session, made_of)
    if not count.prompts:
        raise BadTemplate(f"No product gives a prompt: {_empty(count)}.")
    drawn = await _ten(session, project)
    fingerprint = service.fingerprint(project, made_of.catalog)
    signed = project.signed_off == fingerprint
    return PromptsCard(
        project_id=known.project_id,
        project=project.name,
        fingerprint=known.fingerprint,
        round=known.round,
        prompts=tuple(prompt.text for prompt in drawn),
        count=count,
        price=await price(session, project, count=count, model=model),
        leaving=leaving(made_of, model),
        style=style_in_words(projects.style_of(project)),
        template=project.template,
        existing=await service.existing_count(session, project),
        signed=signed,
        signed_by=project.signed_off_by if signed else "",
    )


async def _ten(session: AsyncSession, project: Project) -> list[DrawnPrompt]:
    """Ten at random; each round goes on where the last one ended, and begins anew when there are no more."""
    wanted = SHOWN_PROMPTS * (project.prompts_round + 1)
    found = await service.choose(session, project, count=wanted, seed=project.id or 0)
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
    tokens = [estimate_prompt_tokens(_messages(system, prompt.text)) for prompt in some]
    longest = model.longest(projects.settings_of(project).max_tokens)
    tariff = Price(model.input_usd, model.output_usd, model.training_usd)
    of_some = estimate_run(tokens, price=tariff, max_tokens=longest).likely_usd
    each = None if of_some is None or not tokens else of_some / len(tokens)
    return WritingPrice(
        model=model.name,
        all_usd=None if each is None else each * count.prompts,
        try_usd=None if each is None else each * min(TRY_SIZE, count.prompts),
        notice=model.notice,
    )


def _messages(system: str, prompt: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": system}, {"role": "user", "content": prompt}]


def leaving(made_of: Material, model: ModelInfo | None) -> Leaving:
    """Only the columns that the template uses leave."""
    return Leaving(
        provider=model.provider_label if model else "",
        products=made_of.catalog.rows,
        sent=made_of.used,
        kept=tuple(name for name in made_of.columns if name not in made_of.used),
    )


def style_in_words(style: Style) -> str:
    """The house style in one line, such as `English · warm and plain · 30 to 45 words`."""
    never = f"never says {', '.join(style.never_say)}" if style.never_say else ""
    return " · ".join(part for part in (style.language, style.tone, style.length_in_words(), never) if part)


async def style_modal(session: AsyncSession, actor: Actor, project_id: int) -> StyleModal:
    project = await projects.as_reviewer(session, project_id, actor)
    return StyleModal(project_id, projects.style_of(project))


async def save_style(session: AsyncSession, actor: Actor, project_id: int, style: Style, *, now: datetime) -> None:
    """Take a house style. Prompts that were signed off have to be looked at again. Raises NotAllowed, BadForm."""
    project = await projects.as_reviewer(session, project_id, actor)
    if style.min_words and style.max_words and style.min_words > style.max_words:
        raise BadForm({"max_words": "The most words cannot be fewer than the fewest."})
    if style != projects.style_of(project):
        await _change(session, project, style=style.as_json(), style_version=project.style_version + 1)
    await _after_change(session, project, now=now)


async def template_modal(
    session: AsyncSession,
    actor: Actor,
    project_id: int,
    *,
    models: Sequence[str] = (),
    form: TemplateForm | None = None,
) -> TemplateModal:
    """The template's form, as it is saved or (with `form`) as somebody has typed it. Raises NotAllowed, NotYet."""
    project = await projects.as_reviewer(session, project_id, actor)
    shown = form or form_of(project.template, projects.settings_of(project))
    profile = restored((await service.catalog_of(session, project)).profile)
    seen = await preview(session, project, shown.text)
    return TemplateModal(project_id, shown, profile.columns, seen, tuple(models))


async def preview(session: AsyncSession, project: Project, template: str) -> TemplatePreview:
    """Three real products in this template, and how many prompts it gives; or what is wrong with it, in a sentence."""
    try:
        made_of = await service.material(session, project, template=template)
        count = await service.counted(session, made_of)
        drawn = await service.choose(
            session, project, count=PREVIEW_PROMPTS, seed=project.id or 0, distinct_products=True, template=template
        )
    except BadTemplate as problem:
        return TemplatePreview(problem=str(problem))
    if not count.prompts:
        return TemplatePreview(count=count, problem=f"No product gives a prompt: {_empty(count)}.")
    return TemplatePreview(tuple(prompt.text for prompt in drawn), count)


def _empty(count: PromptCount) -> str:
    named = [f"'{name}' is empty for {number:,}" for name, number in count.missing]
    return " and ".join(named) or "there are no products"


async def save_template(
    session: AsyncSession, actor: Actor, project_id: int, form: TemplateForm, *, now: datetime
) -> None:
    """Take a template with its settings. Raises BadForm with a sentence for its field, NotAllowed."""
    project = await projects.as_reviewer(session, project_id, actor)
    seen = await preview(session, project, form.text)
    if seen.problem:
        raise BadForm({"template": seen.problem})
    old = projects.settings_of(project)
    new = ProjectSettings(
        temperature=form.temperature, max_tokens=form.max_tokens, model=form.model, tune_model=old.tune_model,
        budget_usd=old.budget_usd,
    )  # fmt: skip
    if new != old:
        await _change(session, project, settings=new.as_json())
    if form.text != project.template:
        await _change(session, project, template=form.text, template_version=project.template_version + 1)
    await _after_change(session, project, now=now)


async def _change(session: AsyncSession, project: Project, **values: object) -> None:
    await stored_projects.change(session, project.id or 0, **values)
    for name, value in values.items():
        setattr(project, name, value)


async def _after_change(session: AsyncSession, project: Project, *, now: datetime) -> None:
    """A changed thing is shown again from its first ten prompts; an old yes no longer counts."""
    try:
        catalog = await service.catalog_of(session, project)
    except BotError:  # a style may come before the catalog
        return
    if project.signed_off and project.signed_off != service.fingerprint(project, catalog):
        await _change(session, project, signed_off="", signed_off_by="")
    await _change(session, project, prompts_round=0)
    await show(session, project, now=now)
    await outbox.refresh(session, team_id=project.team_id, key=f"catalog:{catalog.id}", due=now + SOON)
    await outbox.refresh(session, team_id=project.team_id, key=f"project:{project.id}", due=now + SOON)


async def _redraw(session: AsyncSession, project: Project, key: str, *, now: datetime) -> None:
    await outbox.refresh(session, team_id=project.team_id, key=key, due=now)
    await outbox.refresh(session, team_id=project.team_id, key=f"project:{project.id}", due=now + SOON)
