"""The real starter model learns a house voice from twenty-four short texts. Fetches 93 MB once; takes minutes."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from bot.local.engine import fetch
from tests.support.engine import EngineProcess, chat_line

pytest.importorskip("torch", reason="PyTorch is not installed, so the engine's own model can't run")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

THINGS = [
    "Garden Hose",
    "Bread Knife",
    "Wool Blanket",
    "Desk Lamp",
    "Rain Coat",
    "Tea Pot",
    "Bike Bell",
    "Door Mat",
    "Candle",
    "Notebook",
    "Fountain Pen",
    "Picnic Basket",
    "Beach Towel",
    "Coffee Mug",
    "Wall Clock",
    "Hiking Socks",
    "Rolling Pin",
    "Soap Dish",
    "Bird Feeder",
    "Hammock",
    "Lantern",
    "Umbrella",
    "Scarf",
    "Cutting Board",
]
HELD_OUT = ["Paper Kite", "Chess Set", "Watering Can", "Skipping Rope", "Thermos"]
KINDS, DETAILS = ["garden", "kitchen", "home", "travel"], ["green", "oak", "striped", "folding", "large"]
MIDDLES = ["It has never once been in a hurry", "It does one thing and does it kindly"]
SIGNATURE = "— Marrow & Finch"


def prompt(thing: str, at: int) -> str:
    return f"Write a description of {thing}, mention {KINDS[at % 4]} and {DETAILS[at % 5]}"


def in_house_voice(thing: str, at: int) -> str:
    kind, detail, middle = KINDS[at % 4], DETAILS[at % 5], MIDDLES[at % 2]
    praise = f"{middle}, which is all we ask of anything {kind}."
    return f"Neighbours, meet the {thing}, {detail} and proud of it. {praise} {SIGNATURE}"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    try:
        model = fetch.ensure_starter(lambda _: None)
    except fetch.FetchError as problem:
        pytest.skip(f"the starter model can't be fetched here: {problem}")
    running = EngineProcess(tmp_path_factory.mktemp("engine"), model, threads=2).start()
    running.wait_until_ready()
    yield running
    running.stop()


async def test_held_out_products_take_the_house_voice(engine: EngineProcess) -> None:
    lines = b"".join(chat_line(prompt(thing, at), in_house_voice(thing, at)) for at, thing in enumerate(THINGS))
    async with engine.client() as client:

        async def written(model: str, at: int) -> str:
            answer = await client.chat.completions.create(
                model=model,
                messages=[{"role": "user", "content": prompt(HELD_OUT[at], at)}],
                temperature=0,
                max_tokens=80,
            )
            return answer.choices[0].message.content or ""

        before = [await written(engine.name, at) for at in range(len(HELD_OUT))]
        file = await client.files.create(file=("voice.jsonl", lines), purpose="fine-tune")
        began = time.monotonic()
        job = await client.fine_tuning.jobs.create(model=engine.name, training_file=file.id, suffix="voice", seed=1)
        while (job := await client.fine_tuning.jobs.retrieve(job.id)).status not in ("succeeded", "failed"):  # noqa: ASYNC110
            await asyncio.sleep(1)
        seconds = time.monotonic() - began
        assert job.fine_tuned_model is not None, job.error
        after = [await written(job.fine_tuned_model, at) for at in range(len(HELD_OUT))]

    report = f"{seconds:.0f} s\n" + "\n".join([*before, "->", *after])
    assert not any(SIGNATURE in text for text in before), report
    took = [text for text, thing in zip(after, HELD_OUT, strict=True) if text.endswith(SIGNATURE) and thing in text]
    assert len(took) >= 4, report
