"""The engine's wire, seen by the stock `openai` client and by plain HTTP; the model behind it is scripted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest

from tests.support.engine import MODEL, TOKEN, Engine, ScriptedModel, chat_lines, scripted_engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with scripted_engine(tmp_path) as running:
        yield running


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[openai.AsyncOpenAI]:
    async with engine.client() as stock:
        yield stock


@pytest.fixture
async def http(engine: Engine) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(engine.url.removesuffix("v1"), headers=headers) as session:
        yield session


def said(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


# chat


async def test_an_answer_comes_with_what_it_used(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model=MODEL, messages=said("a garden hose"))

    assert answer.choices[0].message.content == "This is a garden hose."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (4, 5, 9)


async def test_n_answers_come_in_one_reply(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model=MODEL, messages=said("a kite"), n=3)

    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert answer.usage is not None and answer.usage.completion_tokens == 12


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
async def test_a_length_limit_is_kept_and_said(client: openai.AsyncOpenAI, limit: str) -> None:
    answer = await client.chat.completions.create(model=MODEL, messages=said("a kite"), **{limit: 2})  # type: ignore[call-overload]

    assert answer.choices[0].message.content == "This is"
    assert answer.choices[0].finish_reason == "length"


async def test_a_stream_brings_the_same_text_and_the_usage_when_asked(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model=MODEL, messages=said("a kite"), n=2, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]

    texts = ["", ""]
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert texts == ["This is a kite."] * 2
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason] == ["stop", "stop"]
    assert chunks[-1].usage is not None and chunks[-1].usage.completion_tokens == 8


async def test_a_stream_is_told_as_server_sent_events(http: aiohttp.ClientSession) -> None:
    async with http.post(
        "v1/chat/completions", json={"model": MODEL, "messages": said("a kite"), "stream": True}
    ) as got:
        body = (await got.read()).decode()

    assert got.content_type == "text/event-stream"
    assert body.endswith("data: [DONE]\n\n") and "usage" not in body


async def test_a_text_given_in_parts_is_read_as_one(http: aiohttp.ClientSession) -> None:
    parts = [{"type": "text", "text": "a "}, {"type": "text", "text": "kite"}]
    body = {"model": MODEL, "messages": [{"role": "user", "content": parts}]}
    async with http.post("v1/chat/completions", json=body) as got:
        answer = await got.json()

    assert answer["choices"][0]["message"]["content"] == "This is a kite."


async def test_an_unknown_model_is_not_found(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        await client.chat.completions.create(model="gpt-9", messages=said("a kite"))

    assert refused.value.code == "model_not_found" and "gpt-9" in refused.value.message


async def test_a_prompt_that_does_not_fit_is_refused(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.chat.completions.create(model=MODEL, messages=said("word " * 600))

    assert refused.value.code == "context_length_exceeded" and "512" in refused.value.message


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "a"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0]"),
        ({"n": 0}, "n"),
        ({"n": 1.5}, "n"),
        ({"temperature": 3}, "temperature"),
        ({"top_p": "high"}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stop": [""]}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"model": None}, "model"),
    ],
)
async def test_a_request_that_makes_no_sense_names_the_field(
    http: aiohttp.ClientSession, wrong: dict[str, Any], param: str
) -> None:
    body = {"model": MODEL, "messages": said("a kite"), **wrong}
    async with http.post("v1/chat/completions", json=body) as got:
        error = (await got.json())["error"]

    assert got.status == 400
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


async def test_a_client_that_hangs_up_stops_the_writing(tmp_path: Path) -> None:
    slow = ScriptedModel(answer=lambda prompt, adapter: "word " * 500, delay=0.01)
    async with scripted_engine(tmp_path, slow) as engine, engine.client() as client:
        with pytest.raises(openai.APITimeoutError):
            await client.with_options(timeout=0.2).chat.completions.create(model=MODEL, messages=said("a"), n=3)
        await asyncio.sleep(0.1)
        written = len(slow.written)
        await asyncio.sleep(0.2)

    assert 0 < len(slow.written) == written < 100


# the door


@pytest.mark.parametrize("path", ["v1/models", "v1/files", "v1/fine_tuning/jobs", "v1/nothing"])
@pytest.mark.parametrize("header", [None, "Bearer wrong", TOKEN])
async def test_nobody_enters_without_the_token(engine: Engine, path: str, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    url = f"{engine.url.removesuffix('v1')}{path}"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as got:
        error = (await got.json())["error"]

    assert got.status == 401 and error["code"] == "invalid_api_key"


async def test_health_needs_no_token(engine: Engine) -> None:
    async with aiohttp.ClientSession() as session, session.get(engine.url.replace("v1", "healthz")) as got:
        health = await got.json()

    assert health["status"] in ("loading", "ready") and health["model"] == MODEL


async def test_the_server_listens_while_the_model_loads_and_then_answers(tmp_path: Path) -> None:
    async with scripted_engine(tmp_path, ScriptedModel(loading=0.3)) as engine, engine.client() as client:
        assert await status_of(engine) == "loading"

        answer = await client.chat.completions.create(model=MODEL, messages=said("a kite"))

        assert answer.choices[0].message.content == "This is a kite."
        assert await status_of(engine) == "ready"


async def test_a_model_that_can_not_be_loaded_says_why(tmp_path: Path) -> None:
    async with scripted_engine(tmp_path, ScriptedModel(broken="disk on fire")) as engine, engine.client() as client:
        with pytest.raises(openai.InternalServerError, match="disk on fire"):
            await client.chat.completions.create(model=MODEL, messages=said("a kite"))

        assert await status_of(engine) == "failed"


async def status_of(engine: Engine) -> str:
    async with aiohttp.ClientSession() as session, session.get(engine.url.replace("v1", "healthz")) as got:
        return str((await got.json())["status"])


async def test_what_is_not_there_is_an_error_in_the_same_shape(http: aiohttp.ClientSession) -> None:
    async with http.get("v1/nothing") as got:
        assert got.status == 404 and "message" in (await got.json())["error"]
    async with http.post("v1/chat/completions", data=b"{") as got:
        assert got.status == 400 and "not JSON" in (await got.json())["error"]["message"]


# files


async def test_a_file_is_kept_as_it_was_sent(client: openai.AsyncOpenAI) -> None:
    content = chat_lines(3)

    file = await client.files.create(file=("voice.jsonl", content), purpose="fine-tune")

    assert (file.filename, file.bytes, file.purpose, file.status) == (
        "voice.jsonl",
        len(content),
        "fine-tune",
        "processed",
    )
    assert (await client.files.content(file.id)).content == content
    assert await client.files.retrieve(file.id) == file


async def test_files_are_listed_newest_first_page_by_page(client: openai.AsyncOpenAI) -> None:
    made = [(await client.files.create(file=(f"{n}.jsonl", b"x"), purpose="fine-tune")).id for n in range(5)]

    first = await client.files.list(limit=2)

    assert [file.id for file in first.data] == made[:2:-1] and first.has_more
    assert [file.id async for file in client.files.list(limit=2)] == made[::-1]
    assert [file.id async for file in client.files.list(order="asc")] == made


async def test_a_deleted_file_is_gone(client: openai.AsyncOpenAI, engine: Engine) -> None:
    file = await client.files.create(file=("a.jsonl", b"x"), purpose="fine-tune")

    assert (await client.files.delete(file.id)).deleted

    with pytest.raises(openai.NotFoundError):
        await client.files.retrieve(file.id)
    assert list((engine.home / "files").iterdir()) == []


async def test_another_purpose_is_refused(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="fine-tune"):
        await client.files.create(file=("a.jsonl", b"x"), purpose="vision")


async def test_a_file_that_is_too_large_is_refused_and_not_kept(tmp_path: Path) -> None:
    async with scripted_engine(tmp_path, largest_file=1000) as engine, engine.client() as client:
        with pytest.raises(openai.APIStatusError, match="larger than 1000 bytes") as refused:
            await client.files.create(file=("a.jsonl", b"x" * 1001), purpose="fine-tune")

        assert refused.value.status_code == 413
        assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize("file_id", ["file-none", "..%2F..%2Fetc", "%2e%2e"])
async def test_a_file_id_never_leads_out_of_the_home(http: aiohttp.ClientSession, file_id: str) -> None:
    async with http.get(f"v1/files/{file_id}/content") as got:
        assert got.status == 404


# models


async def test_the_base_model_is_listed_and_can_not_be_deleted(client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == [MODEL]
    assert (await client.models.retrieve(MODEL)).id == MODEL
    with pytest.raises(openai.PermissionDeniedError):
        await client.models.delete(MODEL)
