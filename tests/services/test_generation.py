"""The writing engine: everything asked for is written once, whatever the provider does, and money is never guessed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

import pytest

from bot.domain.money import Price, Usage
from bot.domain.pacing import Turn
from bot.providers import errors
from bot.providers.account import Account
from bot.providers.base import ChatAnswer, ChatRequest
from bot.providers.openai_wire import OpenAIChat
from bot.services.generation import Result, Stopped, WorkItem, write, write_one
from bot.services.generation_budget import Cap
from bot.services.generation_pacer import Pacer
from bot.services.generation_types import TokenGauge, most_usd
from tests.support.chat_server import ChatServer, running

PRICE = Price(1.0, 2.0)
USAGE = Usage(5, 10)
Behaviour = Callable[[str, int], Awaitable[ChatAnswer]]


def request(text: str, *, max_tokens: int | None = 10) -> ChatRequest:
    return ChatRequest(messages=({"role": "user", "content": text},), model="m", max_tokens=max_tokens)


def items(count: int) -> Iterator[WorkItem]:
    return (WorkItem(str(number), request(f"text {number}")) for number in range(count))


def answer(*, usage: Usage | None = USAGE, refusal: str | None = None) -> ChatAnswer:
    return ChatAnswer("A text.", "stop", usage, "m", refusal=refusal)


def no_wait(_: int, __: float) -> float:
    return 0.0


class Model:
    """A `ChatModel` that does what the test says, by prompt and number of the try (from 1)."""

    def __init__(self, behave: Behaviour | None = None) -> None:
        self._behave = behave
        self.asked: Counter[str] = Counter()
        self.order: list[str] = []
        self.open = self.most_open = 0

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        text = str(request.messages[0]["content"])
        self.asked[text] += 1
        self.order.append(text)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(0)
            return await self._behave(text, self.asked[text]) if self._behave else answer()
        finally:
            self.open -= 1

    async def aclose(self) -> None: ...


class Book:
    """A `record` that keeps what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[Result]] = []

    async def __call__(self, batch: Sequence[Result]) -> None:
        await asyncio.sleep(0)
        self.batches.append(list(batch))

    @property
    def results(self) -> dict[str, Result]:
        found = [result for batch in self.batches for result in batch]
        assert len({result.item.id for result in found}) == len(found), "an item was recorded twice"
        return {result.item.id: result for result in found}


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with running() as started:
        yield started


@pytest.fixture
async def chat(server: ChatServer) -> AsyncIterator[OpenAIChat]:
    opened = OpenAIChat(Account("Testhost", server.base_url, "key"))
    yield opened
    await opened.aclose()


async def test_at_a_limited_and_failing_provider_every_text_is_bought_once_near_the_allowed_rate(
    server: ChatServer, chat: OpenAIChat, book: Book
) -> None:
    server.behave(rpm=3_000, latency=0.05, jitter=0.02, failing=0.02)

    summary = await write(items(150), model=chat, record=book, pacer=Pacer(3_000), price=PRICE)

    stats = server.stats()
    assert summary.completed == len(book.results) == stats["bought"] == 150
    assert stats["twice"] == 0 and stats.get("refused", 0) == 0
    assert summary.requests == 150 + summary.retries == stats["asked"]
    assert summary.requests / summary.seconds > 0.85 * 50


async def test_limits_that_nobody_configured_are_learnt_from_the_providers_headers(
    server: ChatServer, chat: OpenAIChat, book: Book
) -> None:
    server.behave(rpm=6_000, latency=0.01)
    pacer = Pacer()

    summary = await write(items(60), model=chat, record=book, pacer=pacer)

    assert pacer.pace.requests_per_minute == pytest.approx(6_000, rel=0.2)
    assert summary.completed == 60 and server.stats()["twice"] == 0


async def test_refusals_slow_everyone_down_and_lose_nothing(server: ChatServer, chat: OpenAIChat, book: Book) -> None:
    server.behave(rpm=1_800, latency=0.01, limit_headers=False, refusals_count=True)

    summary = await write(items(60), model=chat, record=book, pacer=Pacer(9_000), concurrency=10)

    stats = server.stats()
    assert summary.completed == stats["bought"] == 60 and stats["twice"] == 0
    assert 0 < summary.refusals == stats["refused"] < 60


