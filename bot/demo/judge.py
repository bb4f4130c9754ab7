"""A scripted person who judges blindly, by a rule that is stated: whichever text is more like the shop's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean
from typing import Any

from rapidfuzz import fuzz

from bot.demo.colleague import has_button
from bot.demo.person import Person, PersonError

RULE = (
    "the text that is more like, letter by letter, what the script approved for the same product, or, for a product "
    "without one, like all that it approved on average; within 2 points they are the same"
)
JUDGE = "a script"
SAME_WITHIN = 2.0
FEWEST_PRODUCTS = "12"
# A provider that writes a text in some seconds needs a few minutes for all of them.
WRITING, SHORT = 1800.0, 30.0

Json = dict[str, Any]


@dataclass
class Judge:
    """What the script approved, by product, and how it votes."""

    approved: dict[str, str] = field(default_factory=dict)

    def learn(self, card: Json, text: str = "") -> None:
        """Remember a text that was approved: the card's own, or what it was edited to."""
        blocks = card.get("blocks") or []
        self.approved[product_in(blocks)] = text or next(quotes_in(blocks), "")

    def answer(self, view: Json) -> str:
        """`a`, `b` or `same` for the pair in the window."""
        left, right = list(quotes_in(view["blocks"]))[:2]
        product = product_in(view["blocks"])
        difference = self.likeness(product, left) - self.likeness(product, right)
        if abs(difference) <= SAME_WITHIN:
            return "same"
        return "a" if difference > 0 else "b"

    def likeness(self, product: str, text: str) -> float:
        """Between 0 and 100, as the rule says."""
        own = self.approved.get(product)
        models = [own] if own else list(self.approved.values())
        return fmean(fuzz.ratio(text, model) for model in models) if models else 0.0


async def compare(person: Person, judge: Judge) -> int:
    """Order a blind comparison, judge every pair, and have the result shown; how many pairs; 0: none could be had."""
    await person.click("compare.open", timeout=SHORT)
    try:
        window = await person.wait_for_modal()
    except PersonError:  # the bot has said why: there are too few products that were not taught
        return 0
    sizes = [option["value"] for option in size_options(window)]
    await person.submit({"size": FEWEST_PRODUCTS if FEWEST_PRODUCTS in sizes else sizes[0]})
    card = await person.wait_for_message(lambda m: has_button(m, "compare.next"), timeout=WRITING)
    await person.click("compare.next", message=card)
    judged = await _judge_all(person, judge)
    await person.close_modal(everything=True)
    await person.click("compare.end", message=card)
    await person.wait_for_message(lambda m: has_button(m, "compare.rounds"), timeout=SHORT)
    return judged


async def _judge_all(person: Person, judge: Judge) -> int:
    judged = 0
    view = await person.wait_for_modal()
    while len(list(quotes_in(view["blocks"]))) >= 2:
        await person.click(f"compare.vote:{judge.answer(view)}")
        judged += 1
        view = await person.until(partial(another, person, view), "the next pair", SHORT)
    return judged


def another(person: Person, seen: Json) -> Json | None:
    """The window, once it shows something else."""
    view: Json = person.modals[-1]["view"]
    return view if view["private_metadata"] != seen["private_metadata"] or view["title"] != seen["title"] else None


def size_options(window: Json) -> list[Json]:
    """The numbers of products that can be chosen."""
    found = [block["element"] for block in window["blocks"] if block.get("block_id") == "size"]
    return list(found[0]["options"]) if found else []


def product_in(blocks: list[Json]) -> str:
    return next((str(block["text"]["text"]) for block in blocks if block["type"] == "header"), "")


def quotes_in(blocks: list[Json]) -> Iterator[str]:
    """The texts that are set apart, in their order."""
    for block in blocks:
        for part in block.get("elements", []) if block["type"] == "rich_text" else []:
            if part["type"] == "rich_text_quote":
                yield "".join(str(one.get("text", "")) for one in part["elements"])
