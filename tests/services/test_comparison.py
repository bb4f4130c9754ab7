"""Blind comparisons: which products, at what price, who may vote, and what the votes come to."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from sqlmodel import select

from bot.domain.comparison import (
    TUNED_OR_EXAMPLES,
    TUNED_OR_PLAIN,
    Choice,
    ComparisonState,
    Contender,
    Outcome,
    Pairing,
)
from bot.domain.comparison_verdict import Verdict
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.errors import BudgetReached, NotAllowed, NotYet, Stale
from bot.services import comparison as service
from bot.services import comparison_result as results
from bot.services import comparison_votes as votes
from storage import comparison as queries
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Comparison, Dataset, Outbox, Pair, Prompt
from tests.services.test_evaluation import given_model
from tests.support.given_comparison import (
    BOTH,
    given_judgeable,
    given_ordered,
    given_without_model,
    judge,
    matchups,
    written,
)
from tests.support.given_dataset import given_decided


def likes_tuned(challenger: Contender, rival: Contender) -> Contender:
    return Contender.TUNED


def likes_examples(challenger: Contender, rival: Contender) -> Contender | None:
    return Contender.TUNED if rival is Contender.PLAIN else None


async def test_no_product_of_a_comparison_was_taught_and_those_kept_aside_come_first(
    db: Database, actor: Actor, now: datetime
) -> None:
    _, row = await given_ordered(db, actor, now, size=12)

    async with reading(db) as session:
        dataset = (await session.exec(select(Dataset))).one()
        pairs = (await session.exec(select(Pair).where(Pair.dataset_id == dataset.id))).all()
        texts = await queries.texts(session, row.id or 0)
        chosen = {text.prompt_id for text in texts}
        products = {p.product_id for p in (await session.exec(select(Prompt))).all() if p.id in chosen}
    taught = {pair.product_id for pair in pairs if pair.split == "train"}
    aside = {pair.product_id for pair in pairs if pair.split == "validation"}
    assert len(products) == 12 and not products & taught and aside and aside <= products
    assert Counter(text.contender for text in texts) == dict.fromkeys(Contender, 12)
    assert {bool(text.reference) for text in texts if text.position < len(aside)} == {True}


async def test_the_offer_names_price_and_minutes_and_only_owners_get_it(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    project = await given_model(db, actor, now, approved=14, products=40)

    async with reading(db) as session:
        twelve = await service.offer(session, project.id or 0, actor, BOTH, size=12)
        usual = await service.offer(session, project.id or 0, actor, BOTH)
        with pytest.raises(NotAllowed):
            await service.offer(session, project.id or 0, colleague, BOTH)

    assert (twelve.products, twelve.texts, twelve.meetings, twelve.minutes) == (12, 36, 24, 10)
    assert (usual.products, usual.sizes) == (24, (12, 24, 28))  # 40 teas, 12 of them taught
    assert twelve.usd is not None and usual.usd is not None and 0 < twelve.usd < usual.usd < 0.1


async def test_too_few_untaught_products_or_no_set_at_all_start_nothing(
    db: Database, actor: Actor, now: datetime
) -> None:
    few = await given_model(db, actor, now, approved=14, products=16)
    none = await given_decided(db, actor, now, approved=3, channel="C2")

    for project, words in ((few, "Only 4 products are left"), (none, "no training set")):
        with pytest.raises(NotYet, match=words):
            async with transaction(db) as session:
                await service.start(session, project.id or 0, actor, models=BOTH, size=12, now=now)


async def test_pressing_twice_orders_once_and_a_budget_that_is_too_small_nothing(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_model(db, actor, now, approved=14, products=40)
    async with transaction(db) as session:
        await projects.change(session, project.id or 0, settings={**project.settings, "budget_usd": 0.0001})
    with pytest.raises(BudgetReached):
        async with transaction(db) as session:
            await service.start(session, project.id or 0, actor, models=BOTH, size=12, now=now)
    async with transaction(db) as session:
        await projects.change(session, project.id or 0, settings=project.settings)

    for _ in range(2):
        async with transaction(db) as session:
            await service.start(session, project.id or 0, actor, models=BOTH, size=12, now=now)

    async with reading(db) as session:
        assert len((await session.exec(select(Comparison))).all()) == 1


async def test_a_pair_tells_nobody_who_wrote_it(db: Database, actor: Actor, now: datetime) -> None:
    row = await given_judgeable(db, actor, now, text=lambda who, place: f"{len(who)} words about {place}.")

    async with reading(db) as session:
        pair = await votes.next_pair(session, row.id or 0, actor)

    said = repr(pair).casefold()
    assert pair is not None and not any(word in said for word in ("plain", "tuned", "examples", "ft:", "small"))
    left = Counter(one.left_id for one in await matchups(db, row))
    async with reading(db) as session:
        tuned = {text.id for text in await queries.texts(session, row.id or 0) if text.contender is Contender.TUNED}
    assert sum(left[one] for one in tuned) == 12  # of 24 pairs: half of the times on the left


async def test_an_answer_can_be_changed_and_counts_once(db: Database, actor: Actor, now: datetime) -> None:
    row = await given_judgeable(db, actor, now)
    [first, *_] = await matchups(db, row)
    for choice in (Choice.A, Choice.BAD, Choice.B):
        async with transaction(db) as session:
            await votes.vote(session, first.id or 0, actor, choice, now=now)

    async with reading(db) as session:
        [kept] = await queries.votes(session, row.id or 0)
        again = await votes.pair(session, first.id or 0, actor)
    assert (kept.choice, again.choice, again.done) == (Choice.B, Choice.B, 1)


async def test_two_people_share_the_pairs_before_anybody_sees_one_twice(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    row = await given_judgeable(db, actor, now)

    for _ in range(6):
        await judge(db, row, actor, now, likes_tuned, most=2)
        await judge(db, row, colleague, now, likes_tuned, most=2)

    async with reading(db) as session:
        counts = Counter(vote.matchup_id for vote in await queries.votes(session, row.id or 0))
    assert set(counts.values()) == {1} and len(counts) == 24


async def test_ten_minutes_of_one_person_answer_both_questions_equally(
    db: Database, actor: Actor, now: datetime
) -> None:
    row = await given_judgeable(db, actor, now, size=24)
    await judge(db, row, actor, now, likes_tuned, most=24)

    async with reading(db) as session:
        voted = {vote.matchup_id for vote in await queries.votes(session, row.id or 0)}
    seen = [one for one in await matchups(db, row) if one.id in voted]
    assert Counter(one.rival for one in seen) == {Contender.PLAIN: 12, Contender.EXAMPLES: 12}


async def test_the_verdict_is_for_the_model_that_people_prefer(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    row = await given_judgeable(db, actor, now)
    await judge(db, row, actor, now, likes_tuned)
    await judge(db, row, colleague, now, likes_tuned)
    async with transaction(db) as session:
        await votes.end(session, row.id or 0, actor, now=now)

    async with reading(db) as session:
        card = await results.result(session, row.id or 0)
        said = {one.kind for one in (await session.exec(select(Outbox))).all()}

    assert card.verdict is Verdict.TUNED and (card.voters, card.votes, card.unjudged) == (2, 48, 0)
    assert (card.tallies[TUNED_OR_PLAIN].better, card.tallies[TUNED_OR_EXAMPLES].better) == (12, 12)
    assert Say.COMPARISON_RESULT in said
    assert card.rounds[-1].verdict is Verdict.TUNED and card.rounds[-1].pairs == 12


async def test_examples_can_be_enough(db: Database, actor: Actor, now: datetime) -> None:
    row = await given_judgeable(db, actor, now)
    await judge(db, row, actor, now, likes_examples)

    async with reading(db) as session:
        card = await results.result(session, row.id or 0)

    assert card.verdict is Verdict.EXAMPLES_ENOUGH
    assert card.tallies[TUNED_OR_EXAMPLES].same == 12 and card.next.kind == "use_examples"


async def test_without_a_tuned_model_examples_meet_the_plain_one(db: Database, actor: Actor, now: datetime) -> None:
    row = await given_without_model(db, actor, now)
    await written(db, row, now)
    await judge(db, row, actor, now, lambda challenger, rival: Contender.EXAMPLES)

    async with reading(db) as session:
        card = await results.result(session, row.id or 0)

    assert list(card.tallies) == [Pairing(Contender.EXAMPLES, Contender.PLAIN)]
    assert card.verdict is Verdict.EXAMPLES_HELP and len(card.facts) == 2


async def test_equal_texts_are_shown_to_nobody_and_are_no_difference(db: Database, actor: Actor, now: datetime) -> None:
    row = await given_judgeable(db, actor, now, text=lambda who, place: f"The same  about {place}.")

    async with reading(db) as session:
        nothing = await votes.next_pair(session, row.id or 0, actor)
        card = await results.result(session, row.id or 0)

    assert nothing is None and card.verdict is Verdict.NO_DIFFERENCE
    assert {one.outcome for one in card.judged} == {Outcome.SAME}


async def test_after_the_end_nobody_votes_and_only_owners_end(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    row = await given_judgeable(db, actor, now)
    with pytest.raises(NotYet, match="Nobody has compared"):
        async with transaction(db) as session:
            await votes.end(session, row.id or 0, actor, now=now)
    await judge(db, row, colleague, now, likes_tuned, most=3)
    with pytest.raises(NotAllowed):
        async with transaction(db) as session:
            await votes.end(session, row.id or 0, colleague, now=now)
    with pytest.raises(NotYet, match="not closed"):
        async with reading(db) as session:
            await votes.result_for(session, row.id or 0, actor)
    async with transaction(db) as session:
        await votes.end(session, row.id or 0, actor, now=now)

    [first, *_] = await matchups(db, row)
    with pytest.raises(Stale, match="closed"):
        async with transaction(db) as session:
            await votes.vote(session, first.id or 0, colleague, Choice.A, now=now)
    with pytest.raises(Stale):
        async with transaction(db) as session:
            await votes.end(session, row.id or 0, actor, now=now)


async def test_the_owner_hears_once_that_every_pair_was_judged(db: Database, actor: Actor, now: datetime) -> None:
    row = await given_judgeable(db, actor, now)
    await judge(db, row, actor, now, likes_tuned)
    [first, *_] = await matchups(db, row)
    async with transaction(db) as session:
        await votes.vote(session, first.id or 0, actor, Choice.BAD, now=now)

    async with reading(db) as session:
        told = [one for one in (await session.exec(select(Outbox))).all() if one.key.startswith("judged:")]
        state = (await service.card(session, row.id or 0)).state
    assert [(one.channel, one.wanted) for one in told] == [(actor.user_id, 1)]
    assert state is ComparisonState.VOTING


async def test_examples_take_the_place_of_the_tuned_model_when_an_owner_says_so(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    row = await given_judgeable(db, actor, now)
    with pytest.raises(NotAllowed):
        async with transaction(db) as session:
            await service.use_examples(session, row.id or 0, colleague, now=now)
    async with transaction(db) as session:
        await service.use_examples(session, row.id or 0, actor, now=now)

    async with reading(db) as session:
        project = await projects.by_id(session, row.project_id)
        card = await results.result(session, row.id or 0)
    assert project is not None and (project.tuned_model, project.few_shot) == ("", True)
    assert card.uses_examples
