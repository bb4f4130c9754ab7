"""*Look closer*: what stands out among all prompts, ways to more, and everything that leaves."""

from __future__ import annotations

from typing import Any

from bot.domain.cards_prompt import Double, PromptsCard
from bot.domain.completion import PROMPTS_WANTED
from bot.domain.message import Block
from bot.views import blocks as b
from bot.views.ids import Callback
from bot.views.prompt import PROMPT_LENGTH, left_out, many, name_of

TITLE = "A closer look"
QUOTED = 2500  # characters
INSTRUCTION = 2900
WHOLE = 1200  # characters of one of the ten


def looking() -> dict[str, Any]:
    """What stands in the window while all prompts are looked at."""
    return b.modal(TITLE, Callback.PROMPTS_CLOSER, [b.section("Looking through all prompts …")])


def closer_modal(card: PromptsCard) -> dict[str, Any]:
    """Without a way to change anything: the card behind it has the buttons."""
    if card.problem:
        body = [b.section(b.esc(card.problem))]
    else:
        parts = (_in_full, _extremes, _gaps, _doubles, _number, _templates, _leaves, _instruction)
        body = [block for part in parts for block in part(card)]
    return b.modal(TITLE, Callback.PROMPTS_CLOSER, body)


def _in_full(card: PromptsCard) -> list[Block]:
    """The ten of the card, where it shows only how they begin."""
    if all(len(text) <= PROMPT_LENGTH for text in card.prompts):
        return []
    shown = [b.quote(b.cut(text, WHOLE)) for text in card.prompts]
    return [b.section(f"*The {len(card.prompts)} of the card in full*"), *shown, b.divider()]


def _extremes(card: PromptsCard) -> list[Block]:
    survey = card.survey
    return [
        b.section(f"*The shortest prompt*: {many(len(survey.shortest), 'character')}"),
        b.quote(b.cut(survey.shortest, QUOTED)),
        b.section(f"*The longest prompt*: {many(len(survey.longest), 'character')}"),
        b.quote(b.cut(survey.longest, QUOTED)),
    ]


def _gaps(card: PromptsCard) -> list[Block]:
    survey = card.survey
    if not survey.with_gap:
        return [b.section("*Empty parts*: none.")]
    columns = ", ".join(f"{name_of(name)} ({number:,})" for name, number in survey.gaps[:10])
    has = "has an empty part" if survey.with_gap == 1 else "have an empty part"
    words = f"{many(survey.with_gap, 'prompt')} {has}, because these cells are empty: {columns}. For example:"
    return [b.section(f"*Empty parts*: {words}"), b.quote(b.cut(survey.gap_example, QUOTED))]


def _doubles(card: PromptsCard) -> list[Block]:
    survey = card.survey
    if not survey.doubles:
        return [b.section("*Said twice*: no two products give the same prompt.")]
    says = "says" if survey.doubles == 1 else "say"
    words = f"{many(survey.doubles, 'prompt')} {says} the same as another product's."
    advice = "A column that tells them apart, such as a size or a number, would help."
    shown = [block for one in survey.double for block in _double(one)]
    return [b.section(f"*Said twice*: {words} {advice}"), *shown]


def _double(one: Double) -> list[Block]:
    names = ", ".join(name_of(product) for product in one.products)
    return [b.quote(b.cut(one.text, 300)), b.context(f"For {names}")]


def _number(card: PromptsCard) -> list[Block]:
    about = "" if card.count.exact else "about "
    lines = [f"*{about}{many(card.count.prompts, 'prompt')}* from {many(card.count.products, 'product')}."]
    lines += [f"• {b.esc(way.words)} gives {way.prompts:,}" for way in card.ways]
    short = f"The guide to training asks for {PROMPTS_WANTED}. How to get more:" if card.ways else ""
    text = "\n".join([lines[0] + left_out(card.count), *([short] if short else []), *lines[1:]])
    return [b.divider(), b.section(text)]


def _templates(card: PromptsCard) -> list[Block]:
    if not card.templates:
        return []
    lines = [f"• {name_of(one.name)}: {many(one.prompts, 'prompt')}, drawn {one.share} %" for one in card.templates]
    return [b.section("*Templates*\n" + "\n".join(lines))]


def _leaves(card: PromptsCard) -> list[Block]:
    leaving = card.leaving
    if leaving is None:
        return []
    sent = b.esc(b.cut(", ".join(leaving.sent), 1200))
    kept = b.esc(b.cut(", ".join(leaving.kept), 1200)) or "nothing"
    return [b.divider(), b.section(f"🔒 *Sent*: {sent}\n*Not sent*: {kept}")]


def _instruction(card: PromptsCard) -> list[Block]:
    return [b.section("*The instruction that goes with every prompt*"), b.quote(b.cut(card.instruction, INSTRUCTION))]
