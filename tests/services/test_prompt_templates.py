"""Several templates, rounds, sampling, ways to more prompts, and what is taken from other projects."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest

from bot.domain.cards_prompt import Place, PromptsCard, TemplateForm
from bot.domain.people import Actor
from bot.domain.project import Style
from bot.domain.team import Team
from bot.errors import BadForm, BadTemplate, NotAllowed, NotFound
from bot.services import people, prompt_card, prompt_reuse, prompt_rounds, prompt_style, prompt_templates
from bot.services import prompt as service
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Project
from tests.support.given_catalog import fresh, given_signed_off, given_used_catalog, teas

SHORT = TemplateForm("What is [product name]?", name="Short", share=40)


async def add_template(
    db: Database, project: Project, actor: Actor, now: datetime, form: TemplateForm = SHORT
) -> Project:
    async with transaction(db) as session:
        await prompt_templates.save_template(
            session, actor, project.id or 0, form, now=now, template_id=prompt_templates.NEW
        )
    return await fresh(db, project.id or 0)


async def card_of(db: Database, project: Project) -> PromptsCard:
    async with reading(db) as session:
        catalog = await service.catalog_of(session, project)
        key = prompt_card.card_key(project, service.fingerprint(project, catalog))
        return await prompt_card.card(session, project, key=key, model=None)


async def rounds_of(db: Database, project: Project) -> list[prompt_rounds.PromptRound]:
    async with reading(db) as session:
        return await prompt_rounds.rounds(session, project.id or 0)


async def test_two_templates_give_all_their_prompts_and_are_drawn_in_their_shares(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(40), actor, now)

    project = await add_template(db, project, actor, now)

    async with transaction(db) as session:
        drawn = await service.draw(session, project, count=30, seed=5)
        again = await service.draw(session, project, count=30, seed=5)
        everything = [prompt async for prompt in service.prompts_of(session, project)]
        assert await service.count(session, project) == len(everything) == 80
    assert Counter(prompt.template_id for prompt in drawn) == {1: 18, 2: 12}
    assert [prompt.id for prompt in drawn] == [prompt.id for prompt in again]
    assert len({prompt.product_id for prompt in drawn}) == 30
    assert all(prompt.text.startswith("What is") == (prompt.template_id == 2) for prompt in drawn)
    assert len({prompt.position for prompt in everything}) == 80


async def test_what_was_drawn_before_a_second_template_keeps_its_place(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(5), actor, now)
    async with transaction(db) as session:
        before = await service.draw(session, project, count=5, seed=1)

    project = await add_template(db, project, actor, now)

    async with reading(db) as session:
        everything = {prompt.position: prompt.text async for prompt in service.prompts_of(session, project)}
    assert all(everything[prompt.position] == prompt.text for prompt in before)


async def test_another_share_is_another_thing_to_say_yes_to(db: Database, actor: Actor, now: datetime) -> None:
    project = await add_template(db, await given_used_catalog(db, teas(5), actor, now), actor, now)
    async with reading(db) as session:
        before = service.fingerprint(project, await service.catalog_of(session, project))

    async with transaction(db) as session:
        form = TemplateForm(SHORT.text, name="Short", share=70)
        await prompt_templates.save_template(session, actor, project.id or 0, form, now=now, template_id=2)

    project = await fresh(db, project.id or 0)
    async with reading(db) as session:
        assert service.fingerprint(project, await service.catalog_of(session, project)) != before
    assert [one.share for one in service.templates_of(project)] == [30, 70]


async def test_templates_are_removed_and_put_first(db: Database, actor: Actor, now: datetime) -> None:
    project = await add_template(db, await given_used_catalog(db, teas(5), actor, now), actor, now)
    async with transaction(db) as session:
        await prompt_templates.put_first(session, actor, project.id or 0, 2, now=now)
    project = await fresh(db, project.id or 0)
    assert project.template == SHORT.text

    async with transaction(db) as session:
        await prompt_templates.remove(session, actor, project.id or 0, 1, now=now)

    [left] = service.templates_of(await fresh(db, project.id or 0))
    assert (left.id, left.text, left.share) == (2, SHORT.text, 100)


async def test_a_template_that_does_not_fit_is_named(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, teas(5), actor, now)
    with pytest.raises(BadForm, match="no column 'gone'"):
        await add_template(db, project, actor, now, TemplateForm("[gone]", name="Odd", share=10))
    project = await add_template(db, project, actor, now)
    async with transaction(db) as session:
        saved = [dict(one) for one in project.templates]
        saved[1]["text"] = "[gone]"
        await projects.change(session, project.id or 0, templates=saved)

    project = await fresh(db, project.id or 0)

    assert "In the template “Short”: There is no column 'gone'." in (await card_of(db, project)).problem
    with pytest.raises(BadTemplate):
        async with reading(db) as session:
            await service.count(session, project)


async def test_a_change_begins_a_round_only_when_the_last_one_was_used(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(5), actor, now, template="Describe [product name]")
    project = await add_template(db, project, actor, now)
    assert [(one.number, len(one.templates)) for one in await rounds_of(db, project)] == [(1, 2)]
    async with transaction(db) as session:
        [prompt] = await service.draw(session, project, count=1, seed=1)

    async with transaction(db) as session:
        await prompt_style.save_style(session, actor, project.id or 0, Style(tone="warm"), now=now)
    async with transaction(db) as session:
        await prompt_style.save_style(session, actor, project.id or 0, Style(tone="cold"), now=now)

    project = await fresh(db, project.id or 0)
    first, second = await rounds_of(db, project)
    assert (first.style.tone, second.style.tone, second.number) == ("", "cold", 2)
    assert first.templates == second.templates and first.by == actor.user_id
    assert (await card_of(db, project)).number == 2
    assert prompt_rounds.round_of([first, second], prompt.template_version, prompt.style_version) == first


async def test_a_signed_round_stays_as_it_was_said_yes_to_and_old_prompts_keep_their_words(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_signed_off(db, teas(5), actor, now, template="Describe [product name]")
    async with transaction(db) as session:
        [old] = await service.draw(session, project, count=1, seed=1)
        words = (old.text, old.system, old.template_version)

    async with transaction(db) as session:
        form = TemplateForm("Praise [product name]")
        await prompt_templates.save_template(session, actor, project.id or 0, form, now=now)
        style = Style(glossary=(("cosy", "snug"),))
        await prompt_style.save_style(session, actor, project.id or 0, style, now=now)

    project = await fresh(db, project.id or 0)
    first, second = await rounds_of(db, project)
    assert (first.signed_by, second.signed_by) == (actor.user_id, "")
    assert (first.templates[0].text, second.templates[0].text) == ("Describe [product name]", "Praise [product name]")
    assert second.style.glossary == (("cosy", "snug"),)
    async with transaction(db) as session:
        [new] = await service.draw(session, project, count=1, seed=1)
        [kept] = [one for one in [await session.get(type(old), old.id)] if one is not None]
    assert (kept.text, kept.system, kept.template_version) == words
    assert new.id != old.id and new.text.startswith("Praise") and 'Write "snug", not "cosy".' in new.system
    assert prompt_rounds.round_of([first, second], new.template_version, new.style_version) == second


async def test_a_yes_alone_closes_a_round(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_signed_off(db, teas(5), actor, now)

    await add_template(db, project, actor, now)

    assert [len(one.templates) for one in await rounds_of(db, project)] == [1, 2]


async def test_the_ten_come_from_every_group_of_the_picked_column_and_it_is_remembered(
    db: Database, actor: Actor, now: datetime
) -> None:
    rows = "\n".join(f"Item {number},{'rare' if number in (3, 57) else 'usual'},x" for number in range(60))
    project = await given_used_catalog(db, f"Product Name,Type,Details\n{rows}\n", actor, now)
    by_lot = await card_of(db, project)
    place = next(one.place for one in by_lot.sampling.columns if one.name == "Type")

    async with transaction(db) as session:
        await prompt_card.sample_by(session, actor, project.id or 0, column=str(place), now=now)

    project = await fresh(db, project.id or 0)
    card = await card_of(db, project)
    assert card.sampling.by == project.prompts_by == "Type"
    assert dict(card.sampling.groups) == {"usual": 8, "rare": 2}
    assert len(set(card.prompts)) == 10
    assert [one.name for one in card.sampling.columns] == ["Type"], "names and constants give a sample no shape"


async def test_the_card_finds_extremes_gaps_and_doubles(db: Database, actor: Actor, now: datetime) -> None:
    rows = "Mug,cup,,1\nMug,cup,,2\nA very long name indeed,cup,red,3\n"
    template = "Describe [product name]{, in [details]}"
    project = await given_used_catalog(db, f"Product Name,Type,Details,No\n{rows}", actor, now, template=template)

    survey = (await card_of(db, project)).survey

    assert (survey.shortest, survey.longest) == ("Describe Mug", "Describe A very long name indeed, in red")
    assert survey.with_gap == 2 and survey.gaps == (("Details", 2),)
    assert survey.doubles == 1 and survey.double[0].products == ("Mug", "Mug")


async def test_the_way_to_more_prompts_is_told_with_its_number(db: Database, actor: Actor, now: datetime) -> None:
    rows = "\n".join(f'Tea {number},tea,"sweet, strong, {number}"' for number in range(80))
    project = await given_used_catalog(db, f"Product Name,Type,Details\n{rows}\n", actor, now)
    assert (await card_of(db, project)).ways == (), "240 prompts are enough"
    async with transaction(db) as session:
        catalog = await service.catalog_of(session, project)
        catalog.splits = {}
        session.add(catalog)

    ways = (await card_of(db, project)).ways

    assert [(way.words, way.prompts) for way in ways] == [("a second template", 160), ("splitting [Details]", 240)]


async def test_templates_and_styles_come_only_from_projects_that_the_person_may_decide_in(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    here = await given_used_catalog(db, teas(3), actor, now, channel="C1")
    other = await given_used_catalog(db, teas(3), actor, now, channel="C2", template="Praise [product name]")
    guest = Actor("T1", "UGUEST", is_guest=True)
    stranger = Actor("T2", "UANA")
    async with transaction(db) as session:
        await people.set_people(session, other.id or 0, actor, Team(("UANA",), ("UCAM",)), now=now)
        await prompt_style.save_style(session, actor, other.id or 0, Style(tone="grand"), now=now)

    async with reading(db) as session:
        mine = await prompt_reuse.templates_elsewhere(session, actor, here)
        styles = await prompt_reuse.styles_elsewhere(session, actor, here)
        assert await prompt_reuse.template_elsewhere(session, actor, mine[0].value) == service.templates_of(other)[0]
        assert (await prompt_reuse.style_elsewhere(session, actor, int(styles[0].value))).tone == "grand"
        for somebody in (colleague, guest, stranger):
            assert await prompt_reuse.templates_elsewhere(session, somebody, here) == []
            with pytest.raises((NotAllowed, NotFound)):
                await prompt_reuse.template_elsewhere(session, somebody, mine[0].value)


async def test_a_new_templates_window_suggests_one_with_a_name_and_an_even_share(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(4), actor, now)
    place = Place(project.id or 0, prompt_templates.NEW)

    async with reading(db) as session:
        window = await prompt_templates.template_modal(session, actor, place)

    assert not window.is_main and window.form.share == 50 and window.form.name == "Asked differently"
    assert window.preview.count.prompts == 4 and window.form.text != project.template
