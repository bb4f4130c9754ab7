"""The template's windows: the main one with the list of the others, and one for each of those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import (
    PREVIEW_PROMPTS,
    Choice,
    Place,
    TemplateForm,
    TemplateLine,
    TemplateModal,
    TemplatePreview,
    form_of,
)
from bot.domain.catalog_saved import restored, roles_from
from bot.domain.people import Actor
from bot.domain.prompt_mix import (
    LONGEST_NAME,
    WHOLE,
    Mix,
    NamedTemplate,
    by_id,
    saved_mix,
    with_first,
    with_template,
    without_template,
)
from bot.domain.prompt_starters import LABELS, SHORT_NAMES, Starter, next_starter, starter
from bot.errors import BadForm, BadTemplate, NotFound
from bot.services import project as projects
from bot.services import prompt as service
from bot.services import prompt_reuse, prompt_rounds
from bot.services.prompt import templates_of
from bot.services.prompt_card import after_change, change, empty_columns
from storage.models import Catalog, Project

STARTERS = tuple(Choice(which.value, label) for which, label in LABELS.items())
NEW = 0  # the id of a template that is not there yet


async def template_modal(
    session: AsyncSession,
    actor: Actor,
    place: Place,
    *,
    models: Sequence[str] = (),
    form: TemplateForm | None = None,
) -> TemplateModal:
    """A template's form, as it is saved or (with `form`) as somebody has typed it. Raises NotAllowed, NotYet."""
    project = await projects.as_reviewer(session, place.project_id, actor)
    catalog = await service.catalog_of(session, project)
    mix = templates_of(project)
    is_main = place.template_id in (None, mix[0].id)
    place = replace(place, template_id=mix[0].id) if is_main else place
    shown = form or _saved_form(project, catalog, mix, place)
    return TemplateModal(
        place=place,
        form=shown,
        columns=restored(catalog.profile).columns,
        preview=await preview(session, project, shown.text),
        models=tuple(models),
        is_main=is_main,
        share=mix[0].share if is_main else shown.share or 0,
        others=tuple(_line(one) for one in mix[1:]) if is_main else (),
        starters=STARTERS,
        takeable=tuple(await prompt_reuse.templates_elsewhere(session, actor, project)),
    )


def _line(template: NamedTemplate) -> TemplateLine:
    return TemplateLine(template.id, template.name, template.share, template.text)


def _saved_form(project: Project, catalog: Catalog, mix: Mix, place: Place) -> TemplateForm:
    """What the window opens with. A new template is a suggestion with an even share. Raises NotFound."""
    if place.template_id == NEW:
        which, text = next_starter([one.text for one in mix], restored(catalog.profile), roles_from(catalog.roles))
        return TemplateForm(text, name=_free_name(SHORT_NAMES[which], mix), share=_even_share(mix))
    found = by_id(mix, place.template_id or NEW)
    if found is None:
        raise NotFound("That template was removed.", todo="Open the template's window again.")
    saved = form_of(found.text, projects.settings_of(project))
    return replace(saved, name=found.name, share=None if found is mix[0] else found.share)


def _free_name(name: str, mix: Mix) -> str:
    taken = {one.name.casefold() for one in mix}
    names = [name, *(f"{name} {number}" for number in range(2, len(mix) + 3))]
    return next(one for one in names if one.casefold() not in taken)


