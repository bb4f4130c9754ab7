"""Prompts before they are rows, and what the style, template and sign-off messages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.catalog import Column
from bot.domain.project import DEFAULT_MAX_TOKENS, DEFAULT_TEMPERATURE, ProjectSettings, Style
from bot.domain.prompt_mix import FIRST_ID, WHOLE

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
    template_id: int = FIRST_ID


def position_of(product_position: int, place: int) -> int:
    """The place of a product's prompt number `place` (from 0) among all prompts of its catalog."""
    return product_position * PLACES + min(place, PLACES - 1)


def product_place(position: int) -> int:
    """The product's place in its catalog, from the place of one of its prompts."""
    return position // PLACES


@dataclass(frozen=True, slots=True)
class PromptCount:
    """How many prompts the templates give, and `each` by itself. `left_out` products have an empty column; `missing`
    counts them by column."""

    prompts: int
    products: int
    left_out: int = 0
    missing: tuple[tuple[str, int], ...] = ()
    exact: bool = True
    each: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Double:
    """One text that several products give."""

    text: str
    products: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What stands out among all prompts. `empty` names columns whose empty cell left a gap, with the number of
    prompts; `doubles` are prompts that say the same as one of another product, `double` shows some of them."""

    shortest: str = ""
    longest: str = ""
    with_gap: int = 0
    gaps: tuple[tuple[str, int], ...] = ()
    gap_example: str = ""
    doubles: int = 0
    double: tuple[Double, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A way to more prompts, in words such as "a second template", and how many there would be."""

    words: str
    prompts: int


@dataclass(frozen=True, slots=True)
class SamplingColumn:
    """A column that the ten may be sampled by: its place among the columns, and its name."""

    place: int
    name: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """What the ten are sampled by, which groups they are from, and which columns could be picked."""

    by: str = ""
    groups: tuple[tuple[str, int], ...] = ()
    columns: tuple[SamplingColumn, ...] = ()


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
class TemplateLine:
    """One of several templates; `share` in per cent, `prompts` where they were counted."""

    id: int
    name: str
    share: int
    text: str
    prompts: int = 0


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
    number: int = 1  # of the round of prompts, not of the ten shown
    templates: tuple[TemplateLine, ...] = ()
    survey: Survey = Survey()
    ways: tuple[Way, ...] = ()
    sampling: Sampling = Sampling()
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class TemplatePreview:
    """What the template of the form would give; `problem` is a sentence where it would give nothing."""

    prompts: tuple[str, ...] = ()
    count: PromptCount = PromptCount(0, 0)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TemplateForm:
    """The template with what stands under *More*. Temperature is called creativity in front of people.

    `name` and `share` are asked for where there are several; `share` is None in the main one's window, which has what
    the others leave."""

    text: str
    temperature: float = DEFAULT_TEMPERATURE
    max_tokens: int = DEFAULT_MAX_TOKENS
    model: str = ""
    name: str = ""
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a menu."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Place:
    """Which window it is: the template (None: whichever is the main one, 0: a new one), how often its fields were
    filled in anew, and the same of the window below it."""

    project_id: int
    template_id: int | None = None
    drawn: int = 0
    below: int = 0

    def __str__(self) -> str:
        template = "" if self.template_id is None else self.template_id
        return f"{self.project_id}:{template}:{self.drawn}:{self.below}"

    @classmethod
    def parse(cls, written: str) -> Place:
        project, template, drawn, below = [*written.split(":"), "", "", ""][:4]
        return cls(int(project), int(template) if template else None, int(drawn or 0), int(below or 0))


@dataclass(frozen=True, slots=True)
class TemplateModal:
    """A template's form as it opens or is drawn again. `others` are those beside the main one, in its window."""

    place: Place
    form: TemplateForm
    columns: tuple[Column, ...]
    preview: TemplatePreview
    models: tuple[str, ...] = ()
    is_main: bool = True
    share: int = WHOLE
    others: tuple[TemplateLine, ...] = ()
    starters: tuple[Choice, ...] = ()
    takeable: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class StyleModal:
    """The house style's form; `takeable` are projects whose style could be taken."""

    project_id: int
    style: Style
    takeable: tuple[Choice, ...] = ()
    drawn: int = 0


def form_of(text: str, settings: ProjectSettings) -> TemplateForm:
    return TemplateForm(text, settings.temperature, settings.max_tokens, settings.model)