async def test_a_limit_of_tokens_is_kept_as_well(server: ChatServer, chat: OpenAIChat, book: Book) -> None:
    server.behave(tpm=60_000, latency=0.01)

    summary = await write(items(100), model=chat, record=book, pacer=Pacer(tpm=60_000))

    assert summary.completed == 100 and server.stats().get("refused", 0) <= 2


async def test_a_lost_answer_is_bought_again_and_shown_as_perhaps_paid(
    server: ChatServer, chat: OpenAIChat, book: Book
) -> None:
    server.behave(script=[{"drop": True}, {"ok": True}])
    [item] = items(1)

    summary = await write([item], model=chat, record=book, price=PRICE, between_tries=no_wait)

    result = book.results["0"]
    assert result.ok and result.attempts == 2 and server.stats()["twice"] == 1
    assert (result.spent_unknown, result.spent_unknown_usd) == (1, most_usd(item.request, PRICE))
    assert summary.spent_unknown == 1 and summary.spent_unknown_usd == result.spent_unknown_usd


async def test_results_are_recorded_in_groups_and_all_of_them(book: Book) -> None:
    summary = await write(items(1_000), model=Model(), record=book, concurrency=50)

    assert summary.completed == len(book.results) == 1_000
    assert max(len(batch) for batch in book.batches) <= 200
    assert len(book.batches) < 200


async def test_items_are_taken_only_as_fast_as_they_are_written(book: Book) -> None:
    taken, ahead, model = 0, [], Model()

    async def endless() -> AsyncIterator[WorkItem]:
        nonlocal taken
        for item in items(500):
            taken += 1
            ahead.append(taken - sum(model.asked.values()))
            yield item

    await write(endless(), model=model, record=book, concurrency=4)

    assert taken == 500 and max(ahead) <= 5 and model.most_open <= 4


async def test_a_wrong_key_stops_the_run_and_gives_every_item_back(book: Book) -> None:
    async def refuse(_: str, __: int) -> ChatAnswer:
        raise errors.WrongKey("The key is wrong.")

    model = Model(refuse)
    summary = await write(items(1_000), model=model, record=book, concurrency=5)

    assert isinstance(summary.problem, errors.WrongKey) and summary.stopped is None
    assert book.results == {} and sum(model.asked.values()) <= 5


async def test_one_refused_text_fails_alone_and_is_not_tried_again(book: Book) -> None:
    async def behave(text: str, _: int) -> ChatAnswer:
        if text == "text 3":
            raise errors.ContentRefused("Not this one.", status=400)
        return answer()

    model = Model(behave)
    summary = await write(items(10), model=model, record=book)

    assert (summary.completed, summary.failed) == (9, 1) and model.asked["text 3"] == 1
    assert str(book.results["3"].error) == "Not this one."


async def test_a_text_that_the_model_declines_is_a_failure_that_was_paid_for(book: Book) -> None:
    async def behave(_: str, __: int) -> ChatAnswer:
        return answer(refusal="I'd rather not.")

    summary = await write(items(1), model=Model(behave), record=book, price=PRICE)

    result = book.results["0"]
    assert isinstance(result.error, errors.ContentRefused) and result.answer is not None
    assert summary.failed == 1 and summary.usd == PRICE.of(USAGE)


async def test_a_text_that_keeps_failing_is_given_up_while_the_others_go_on(book: Book) -> None:
    async def behave(text: str, _: int) -> ChatAnswer:
        await asyncio.sleep(0.001)
        if text == "text 0":
            raise errors.ServerTrouble("Oops.", status=500)
        return answer()

    model = Model(behave)
    summary = await write(items(40), model=model, record=book, concurrency=2, between_tries=no_wait)

    assert (summary.completed, summary.failed) == (39, 1) and 6 <= model.asked["text 0"] < 20


async def test_a_provider_that_is_down_ends_the_run_without_blaming_the_items(book: Book) -> None:
    async def behave(_: str, __: int) -> ChatAnswer:
        raise errors.Unreachable("No network.")

    summary = await write(
        items(100), model=Model(behave), record=book, concurrency=3, patience=0.1, between_tries=lambda *_: 0.02
    )

    assert isinstance(summary.problem, errors.Unreachable)
    assert book.results == {} and summary.failed == 0


