"""What a person typed into a modal, as typed values. Fields are named by their block; complaints are `BadForm`s."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.domain.cards_prompt import TemplateForm
from bot.domain.project import DEFAULT_MAX_TOKENS, DEFAULT_TEMPERATURE, Style
from bot.domain.prompt_glossary import glossary_in
from bot.errors import BadForm
from handlers.boundary import Body

BETWEEN = re.compile(r"[,;\n]+")


def values_in(body: Body) -> dict[str, dict[str, Any]]:
    """Field to its element's state; every field of ours has one element."""
    blocks = ((body.get("view") or {}).get("state") or {}).get("values") or {}
    return {block: next(iter(elements.values()), {}) for block, elements in blocks.items()}


def text_in(body: Body, field: str) -> str:
    """What was typed, without blanks at its ends; empty where nothing was."""
    return str(values_in(body).get(field, {}).get("value") or "").strip()


def texts_in(body: Body, field: str) -> tuple[str, ...]:
    """Several short texts with commas, semicolons or line ends between them."""
    return tuple(part.strip() for part in BETWEEN.split(text_in(body, field)) if part.strip())


def choice_in(body: Body, field: str) -> str:
    """The value of the option chosen from a menu; empty where none is."""
    return str((values_in(body).get(field, {}).get("selected_option") or {}).get("value") or "")


def choices_in(body: Body, field: str) -> tuple[str, ...]:
    """The values of the boxes ticked."""
    return tuple(str(option["value"]) for option in values_in(body).get(field, {}).get("selected_options") or ())


def labels_in(body: Body, field: str) -> tuple[str, ...]:
    """The words of the boxes ticked, as the person saw them."""
    return tuple(str(option["text"]["text"]) for option in values_in(body).get(field, {}).get("selected_options") or ())


def users_in(body: Body, field: str) -> tuple[str, ...]:
    return tuple(str(user) for user in values_in(body).get(field, {}).get("selected_users") or ())


def files_in(body: Body, field: str) -> tuple[dict[str, Any], ...]:
    """Slack's file objects; only their ids are to be relied on."""
    return tuple(values_in(body).get(field, {}).get("files") or ())


def number_in(body: Body, field: str) -> float | None:
    """A number, None where nothing was typed. Raises BadForm."""
    typed = text_in(body, field)
    try:
        return float(typed.replace(",", ".")) if typed else None
    except ValueError as error:
        raise BadForm({field: "Type a number, such as 40."}) from error


def whole_in(body: Body, field: str) -> int | None:
    """A whole number, None where nothing was typed. Raises BadForm."""
    number = number_in(body, field)
    if number is not None and number != int(number):
        raise BadForm({field: "Type a whole number, such as 40."})
    return None if number is None else int(number)


def style_form(body: Body) -> Style:
    """The house style. Raises BadForm."""
    examples = (text_in(body, "example_1"), text_in(body, "example_2"))
    return Style(
        language=text_in(body, "language") or "English",
        tone=text_in(body, "tone").rstrip("."),
        min_words=whole_in(body, "min_words"),
        max_words=whole_in(body, "max_words"),
        always_say=text_in(body, "always_say"),
        never_say=texts_in(body, "never_say"),
        examples=tuple(example for example in examples if example),
        glossary=glossary_in(text_in(body, "glossary")),
    )


def template_form(body: Body, models: tuple[str, ...]) -> TemplateForm:
    """The template with what stands under *More*; `models` are those that the menu offered. Raises BadForm."""
    temperature, longest = number_in(body, "temperature"), whole_in(body, "max_tokens")
    return TemplateForm(
        text=text_in(body, "template"),
        temperature=DEFAULT_TEMPERATURE if temperature is None else temperature,
        max_tokens=DEFAULT_MAX_TOKENS if longest is None else longest,
        model=_model(body, models),
        name=text_in(body, "name"),
        share=whole_in(body, "share"),
    )


def _model(body: Body, models: tuple[str, ...]) -> str:
    """The chosen model's name; empty for the usual one."""
    chosen = choice_in(body, "model")
    if chosen.isdecimal() and int(chosen) < len(models):
        return models[int(chosen)]
    return text_in(body, "model")


@dataclass(frozen=True, slots=True)
class CatalogForm:
    """A file by its id, or a pasted table."""

    file_id: str
    pasted: str


def catalog_form(body: Body) -> CatalogForm:
    """Raises BadForm unless there is exactly one of the two."""
    files, pasted = files_in(body, "file"), text_in(body, "pasted")
    if bool(files) == bool(pasted):
        wrong = "Choose a file or paste a table, not both." if files else "Choose a file, or paste a table below."
        raise BadForm({"file": wrong})
    return CatalogForm(str(files[0]["id"]) if files else "", pasted)
