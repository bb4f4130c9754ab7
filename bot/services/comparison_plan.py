"""Which products a comparison is about, what each contender is asked, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import DrawnPrompt
from bot.domain.comparison import Contender, contenders
from bot.domain.dataset import Line, Split, chat_messages
from bot.domain.dataset_split import product_key
from bot.domain.deletion import require_whole
from bot.domain.few_shot import Shelf
from bot.domain.models import ModelInfo
from bot.domain.money import Usage, estimate_prompt_tokens, estimate_tokens, most_prompt_tokens
from bot.errors import NotYet
from bot.services import evaluation
from bot.services import project as projects
from bot.services import prompt as prompts
from bot.services.completion_price import price_of
from bot.services.generation_types import plus
from storage import comparison as queries
from storage import dataset as datasets
from storage.models import Dataset, Project

# Drawn beyond what is needed: some may turn out to be taught under another row.
SPARE = 20
# Answers are about as long as the texts people approved; a little longer, because models ramble.
LENGTH_MARGIN = 1.3


@dataclass(frozen=True, slots=True)
class Models:
    """Who writes: the base model, and the tuned one where there is one."""

    base: ModelInfo
    tuned: ModelInfo | None

    def of(self, contender: Contender) -> ModelInfo:
        return self.tuned if contender is Contender.TUNED and self.tuned is not None else self.base


@dataclass(frozen=True, slots=True)
class Item:
    """A product to write for; `prompt_id` is None before it is stored, `reference` what people approved for it."""

    product: str
    system: str
    prompt: str
    prompt_id: int | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the model was taught with, what was kept aside, and other products of the catalog that it never saw."""

    dataset: Dataset
    taught: tuple[Line, ...]
    held_out: tuple[Item, ...]
    fresh: tuple[DrawnPrompt, ...]
    system: str

    @property
    def available(self) -> int:
        return len(self.held_out) + len(self.fresh)

    def items(self, size: int) -> list[Item]:
        """The products of a comparison: those kept aside first, for people have approved texts for them."""
        fresh = [Item(one.product, self.system, one.text) for one in self.fresh]
        return [*self.held_out, *fresh][:size]


@dataclass(frozen=True, slots=True)
class Cost:
    """All texts of a comparison: what they will probably cost, and the most they can. None: price unknown."""

    likely_usd: float | None
    most_usd: float | None


async def plan(session: AsyncSession, project: Project, *, most: int) -> Plan:
    """Up to `most` products that no taught text is about, the same ones for every round. Raises NotYet."""
    dataset = await _need_dataset(session, project)
    lines = await datasets.lines(session, dataset.id or 0)
    held = await _held_out(session, dataset, lines)
    known = {product_key(line.product) for line in lines}
    drawn = await prompts.choose(
        session,
        project,
        count=most + SPARE,
        seed=dataset.seed,
        distinct_products=True,
        exclude_products=await queries.product_ids(session, dataset.id or 0),
    )
    fresh = [one for one in drawn if product_key(one.product) not in known][: max(0, most - len(held))]
    taught = tuple(line for line in lines if line.split is Split.TRAIN)
    return Plan(dataset, taught, tuple(held[:most]), tuple(fresh), projects.style_of(project).system_prompt())


async def _need_dataset(session: AsyncSession, project: Project) -> Dataset:
    """What the model in use was taught with, else the newest version."""
    job = await evaluation.model_job(session, project)
    found = await datasets.by_id(session, job.dataset_id) if job else await datasets.latest(session, project.id or 0)
    if found is None:
        raise NotYet("There is no training set yet.", todo="Freeze the approved texts first: /tune dataset.")
    require_whole(found.number, found.erased_pairs)
    return found


async def _held_out(session: AsyncSession, dataset: Dataset, lines: Sequence[Line]) -> list[Item]:
    """What was kept aside when the set was frozen, one prompt a product."""
    known = await queries.prompt_ids(session, dataset.id or 0)
    chosen: dict[str, Item] = {}
    for line in lines:
        if line.split is Split.VALIDATION and line.completion_id in known:
            item = Item(line.product, line.system, line.prompt, known[line.completion_id], line.text)
            chosen.setdefault(product_key(line.product), item)
    return list(chosen.values())


async def stored(session: AsyncSession, project: Project, found: Plan, *, size: int) -> list[Item]:
    """The plan's products with their prompts as rows."""
    held = list(found.held_out[:size])
    wanted = list(found.fresh[: size - len(held)])
    rows = await prompts.keep(session, project, wanted) if wanted else []
    fresh = [Item(one.product, row.system, row.text, row.id) for one, row in zip(wanted, rows, strict=True)]
    return [*held, *fresh]


def cost_of(items: Sequence[Item], taught: Sequence[Line], models: Models, max_tokens: int) -> Cost:
    """The price of every contender's text for every product."""
    shelf = Shelf(taught)
    usual = round(fmean(estimate_tokens(line.text) for line in taught) * LENGTH_MARGIN) if taught else max_tokens
    likely: float | None = 0.0
    most: float | None = 0.0
    for contender in contenders(tuned=models.tuned is not None):
        model = models.of(contender)
        price, longest = price_of(model), model.longest(max_tokens)
        for item in items:
            asked = messages_for(contender, item.system, item.prompt, item.product, shelf)
            likely = plus(likely, price.of(Usage(estimate_prompt_tokens(asked), min(usual, longest))))
            most = plus(most, price.of(Usage(most_prompt_tokens(asked), longest)))
    return Cost(likely, most)


def messages_for(
    contender: Contender, system: str, prompt: str, product: str, shelf: Shelf
) -> tuple[Mapping[str, str], ...]:
    """What a contender is asked: the same instructions and prompt for all, with examples for one of them."""
    shown = shelf.choose(prompt, product=product) if contender is Contender.EXAMPLES else ()
    return chat_messages(system, prompt, shown)