async def test_an_outage_in_the_middle_loses_nothing(book: Book) -> None:
    down = {"until": 0.0}

    async def behave(text: str, _: int) -> ChatAnswer:
        now = asyncio.get_running_loop().time()
        if text == "text 50" and not down["until"]:
            down["until"] = now + 0.3
        if now < down["until"]:
            raise errors.ServerTrouble("Down.", status=503)
        return answer()

    summary = await write(items(100), model=Model(behave), record=book, concurrency=8, between_tries=lambda *_: 0.02)

    assert summary.completed == 100 and summary.failed == 0 and summary.retries > 8


async def test_stopping_lets_what_is_on_the_wire_come_back_and_starts_nothing_new(book: Book) -> None:
    stop, on_wire = asyncio.Event(), asyncio.Event()

    async def behave(_: str, __: int) -> ChatAnswer:
        on_wire.set()
        await asyncio.sleep(0.1)
        return answer()

    model = Model(behave)
    run = asyncio.create_task(write(items(100), model=model, record=book, stop=stop, concurrency=4))
    await on_wire.wait()
    stop.set()
    summary = await run

    assert summary.stopped is Stopped.INTERRUPTED
    assert summary.completed == len(book.results) == sum(model.asked.values()) == 4


async def test_a_run_that_waits_for_its_turn_stops_at_once(book: Book) -> None:
    stop = asyncio.Event()
    run = asyncio.create_task(write(items(100), model=Model(), record=book, stop=stop, pacer=Pacer(rpm=1)))
    await asyncio.sleep(0.05)

    stop.set()
    summary = await asyncio.wait_for(run, 1)

    assert summary.completed == 1 and summary.stopped is Stopped.INTERRUPTED


async def test_requests_that_do_not_end_in_time_are_recorded_as_perhaps_paid(book: Book) -> None:
    stop, on_wire = asyncio.Event(), asyncio.Event()

    async def behave(_: str, __: int) -> ChatAnswer:
        on_wire.set()
        await asyncio.sleep(30)
        return answer()

    run = asyncio.create_task(
        write(items(100), model=Model(behave), record=book, stop=stop, concurrency=3, drain=0.05, price=PRICE)
    )
    await on_wire.wait()
    stop.set()
    summary = await run

    assert [type(result.error) for result in book.results.values()] == [errors.Interrupted] * 3
    assert summary.spent_unknown == 3 and summary.failed == 0 and (summary.spent_unknown_usd or 0) > 0


async def test_cancelling_is_a_hard_stop_that_still_writes_down_what_was_sent(book: Book) -> None:
    on_wire = asyncio.Event()

    async def behave(_: str, __: int) -> ChatAnswer:
        on_wire.set()
        await asyncio.sleep(30)
        return answer()

    run = asyncio.create_task(write(items(100), model=Model(behave), record=book, concurrency=3))
    await on_wire.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(run, 1)

    assert {result.spent_unknown for result in book.results.values()} == {1} and len(book.results) == 3


async def test_a_request_is_noted_before_it_goes_out(book: Book) -> None:
    noted: set[str] = set()

    async def on_start(batch: Sequence[WorkItem]) -> None:
        await asyncio.sleep(0.001)
        noted.update(str(item.request.messages[0]["content"]) for item in batch)

    async def behave(text: str, _: int) -> ChatAnswer:
        assert text in noted
        return answer()

    summary = await write(items(100), model=Model(behave), record=book, on_start=on_start, concurrency=10)

    assert summary.completed == 100


async def test_when_results_cannot_be_recorded_the_run_ends_and_says_why() -> None:
    async def full(_: Sequence[Result]) -> None:
        raise OSError("disk full")

    model = Model()
    with pytest.raises(OSError, match="disk full"):
        await write(items(100_000), model=model, record=full, concurrency=4)

    assert sum(model.asked.values()) < 10_000


async def test_when_a_request_cannot_be_noted_it_does_not_go_out(book: Book) -> None:
    async def on_start(_: Sequence[WorkItem]) -> None:
        raise OSError("database is gone")

    model = Model()
    with pytest.raises(OSError, match="database is gone"):
        await write(items(100), model=model, record=book, on_start=on_start)

    assert not model.asked


async def test_when_the_items_fail_what_was_written_is_kept(book: Book) -> None:
    def broken() -> Iterator[WorkItem]:
        yield from items(3)
        raise ValueError("line 4 is bad")

    with pytest.raises(ValueError, match="line 4"):
        await write(broken(), model=Model(), record=book, concurrency=1)

    assert len(book.results) == 3


