"""The form of the house style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.cards_prompt import StyleModal
from bot.domain.message import Block
from bot.domain.project import Style
from bot.domain.prompt_glossary import glossary_text
from bot.views import blocks as b
from bot.views.ids import Action, Callback

MOST_WORDS = 2000
SHORT_FIELD = 1000  # characters
GLOSSARY_HINT = "One a line, what not to write and how we write it: colour -> color"


def style_modal(form: StyleModal) -> dict[str, Any]:
    """The house style as a form; it becomes the instruction that goes with every prompt."""
    style = form.style
    asked = [
        *_take(form),
        b.asked("Language", b.text_input("language", value=style.language, max_length=60), block_id="language"),
        _long("Tone", "tone", style.tone, hint="For example: warm and plain, never pushy."),
        *_lengths(style),
        _long("Always say", "always_say", style.always_say),
        _long("Never say", "never_say", ", ".join(style.never_say), hint="Words or phrases, with commas between them."),
        _long("Our words", "glossary", glossary_text(style.glossary), hint=GLOSSARY_HINT, most=b.INPUT_TEXT),
        *_examples(style),
    ]
    refill(asked, form.drawn)
    return b.modal("House style", Callback.STYLE, asked, submit="Save", metadata=f"{form.project_id}:{form.drawn}")


def _take(form: StyleModal) -> list[Block]:
    """A menu of the projects whose style could be taken."""
    options = [b.option(one.label, one.value) for one in form.takeable]
    if not options:
        return []
    return [b.actions(b.select(Action.STYLE_TAKE, options, placeholder="Take from another project"), block_id="take")]


def refill(blocks: Sequence[Block], drawn: int) -> None:
    """Have Slack show the values given here, not what was typed: it keeps the latter under an unchanged action id."""
    for block in blocks:
        if drawn and block["type"] == "input":
            block["element"]["action_id"] += f":{drawn}"


def _long(label: str, field: str, value: str, *, hint: str = "", most: int = SHORT_FIELD) -> Block:
    box = b.text_input(field, value=value, multiline=True, max_length=most)
    return b.asked(label, box, block_id=field, hint=hint, optional=True)


def _lengths(style: Style) -> list[Block]:
    least = number("min_words", style.min_words, least=1, most=MOST_WORDS)
    most = number("max_words", style.max_words, least=1, most=MOST_WORDS)
    return [
        b.asked("At least so many words", least, block_id="min_words", optional=True),
        b.asked("At most so many words", most, block_id="max_words", optional=True),
    ]


def _examples(style: Style) -> list[Block]:
    first, second = [*style.examples, "", ""][:2]
    hint = "Two good examples say more than a page of rules."
    return [
        _long("A text in your voice", "example_1", first, hint=hint, most=b.INPUT_TEXT),
        _long("Another one", "example_2", second, most=b.INPUT_TEXT),
    ]


def number(action: str, value: float | None, *, least: float, most: float, decimal: bool = False) -> Block:
    made: Block = {"type": "number_input", "action_id": action, "is_decimal_allowed": decimal}
    made |= {"min_value": f"{least:g}", "max_value": f"{most:g}"}
    return made | ({"initial_value": f"{value:g}"} if value is not None else {})
