"""The template's windows, with a live preview of real products."""

from __future__ import annotations

from typing import Any

from bot.domain.cards_prompt import Choice, TemplateLine, TemplateModal, TemplatePreview
from bot.domain.message import Block
from bot.domain.prompt_bind import template_name
from bot.domain.prompt_mix import LONGEST_NAME, MOST_TEMPLATES, WHOLE
from bot.views import blocks as b
from bot.views.ids import Action, Callback
from bot.views.prompt import LISTED_COLUMNS, left_out, many
from bot.views.prompt_forms import number, refill

PREVIEW_LENGTH = 500
LINE_LENGTH = 150  # characters of another template's text in the list
LONGEST_TEXT = 8192  # tokens


def template_modal(form: TemplateModal) -> dict[str, Any]:
    """The template, what three real products make of it, and what else there is to set."""
    named = _named(form) if form.others or not form.is_main else []
    last = [*_others(form), *_more(form)] if form.is_main else []
    blocks = [*named, _text(form), _menus(form), *preview(form.preview), *last]
    refill(blocks, form.place.drawn)
    callback = Callback.TEMPLATE if form.is_main else Callback.TEMPLATE_NEXT
    return b.modal(_title(form), callback, blocks, submit="Save", metadata=str(form.place))


def _title(form: TemplateModal) -> str:
    if form.is_main:
        return "Template"
    return "Another template" if form.place.template_id == 0 else "Template"


def _named(form: TemplateModal) -> list[Block]:
    """Name and share; the main one's share is what the others leave."""
    name = b.text_input("name", value=form.form.name, max_length=LONGEST_NAME)
    asked = b.asked("Name", name, block_id="name")
    if form.is_main:
        return [asked, b.context(f"Share: {form.share} %, which is what the other templates leave.")]
    share = number("share", form.form.share, least=1, most=WHOLE - 1)
    hint = "In per cent: 40 means 40 of every 100 prompts drawn. The main template gets the rest."
    return [asked, b.asked("Share", share, block_id="share", hint=hint)]


def _text(form: TemplateModal) -> Block:
    box = b.text_input(Action.TEMPLATE_TEXT, value=form.form.text, multiline=True)
    columns = " ".join(f"[{template_name(column.name)}]" for column in form.columns[:LISTED_COLUMNS])
    hint = f"Columns: {columns}. For what may be empty: [column|words instead] or {{, an optional part with [column]}}."
    return b.asked("What shall each prompt say?", box, block_id="template", hint=b.cut(hint, 2000))


def _menus(form: TemplateModal) -> Block:
    """Preview, and where else a text may come from."""
    elements = [b.button("Preview", Action.TEMPLATE_PREVIEW, str(form.place.project_id))]
    if form.starters:
        elements.append(b.select(Action.TEMPLATE_STARTER, _options(form.starters), placeholder="Start from"))
    if form.takeable:
        taken = b.select(Action.TEMPLATE_TAKE, _options(form.takeable), placeholder="Take from another project")
        elements.append(taken)
    # A new block id, so that the menus show nothing as chosen once they have done their work.
    return b.actions(*elements, block_id=f"preview:{form.place.drawn}")


def _options(choices: tuple[Choice, ...]) -> list[Block]:
    return [b.option(one.label, one.value) for one in choices]


def preview(seen: TemplatePreview) -> list[Block]:
    """Three real prompts and their number, or what is wrong in a sentence."""
    if seen.problem:
        return [b.section(f"⚠️ {b.esc(seen.problem)}")]
    about = "" if seen.count.exact else "about "
    count = f"*{about}{many(seen.count.prompts, 'prompt')}* from {many(seen.count.products, 'product')}."
    return [
        b.section(f"{count}{left_out(seen.count)}"),
        *(b.quote(b.cut(text, PREVIEW_LENGTH)) for text in seen.prompts),
    ]


def _others(form: TemplateModal) -> list[Block]:
    """The other templates, each with what can be done with it, and the way to one more."""
    title = [b.header("Other templates")] if form.others else []
    lines = [_other(form, one) for one in form.others]
    if 1 + len(form.others) < MOST_TEMPLATES:
        add = b.button("Add a template", Action.TEMPLATE_ADD, str(form.place))
        lines.append(b.section("Several ways of asking make for more and more varied prompts.", accessory=add))
    return [b.divider(), *title, *lines]


def _other(form: TemplateModal, line: TemplateLine) -> Block:
    menu = b.overflow(
        Action.TEMPLATE_OTHER,
        [
            b.option("Change", f"change:{line.id}"),
            b.option("Make it the main one", f"first:{line.id}"),
            b.option("Remove", f"remove:{line.id}"),
        ],
    )
    text = b.esc(b.cut(line.text, LINE_LENGTH))
    return b.section(f"*{b.esc(line.name)}*  ·  {line.share} %\n{text}", accessory=menu)


def _more(form: TemplateModal) -> list[Block]:
    settings = form.form
    creativity = number("temperature", settings.temperature, least=0, most=2, decimal=True)
    longest = number("max_tokens", settings.max_tokens, least=16, most=LONGEST_TEXT)
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
