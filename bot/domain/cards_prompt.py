"""Prompts before they are rows, and what the style, template and sign-off messages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.catalog import Column
from bot.domain.project import ProjectSettings, Style

SHOWN_PROMPTS = 10
PREVIEW_PROMPTS = 3
# A product's prompts are numbered from its place in the catalog times this.
PLACES = 1000


@dataclass(frozen=True, slots=True)
class DrawnPrompt:
    """A rendering of the template: its place among all of the catalog's, and the values of the used columns."""

    product_id: int
    product: str
    position: int
    text: str
    values: Mapping[str, str]


def position_of(product_position: int, place: int) -> int:
    """The place of a product's prompt number `place` (from 0) among all prompts of its catalog."""
    return product_position * PLACES + min(place, PLACES - 1)


@dataclass(frozen=True, slots=True)
class PromptCount:
    """How many prompts a template gives. `left_out` products have an empty column; `missing` counts them by column."""

    prompts: int
    products: int
    left_out: int = 0
    missing: tuple[tuple[str, int], ...] = ()
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Leaving:
    """What goes to a provider and what does not: columns by name."""

    provider: str
    products: int
    sent: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WritingPrice:
    """US dollars for writing all prompts, and five to try; None where the price is unknown."""

    model: str
    all_usd: float | None
    try_usd: float | None
    notice: str = ""


@dataclass(frozen=True, slots=True)
class PromptsCard:
    """Ten prompts for sign-off. `current` is False once template, style or catalog have changed."""

    project_id: int
    project: str
    fingerprint: str
    round: int
    prompts: tuple[str, ...] = ()
    count: PromptCount = PromptCount(0, 0)
    price: WritingPrice | None = None
    leaving: Leaving | None = None
    style: str = ""
    template: str = ""
    existing: int = 0
    signed: bool = False
    signed_by: str = ""
    current: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TemplatePreview:
    """What the template of the form would give; `problem` is a sentence where it would give nothing."""

    prompts: tuple[str, ...] = ()
    count: PromptCount = PromptCount(0, 0)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TemplateForm:
    """The template with what stands under *More*. Temperature is called creativity in front of people."""

    text: str
    temperature: float
    max_tokens: int
    model: str


@dataclass(frozen=True, slots=True)
class TemplateModal:
    """The template's form as it opens or is drawn again."""

    project_id: int
    form: TemplateForm
    columns: tuple[Column, ...]
    preview: TemplatePreview
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StyleModal:
    """The house style's form."""

    project_id: int
    style: Style


def form_of(text: str, settings: ProjectSettings) -> TemplateForm:
    return TemplateForm(text, settings.temperature, settings.max_tokens, settings.model)
