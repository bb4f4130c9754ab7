"""Prompts: what the template gives, which are drawn, who says yes, and what leaves."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import form_of
from bot.domain.models import ModelInfo
from bot.domain.people import Actor
from bot.domain.project import Style
from bot.errors import BadForm, BadTemplate, NotAllowed, NotYet, Stale
from bot.services import project as project_service
from bot.services import prompt as service
from bot.services import prompt_card, prompt_style, prompt_templates
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Project
from tests.support.given_catalog import (
    SAMPLE,
    SEED,
    SEED_TEMPLATE,
    fresh,
    given_signed_off,
    given_used_catalog,
    teas,
)

T = TypeVar("T")
MODEL = ModelInfo("small", "lab", "Nebius", input_usd=1.0, output_usd=2.0)


async def read(db: Database, ask: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async with reading(db) as session:
        return await ask(session)


async def texts(db: Database, project: Project) -> list[str]:
    async with reading(db) as session:
        return [prompt.text async for prompt in service.prompts_of(session, project)]


async def test_the_seed_example_gives_its_four_prompts_exactly(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, SEED, actor, now, template=SEED_TEMPLATE)

    assert await texts(db, project) == [
        "Write a description of Paracetamol, mention Generic Drug and tablets",
        "Write a description of Paracetamol, mention Generic Drug and syrup",
        "Write a description of Doxycycline, mention Antibiotic and injection",
        "Write a description of Doxycycline, mention Antibiotic and tablets",
    ]
    assert await read(db, lambda session: service.count(session, project)) == 4


async def test_the_suggested_template_of_the_seed_is_its_own_template(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, SEED, actor, now)

    assert project.template.casefold() == SEED_TEMPLATE.casefold()
    assert len(await texts(db, project)) == 4


async def test_a_draw_takes_different_products_first_and_is_the_same_for_the_same_seed(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, SEED, actor, now)

    async with transaction(db) as session:
        first = await service.draw(session, project, count=2, seed=7)
        again = await service.draw(session, project, count=2, seed=7)
        three = await service.draw(session, project, count=3, seed=7)
        distinct = await service.draw(session, project, count=4, seed=7, distinct_products=True)

    assert len({prompt.product_id for prompt in first}) == 2
    assert [prompt.id for prompt in first] == [prompt.id for prompt in again]
    assert [prompt.id for prompt in three[:2]] == [prompt.id for prompt in first]
    assert len({prompt.id for prompt in three}) == 3
    assert len(distinct) == 2


async def test_a_draw_leaves_out_positions_and_products(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, SEED, actor, now)
    async with transaction(db) as session:
        everything = await service.draw(session, project, count=9, seed=1)

        rest = await service.draw(session, project, count=9, seed=1, skip=[everything[0].position])
        others = await service.draw(session, project, count=9, seed=1, exclude_products=[everything[0].product_id])

    assert len(everything) == 4
    assert {prompt.id for prompt in rest} == {prompt.id for prompt in everything[1:]}
    assert {prompt.product_id for prompt in others} == {everything[1].product_id}


async def test_a_drawn_prompt_keeps_its_words_the_style_and_only_used_columns(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(3), actor, now, template="Describe [product name]")
    async with transaction(db) as session:
        await prompt_style.save_style(session, actor, project.id or 0, Style(tone="warm"), now=now)
    project = await fresh(db, project.id or 0)

    async with transaction(db) as session:
        [prompt] = await service.draw(session, project, count=1, seed=3)

    assert prompt.text.startswith("Describe Tea ")
    assert list(prompt.values) == ["Product Name"]
    assert "Tone: warm." in prompt.system
    assert not any(cell in prompt.system for cell in ("Tea 0", "Tea 1", "Tea 2", "leaf"))
    assert prompt.style_version == 1


async def test_texts_that_exist_come_with_their_products_first_prompt(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, SAMPLE.read_text(encoding="utf-8"), actor, now)

    async with reading(db) as session:
        found = await service.existing(session, project)
        count = await service.existing_count(session, project)

    assert len(found) == count == 40
    prompt, text = found[0]
    assert prompt.product == "Rope Doorstop" and prompt.position == 0
    assert text.startswith("Meet the Rope Doorstop.") and text.count("\n") == 2


async def test_pairs_of_prompt_and_text_bring_their_own_prompts(db: Database, actor: Actor, now: datetime) -> None:
    said = "Tea is a warm hand on a cold morning, every day."
    pairs = f'[\n{{"prompt": "Say something nice about tea, in one sentence", "completion": "{said}"}}]'

    project = await given_used_catalog(db, pairs, actor, now)

    async with reading(db) as session:
        [(prompt, text)] = await service.existing(session, project)
    assert prompt.text == "Say something nice about tea, in one sentence"
    assert text == said


async def test_for_products_answers_in_the_order_asked_for(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, teas(4), actor, now)
    async with transaction(db) as session:
        drawn = await service.draw(session, project, count=4, seed=1)
        ids = [prompt.product_id for prompt in drawn]

        again = await service.for_products(session, project, ids[::-1])

    assert [prompt.product_id for prompt in again] == ids[::-1]


async def test_only_an_owner_says_yes_and_a_change_takes_the_yes_back(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(3), actor, now)
    short = service.fingerprint(project, await read(db, lambda s: service.catalog_of(s, project)))[: prompt_card.SHORT]
    with pytest.raises(NotAllowed, match="owner"):
        async with transaction(db) as session:
            await prompt_card.sign_off(session, colleague, project.id or 0, fingerprint=short, now=now)
    with pytest.raises(NotYet, match="not been looked at"):
        await read(db, lambda session: service.require_signed_off(session, project))

    async with transaction(db) as session:
        await prompt_card.sign_off(session, actor, project.id or 0, fingerprint=short, now=now)
    signed = await fresh(db, project.id or 0)
    assert await read(db, lambda session: service.is_signed_off(session, signed))

    async with transaction(db) as session:
        await prompt_style.save_style(session, colleague, project.id or 0, Style(tone="cold"), now=now)
    changed = await fresh(db, project.id or 0)
    assert not await read(db, lambda session: service.is_signed_off(session, changed))
    assert not changed.signed_off


async def test_a_yes_to_prompts_that_have_changed_since_is_refused(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, teas(3), actor, now)
    short = service.fingerprint(project, await read(db, lambda s: service.catalog_of(s, project)))[: prompt_card.SHORT]
    form = form_of("Praise [product name]", project_service.settings_of(project))
    async with transaction(db) as session:
        await prompt_templates.save_template(session, actor, project.id or 0, form, now=now)

    with pytest.raises(Stale, match="changed"):
        async with transaction(db) as session:
            await prompt_card.sign_off(session, actor, project.id or 0, fingerprint=short, now=now)


async def test_the_card_says_which_columns_leave_for_whom_and_what_it_costs(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(30, described=12), actor, now)
    catalog = await read(db, lambda session: service.catalog_of(session, project))
    key = prompt_card.card_key(project, service.fingerprint(project, catalog))

    card = await read(db, lambda session: prompt_card.card(session, project, key=key, model=MODEL))

    assert card.leaving is not None and card.price is not None
    assert card.leaving.sent == ("Product Name", "Type", "Details")
    assert card.leaving.kept == ("Price", "Our description")
    assert card.leaving.provider == "Nebius"
    assert card.count.prompts == 30 and card.existing == 12
    assert len(card.prompts) == len(set(card.prompts)) == 10
    assert card.price.try_usd is not None and 0 < card.price.try_usd < 0.01
    assert card.price.all_usd == pytest.approx(card.price.try_usd * 6)


async def test_without_a_model_the_price_is_unknown_not_zero(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, teas(3), actor, now)
    catalog = await read(db, lambda session: service.catalog_of(session, project))
    key = prompt_card.card_key(project, service.fingerprint(project, catalog))
    unpriced = ModelInfo("small", "lab", "the lab")

    none = await read(db, lambda session: prompt_card.card(session, project, key=key, model=None))
    unknown = await read(db, lambda session: prompt_card.card(session, project, key=key, model=unpriced))

    assert none.price is None
    assert unknown.price is not None and unknown.price.all_usd is None


async def test_ten_more_shows_ten_others_and_a_double_press_turns_once(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(30), actor, now)
    catalog = await read(db, lambda session: service.catalog_of(session, project))
    key = prompt_card.card_key(project, service.fingerprint(project, catalog))
    first = await read(db, lambda session: prompt_card.card(session, project, key=key, model=None))

    for _ in range(2):
        async with transaction(db) as session:
            await prompt_card.ten_more(session, actor, project.id or 0, shown=first.round, now=now)
    turned = await fresh(db, project.id or 0)
    second = await read(db, lambda session: prompt_card.card(session, turned, key=key, model=None))

    assert second.round == first.round + 1
    assert not set(first.prompts) & set(second.prompts)


async def test_an_earlier_card_becomes_history_when_the_template_changes(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(3), actor, now)
    catalog = await read(db, lambda session: service.catalog_of(session, project))
    old = prompt_card.card_key(project, service.fingerprint(project, catalog))
    form = form_of("Praise [product name]", project_service.settings_of(project))

    async with transaction(db) as session:
        await prompt_templates.save_template(session, actor, project.id or 0, form, now=now)

    changed = await fresh(db, project.id or 0)
    card = await read(db, lambda session: prompt_card.card(session, changed, key=old, model=None))
    assert not card.current and not card.prompts
    assert changed.template_version == project.template_version + 1


async def test_a_template_with_an_unknown_column_is_refused_in_its_field(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(3), actor, now)
    form = form_of("Describe [product nane]", project_service.settings_of(project))

    with pytest.raises(BadForm) as refused:
        async with transaction(db) as session:
            await prompt_templates.save_template(session, actor, project.id or 0, form, now=now)

    assert "Did you mean [Product Name]?" in refused.value.fields["template"]


async def test_a_preview_shows_three_products_and_names_the_empty_column(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(5, described=2), actor, now)

    async with reading(db) as session:
        good = await prompt_templates.preview(session, project, "Describe [PRODUCT-name] as [type]")
        some = await prompt_templates.preview(session, project, "Rewrite: [our_description]")
        bad = await prompt_templates.preview(session, project, "Describe [product name")

    assert len(set(good.prompts)) == 3 and good.count.prompts == 5
    assert some.count.prompts == 2 and some.count.left_out == 3
    assert some.count.missing == (("Our description", 3),)
    assert "never closed" in bad.problem


async def test_a_style_with_more_words_at_least_than_at_most_is_refused(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(3), actor, now)

    with pytest.raises(BadForm, match="cannot be fewer"):
        async with transaction(db) as session:
            style = Style(min_words=50, max_words=40)
            await prompt_style.save_style(session, actor, project.id or 0, style, now=now)


async def test_without_a_catalog_everything_says_what_comes_first(db: Database, actor: Actor, now: datetime) -> None:
    async with transaction(db) as session:
        project = await project_service.start(session, actor, channel_id="C1", name="", now=now)

    with pytest.raises(NotYet, match="no catalog yet"):
        await read(db, lambda session: service.count(session, project))


async def test_a_template_that_no_longer_fits_is_named_on_the_card(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, teas(3), actor, now)
    async with transaction(db) as session:
        await projects.change(session, project.id or 0, template="Describe [gone]")
    broken = await fresh(db, project.id or 0)
    catalog = await read(db, lambda session: service.catalog_of(session, broken))
    key = prompt_card.card_key(broken, service.fingerprint(broken, catalog))

    card = await read(db, lambda session: prompt_card.card(session, broken, key=key, model=None))

    assert "There is no column 'gone'" in card.problem
    with pytest.raises(BadTemplate):
        await read(db, lambda session: service.columns_sent(session, broken))


async def test_a_signed_off_project_may_write(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_signed_off(db, teas(3), actor, now)

    catalog = await read(db, lambda session: service.require_signed_off(session, project))

    assert catalog.id == project.catalog_id
    assert project.signed_off_by == actor.user_id


async def test_a_template_that_gives_no_prompt_at_all_cannot_be_signed_off(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(3), actor, now, template="Rewrite [our description]")
    catalog = await read(db, lambda session: service.catalog_of(session, project))
    key = prompt_card.card_key(project, service.fingerprint(project, catalog))

    card = await read(db, lambda session: prompt_card.card(session, project, key=key, model=None))

    assert "No product gives a prompt: 'Our description' is empty for 3." in card.problem


async def test_a_text_counts_as_existing_only_where_its_product_gives_a_prompt(
    db: Database, actor: Actor, now: datetime
) -> None:
    text = "It tastes of long afternoons and of rain on the old roof."
    table = f"Product Name,Type,Our description\nOolong,tea,{text}\nSencha,,{text}\nHuila,coffee,"
    project = await given_used_catalog(db, table, actor, now, template="Describe [product name], a [type]")

    found = await read(db, lambda session: service.existing(session, project))

    assert [prompt.product for prompt, _ in found] == ["Oolong"]
    assert await read(db, lambda session: service.existing_count(session, project)) == 1
