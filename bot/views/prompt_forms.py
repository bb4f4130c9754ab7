"""The forms of house style and template, with a live preview of real products."""

from __future__ import annotations

from typing import Any

from bot.domain.cards_prompt import StyleModal, TemplateModal, TemplatePreview
from bot.domain.message import Block
from bot.domain.project import Style
from bot.domain.prompt_bind import template_name
from bot.views import blocks as b
from bot.views.ids import Action, Callback
from bot.views.prompt import LISTED_COLUMNS, left_out, many

PREVIEW_LENGTH = 800
MOST_WORDS = 2000
LONGEST_TEXT = 8192  # tokens
SHORT_FIELD = 1000  # characters


def style_modal(form: StyleModal) -> dict[str, Any]:
    """The house style as a form; it becomes the instruction that goes with every prompt."""
    style = form.style
    asked = [
        b.asked("Language", b.text_input("language", value=style.language, max_length=60), block_id="language"),
        _long("Tone", "tone", style.tone, hint="For example: warm and plain, never pushy."),
        *_lengths(style),
        _long("Always say", "always_say", style.always_say),
        _long("Never say", "never_say", ", ".join(style.never_say), hint="Words or phrases, with commas between them."),
        *_examples(style),
    ]
    return b.modal("House style", Callback.STYLE, asked, submit="Save", metadata=str(form.project_id))


def _long(label: str, field: str, value: str, *, hint: str = "", most: int = SHORT_FIELD) -> Block:
    box = b.text_input(field, value=value, multiline=True, max_length=most)
    return b.asked(label, box, block_id=field, hint=hint, optional=True)


def _lengths(style: Style) -> list[Block]:
    least = _number("min_words", style.min_words, least=1, most=MOST_WORDS)
    most = _number("max_words", style.max_words, least=1, most=MOST_WORDS)
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


def template_modal(form: TemplateModal) -> dict[str, Any]:
    """The template, what three real products make of it, and the model's settings under *More*."""
    box = b.text_input(Action.TEMPLATE_TEXT, value=form.form.text, multiline=True)
    columns = " ".join(f"[{template_name(column.name)}]" for column in form.columns[:LISTED_COLUMNS])
    hint = b.cut(
        f"Columns: {columns}. For what may be empty: [column|words instead] or {{, an optional part with [column]}}.",
        2000,
    )
    top = [
        b.asked("What shall each prompt say?", box, block_id="template", hint=b.cut(hint, 2000)),
        b.actions(b.button("Preview", Action.TEMPLATE_PREVIEW, str(form.project_id)), block_id="preview"),
        *preview(form.preview),
    ]
    return b.modal("Template", Callback.TEMPLATE, [*top, *_more(form)], submit="Save", metadata=str(form.project_id))


def preview(seen: TemplatePreview) -> list[Block]:
    """Three real prompts and their number, or what is wrong in a sentence."""
    if seen.problem:
        return [b.section(f"⚠️ {b.esc(seen.problem)}")]
    about = "" if seen.count.exact else "about "
    number = f"*{about}{many(seen.count.prompts, 'prompt')}* from {many(seen.count.products, 'product')}."
    return [
        b.section(f"{number}{left_out(seen.count)}"),
        *(b.quote(b.cut(text, PREVIEW_LENGTH)) for text in seen.prompts),
    ]


def _more(form: TemplateModal) -> list[Block]:
    settings = form.form
    creativity = _number("temperature", settings.temperature, least=0, most=2, decimal=True)
    longest = _number("max_tokens", settings.max_tokens, least=16, most=LONGEST_TEXT)
    usual = "0 is the same text every time, 0.7 is usual, above 1 gets wild."
    return [
        b.divider(),
        b.header("More"),
        b.asked("Creativity", creativity, block_id="temperature", hint=usual),
        b.asked("Longest text, in tokens", longest, block_id="max_tokens", hint="A token is about ¾ of a word."),
        _model(form),
    ]


def _model(form: TemplateModal) -> Block:
    """The models of the settings; where there are none, a name to type."""
    if not form.models:
        typed = b.text_input("model", value=form.form.model, max_length=200)
        return b.asked("Model", typed, block_id="model", optional=True, hint="Empty means the usual one.")
    known = [b.option(b.cut(name, b.OPTION_TEXT), str(place)) for place, name in enumerate(form.models[:99])]
    chosen = str(form.models.index(form.form.model)) if form.form.model in form.models else "usual"
    return b.asked(
        "Model", b.select("model", [b.option("The usual one", "usual"), *known], chosen=chosen), block_id="model"
    )


def _number(action: str, value: float | None, *, least: float, most: float, decimal: bool = False) -> Block:
    made: Block = {"type": "number_input", "action_id": action, "is_decimal_allowed": decimal}
    made |= {"min_value": f"{least:g}", "max_value": f"{most:g}"}
    return made | ({"initial_value": f"{value:g}"} if value is not None else {})