def _even_share(mix: Mix) -> int:
    """An even share, as far as the main template has one to give."""
    return max(1, min(WHOLE // (len(mix) + 1), mix[0].share - 1))


async def from_starter(
    session: AsyncSession, actor: Actor, project_id: int, which: str, typed: TemplateForm
) -> TemplateForm:
    """The typed form with a starter's text for this catalog. Raises NotAllowed, NotYet."""
    project = await projects.as_reviewer(session, project_id, actor)
    catalog = await service.catalog_of(session, project)
    return replace(typed, text=starter(Starter(which), restored(catalog.profile), roles_from(catalog.roles)))


async def from_elsewhere(session: AsyncSession, actor: Actor, value: str, typed: TemplateForm) -> TemplateForm:
    """The typed form with the text of another project's template. Raises NotAllowed, NotFound."""
    return replace(typed, text=(await prompt_reuse.template_elsewhere(session, actor, value)).text)


async def preview(session: AsyncSession, project: Project, template: str) -> TemplatePreview:
    """Three real products in this template, and how many prompts it gives; or what is wrong with it, in a sentence."""
    alone = (NamedTemplate(template),)
    try:
        count = await service.counted(session, await service.material(session, project, templates=alone))
        drawn = await service.choose(
            session, project, count=PREVIEW_PROMPTS, seed=project.id or 0, distinct_products=True, templates=alone
        )
    except BadTemplate as problem:
        return TemplatePreview(problem=str(problem))
    if not count.prompts:
        return TemplatePreview(count=count, problem=f"No product gives a prompt: {empty_columns(count)}.")
    return TemplatePreview(tuple(prompt.text for prompt in drawn), count)


async def save_template(
    session: AsyncSession,
    actor: Actor,
    project_id: int,
    form: TemplateForm,
    *,
    now: datetime,
    template_id: int | None = None,
) -> None:
    """Take a template: the main one with the settings under *More*, or another one (0: a new one).

    Raises BadForm with a sentence for its field, NotAllowed."""
    project = await projects.as_reviewer(session, project_id, actor)
    mix = templates_of(project)
    seen = await preview(session, project, form.text)
    if seen.problem:
        raise BadForm({"template": seen.problem})
    if template_id in (None, mix[0].id):
        await _save_settings(session, project, form)
    await _save(session, actor, project, with_template(mix, _changed(mix, template_id, form)), now=now)


def _changed(mix: Mix, template_id: int | None, form: TemplateForm) -> NamedTemplate:
    """The template as it is to be. Raises BadForm, NotFound."""
    if template_id == NEW:
        return NamedTemplate(form.text, NEW, _name(form.name), form.share or _even_share(mix))
    known = mix[0] if template_id is None else by_id(mix, template_id)
    if known is None:
        raise NotFound("A colleague removed that template meanwhile.", todo="Add it as a new one.")
    name = _name(form.name) if form.name else known.name
    return replace(known, text=form.text, name=name, share=form.share or known.share)


def _name(typed: str) -> str:
    """Raises BadForm."""
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadForm({"name": f"Give it a name of up to {LONGEST_NAME} characters."})
    return name


async def _save_settings(session: AsyncSession, project: Project, form: TemplateForm) -> None:
    old = projects.settings_of(project)
    new = replace(old, temperature=form.temperature, max_tokens=form.max_tokens, model=form.model)
    if new != old:
        await change(session, project, settings=new.as_json())


async def remove(session: AsyncSession, actor: Actor, project_id: int, template_id: int, *, now: datetime) -> None:
    """Take one of several templates out; texts that were written with it stay. Raises NotAllowed."""
    project = await projects.as_reviewer(session, project_id, actor)
    await _save(session, actor, project, without_template(templates_of(project), template_id), now=now)


async def put_first(session: AsyncSession, actor: Actor, project_id: int, template_id: int, *, now: datetime) -> None:
    """Make another template the main one. Raises NotAllowed."""
    project = await projects.as_reviewer(session, project_id, actor)
    await _save(session, actor, project, with_first(templates_of(project), template_id), now=now)


async def _save(session: AsyncSession, actor: Actor, project: Project, mix: Mix, *, now: datetime) -> None:
    if mix != templates_of(project):
        await prompt_rounds.record(session, project, by=actor.user_id, now=now)
        version = project.template_version + 1
        await change(session, project, template=mix[0].text, templates=saved_mix(mix), template_version=version)
    await after_change(session, project, by=actor.user_id, now=now)
