"""The catalog's messages and forms: the question to an uploader, what was understood, and how to correct it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.cards_catalog import CatalogCard, CatalogQuestion, CatalogStage, ListChoice
from bot.domain.catalog import Column
from bot.domain.catalog_kinds import Kind
from bot.domain.message import Block, Message
from bot.views import blocks as b
from bot.views import catalog_diff as versions
from bot.views.ids import Action

SHOWN_COLUMNS = 12
SHOWN_WARNINGS = 4
SHOWN_CHOICES = 3
SHOWN_OFFERS = 3
OFFERED = frozenset({"html", "mojibake", "near_duplicate_rows", "duplicate_rows"})  # worth a line on the card
VALUE_LENGTH = 140  # characters of one fact of an example product
LINE_LENGTH = 300  # characters of a warning
NAME_LENGTH = 60  # characters of a file's or column's name inside a sentence

KINDS = {
    Kind.TEXT: "text",
    Kind.NUMBER: "numbers",
    Kind.DATE: "dates",
    Kind.BOOL: "yes or no",
    Kind.URL: "web addresses",
    Kind.HTML: "text with web markup",
    Kind.OBJECT: "lists or nested data",
}


def question(asked: CatalogQuestion) -> Message:
    """Shown to the uploader alone; nothing is downloaded before Yes."""
    text = f"Use {_name(asked.filename)} as a product catalog?"
    instead = (
        f" This channel's project uses {_name(asked.in_use)} now; you can choose afterwards." if asked.in_use else ""
    )
    value = str(asked.id)
    buttons = b.actions(
        b.button("Yes", Action.CATALOG_YES, value, style="primary"),
        b.button("No", Action.CATALOG_NO, value),
        b.button("Never ask here", Action.CATALOG_NEVER, value),
    )
    return Message(
        text=text,
        blocks=[b.section(f"*{text}*{instead}"), b.context("Only you see this. I have not opened it."), buttons],
    )


def answered(text: str) -> Message:
    """What stands in place of the question once it is answered."""
    return Message(text=text, blocks=[b.section(text)])


def catalog_card(card: CatalogCard) -> Message:
    """What was understood of a file, with the buttons of its next step."""
    shown = {
        CatalogStage.ASKED: _reading,
        CatalogStage.WAITING: _reading,
        CatalogStage.READY: _ready,
        CatalogStage.USED: _used,
        CatalogStage.FAILED: _failed,
        CatalogStage.CANCELLED: _cancelled,
    }
    return shown[card.stage](card)


def _reading(card: CatalogCard) -> Message:
    text = f"Reading {_name(card.filename)} …"
    return Message(text=text, blocks=[b.section(text)])


def _failed(card: CatalogCard) -> Message:
    text = f"I could not use {_name(card.filename)}. {b.esc(card.problem)}"
    again = b.button("Try again", Action.CATALOG_RETRY, str(card.id))
    other = b.button("Add another file", Action.CATALOG_ADD, str(card.project_id or ""), style="primary")
    return Message(text=text, blocks=[b.section(text), b.actions(other, again)])


def _cancelled(card: CatalogCard) -> Message:
    text = f"{_name(card.filename)} was set aside; nothing of it is kept."
    add = b.button("Add a catalog", Action.CATALOG_ADD, str(card.project_id or ""))
    return Message(text=text, blocks=[b.section(text), b.actions(add)])


def _used(card: CatalogCard) -> Message:
    """In use: the way on is voice, template, prompts. One that was replaced offers the way back."""
    if card.version.again:
        return versions.earlier(card)
    text = f"{_name(card.filename)} is in use: {_size(card)}."
    project = str(card.project_id)
    buttons = b.actions(
        b.button("See the prompts", Action.PROMPTS_SHOW, project, style="primary"),
        b.button("House style", Action.STYLE_OPEN, project),
        b.button("Template", Action.TEMPLATE_OPEN, project),
    )
    lines = [b.context(one) for one in (_roles(card), _existing(card)) if one]
    body = [b.section(f"✅ *{text}*"), *lines, *versions.after(card), *versions.resplits(card), buttons]
    return Message(text=text, blocks=body)


def _ready(card: CatalogCard) -> Message:
    """Rows, columns, examples, warnings and the questions that a person answers better than a rule."""
    body = [b.header(b.cut(card.filename, b.HEADER_TEXT)), b.section(_summary(card))]
    body += [*versions.summary(card), *_fold_choice(card), b.section(_columns(card.columns))]
    body += [b.section(_roles(card))] if _roles(card) else []
    body += [b.context("For example:"), *(b.quote(_facts(one)) for one in card.examples)] if card.examples else []
    body += [_choice(card, one) for one in card.lists[:SHOWN_CHOICES]]
    body += [b.section(_existing(card))] if _existing(card) else []
    body += [b.context(*(f"⚠️ {_line(one)}" for one in card.warnings[:SHOWN_WARNINGS]))] if card.warnings else []
    cleaned = [_line(one) for one in card.cleaned if one not in card.warnings][:SHOWN_WARNINGS]
    body += [b.context(*cleaned)] if cleaned else []
    body += _offers(card)
    return Message(text=_spoken(card), blocks=[*body, b.actions(*_ready_buttons(card))])


def _ready_buttons(card: CatalogCard) -> list[Block]:
    value = str(card.id)
    fix = b.button("Fix columns", Action.CATALOG_FIX, value)
    if card.in_use:
        return [
            b.button("New version", Action.CATALOG_VERSION, value, style="primary"),
            b.button("Another project", Action.CATALOG_OTHER, value),
            fix,
            b.button("Ignore", Action.CATALOG_CANCEL, value),
        ]
    return [
        b.button("Use it", Action.CATALOG_USE, value, style="primary"),
        fix,
        b.button("Cancel", Action.CATALOG_CANCEL, value),
    ]


def _spoken(card: CatalogCard) -> str:
    """For those who hear the message instead of seeing it."""
    parts = [f"I read {_name(card.filename)}: {_size(card)}.", _folded(card), _existing(card)]
    parts += [_choice_words(one) for one in card.lists[:SHOWN_CHOICES]]
    parts.append(versions.spoken(card))
    parts.append(_replaces(card) or "Use it, fix columns, or cancel?")
    return b.cut(" ".join(part for part in parts if part), b.MESSAGE_TEXT)


def _summary(card: CatalogCard) -> str:
    duplicates = f"{card.duplicates:,} rows are exact repetitions." if card.duplicates else "No row is there twice."
    size = f"*{_size(card)}.* {duplicates}"
    return "\n".join(part for part in (size, _replaces(card)) if part)


def _folded(card: CatalogCard) -> str:
    """ "636 rows folded into 278 products by Handle.": said where rows were folded."""
    found = card.folding
    if found is None or not found.done:
        return ""
    export = f", as in every {found.platform} export" if found.platform else ""
    return f"{found.rows:,} rows folded into {_many(found.products, 'product')} by {_name(found.key)}{export}."


def _fold_choice(card: CatalogCard) -> list[Block]:
    """Rows that belong together: the button for the other way to see them."""
    found = card.folding
    if found is None:
        return []
    if found.done:
        other = b.button(f"Every row instead: {found.rows:,}", Action.CATALOG_FOLD, f"{card.id}:rows")
        return [b.section(f"{_folded(card)} What differs between rows is now a list.", accessory=other)]
    sizes = f"{found.rows:,} rows, {found.products:,} products"
    text = f"Rows with the same {_name(found.key)} look like one product: {sizes}."
    other = b.button(f"Fold them: {found.products:,}", Action.CATALOG_FOLD, f"{card.id}:fold")
    return [b.section(text, accessory=other)]


def _offers(card: CatalogCard) -> list[Block]:
    """What *Fix columns* could do besides."""
    said = [_line(step.words) for step in card.offered if step.name in OFFERED]
    made = [one for one in card.features if not one.done]
    said += [f"'{_name(one.column)}' can give columns of its own: {_name(', '.join(one.columns))}." for one in made]
    return [b.context(*(f"💡 {one}" for one in said[:SHOWN_OFFERS]), "“Fix columns” does these.")] if said else []


def _replaces(card: CatalogCard) -> str:
    if not card.in_use:
        return ""
    return f"This project uses {_name(card.in_use)} now. Is this a new version, another project, or nothing to you?"


def _size(card: CatalogCard) -> str:
    return f"{_many(card.rows, 'product')}, {_many(len(card.columns), 'column')}"


def _columns(columns: Sequence[Column]) -> str:
    """The columns with something in them; the rest is counted."""
    filled = [one for one in columns if one.distinct]
    lines = [f"• *{_name(one.name)}*  {KINDS[one.kind]}, {one.distinct:,} different{_missing(one)}" for one in filled]
    more, empty = len(lines) - SHOWN_COLUMNS, len(columns) - len(filled)
    said = [_many(more, "more column")] if more > 0 else []
    said += [_many(empty, "empty column")] if empty else []
    return "\n".join([*lines[:SHOWN_COLUMNS], *([f"… and {' and '.join(said)}"] if said else [])])


def _missing(column: Column) -> str:
    return f", {column.missing:,} missing" if column.missing else ""


def _roles(card: CatalogCard) -> str:
    """Which column is what, as I understood it."""
    roles = card.roles
    columns = (roles.product_name, roles.type, roles.details, roles.existing_text)
    named = zip(("Name", "Type", "Details", "Your texts"), columns, strict=True)
    return "  ·  ".join(f"{label}: *{_name(column)}*" for label, column in named if column)


def _facts(example: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{b.cut(name, NAME_LENGTH)}: {b.cut(value, VALUE_LENGTH) or '—'}" for name, value in example)


def _existing(card: CatalogCard) -> str:
    found = card.existing
    if found is None or not found.count:
        return ""
    column = _name(found.column)
    return (
        f"{found.count:,} of {_many(found.rows, 'product')} already have a text in '{column}'. "
        "They can be reviewed as they are."
    )


def _choice(card: CatalogCard, choice: ListChoice) -> Block:
    """One text per value or per product, with the button for the other."""
    number = next(place for place, column in enumerate(card.columns) if column.name == choice.column.column)
    if choice.split:
        other = b.button(
            f"One per product instead: {choice.column.rows:,}", Action.CATALOG_SPLIT, f"{card.id}:{number}:one"
        )
    else:
        other = b.button(
            f"One per value instead: {choice.column.texts:,}", Action.CATALOG_SPLIT, f"{card.id}:{number}:many"
        )
    return b.section(_choice_words(choice), accessory=other)


def _choice_words(choice: ListChoice) -> str:
    column = choice.column
    values = b.esc(b.cut(", ".join(column.example), VALUE_LENGTH))
    each, count = ("value", column.texts) if choice.split else ("product", column.rows)
    listed = f"'{_name(column.column)}' lists several values ({values})."
    return f"{listed} I'll write one text per {each}: {_many(count, 'text')}."


def _line(text: str) -> str:
    return b.esc(b.cut(text, LINE_LENGTH))


def _name(text: str) -> str:
    return b.esc(b.cut(text, NAME_LENGTH))


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