async def test_a_cap_is_never_passed_and_used_as_far_as_it_goes(book: Book) -> None:
    most = most_usd(request("text 00"), PRICE) or 0
    cost = PRICE.of(USAGE) or 0
    cap = Cap(most + 20 * cost)

    summary = await write(items(99), model=Model(), record=book, price=PRICE, budget=cap, concurrency=16)

    assert summary.stopped is Stopped.BUDGET
    assert summary.completed == 21 and (summary.usd or 0) <= cap.purse.cap_usd
    assert cap.purse.reserved_usd == pytest.approx(0)


async def test_a_lost_answer_counts_against_the_cap_as_if_it_was_paid(book: Book) -> None:
    async def lose(_: str, __: int) -> ChatAnswer:
        raise errors.AnswerLost("Cut.")

    most = most_usd(request("text 0"), PRICE) or 0
    summary = await write(
        items(1), model=Model(lose), record=book, price=PRICE, budget=Cap(3.5 * most), between_tries=no_wait
    )

    assert summary.stopped is Stopped.BUDGET and summary.spent_unknown == 3
    assert summary.spent_unknown_usd == pytest.approx(3 * most)


async def test_with_an_unknown_price_cost_stays_unknown(book: Book) -> None:
    summary = await write(items(3), model=Model(), record=book)

    assert summary.usd is None and book.results["0"].usd is None


async def test_an_answer_without_usage_is_charged_in_full_against_the_cap(book: Book) -> None:
    async def behave(_: str, __: int) -> ChatAnswer:
        return answer(usage=None)

    cap = Cap(1.0)
    await write(items(1), model=Model(behave), record=book, price=PRICE, budget=cap)

    assert cap.purse.spent_usd == most_usd(request("text 0"), PRICE) and book.results["0"].usd is None


async def test_a_person_waiting_goes_before_a_run_that_keeps_the_limit_busy(book: Book) -> None:
    model, pacer, stop = Model(), Pacer(rpm=1_200), asyncio.Event()
    run = asyncio.create_task(
        write(items(1_000), model=model, record=book, pacer=pacer, stop=stop, concurrency=50, drain=1)
    )
    await asyncio.sleep(0.2)
    before = len(model.order)

    result, summary = await write_one(request("for a person"), model=model, pacer=pacer)
    stop.set()
    await run

    assert result is not None and result.ok and summary.completed == 1
    assert model.order.index("for a person") <= before + 2


async def test_a_second_try_goes_before_new_work(book: Book) -> None:
    async def behave(text: str, times: int) -> ChatAnswer:
        if text == "text 0" and times == 1:
            raise errors.ServerTrouble("Oops.", status=500)
        return answer()

    model = Model(behave)
    await write(items(45), model=model, record=book, pacer=Pacer(rpm=3_000), concurrency=40, between_tries=no_wait)

    assert model.order[1:].index("text 0") < 10


async def test_one_text_that_cannot_be_written_says_why() -> None:
    async def refuse(_: str, __: int) -> ChatAnswer:
        raise errors.NoQuota("No credit left.")

    result, summary = await write_one(request("x"), model=Model(refuse))

    assert result is None and isinstance(summary.problem, errors.NoQuota)


async def test_turns_are_given_by_rank_and_a_waiter_who_left_takes_none() -> None:
    pacer, order = Pacer(rpm=3_000), []
    for _ in range(7):
        await pacer.turn(1)

    async def take(name: str, turn: Turn) -> None:
        await pacer.turn(1, turn)
        order.append(name)

    tasks = [asyncio.create_task(take(f"{turn.name} {n}", turn)) for n in range(2) for turn in reversed(Turn)]
    gone = asyncio.create_task(take("gone", Turn.PERSON))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(*tasks, gone, return_exceptions=True)

    assert order == ["PERSON 0", "PERSON 1", "AGAIN 0", "AGAIN 1", "WORK 0", "WORK 1"]


def test_the_gauge_learns_what_a_provider_counts() -> None:
    gauge, asked = TokenGauge(), request("x" * 400, max_tokens=None)
    first = gauge.tokens(asked)

    for _ in range(100):
        gauge.learn(asked, Usage(220, 40))

    assert first == pytest.approx(107 + 250, abs=2)
    assert gauge.tokens(asked) == pytest.approx(220 + 40, rel=0.05)
