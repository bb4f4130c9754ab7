"""The catalog's forms: add one, and correct how it was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.cards_catalog import CatalogFix
from bot.domain.catalog import Feature, ListColumn, Step
from bot.domain.catalog_kinds import Kind
from bot.domain.message import Block
from bot.views import blocks as b
from bot.views.ids import Callback

CHECKBOXES = 10  # more options are refused by Slack
MENU = 99  # columns in a menu: Slack takes a hundred options, one says that there is none
NOTHING = "none"
EVERY_ROW = "rows"
FOUND = "found"
DESCRIPTION = 75
FILE_TYPES = ["csv", "tsv", "txt", "xlsx", "json", "jsonl", "ndjson", "zip", "gz"]
STEPS = {
    "formats": "Read numbers and dates as the sheet shows them",
    "trim": "Take blanks off the ends of cells",
    "nfc": "Write accents in one way",
    "zero_width": "Take out invisible blanks",
    "controls": "Take out control characters",
    "direction": "Take out marks that turn the text's direction",
    "errors": "Count errors such as #REF! as empty",
    "mojibake": "Repair text like “CafÃ©”",
    "html": "Turn web markup into plain text",
    "empty_rows": "Leave out empty rows",
    "repeated_headers": "Leave out repeated headers",
    "total_rows": "Leave out totals at the end",
    "duplicate_rows": "Leave out exact repetitions",
    "near_duplicate_rows": "Leave out near repetitions",
    "empty_columns": "Leave out empty columns",
}
ROWS = frozenset({"empty_rows", "repeated_headers", "total_rows", "duplicate_rows", "near_duplicate_rows"})
DELIMITERS = {",": "Comma  ,", ";": "Semicolon  ;", "\t": "Tab", "|": "Pipe  |"}
NO_WORDS = (Kind.URL, Kind.NUMBER, Kind.BOOL, Kind.DATE)
TEXT_FORMATS = frozenset({"csv", "tsv", "pipe"})
WITH_HEADER = TEXT_FORMATS | {"xlsx", "xls", "ods"}


def add_modal(channel: str) -> dict[str, Any]:
    """A file or a pasted table."""
    file = {"type": "file_input", "action_id": "file", "filetypes": FILE_TYPES, "max_files": 1}
    pasted = b.text_input("pasted", multiline=True, placeholder="Product Name | Type | Details")
    limits = "CSV, TSV, Excel or JSON, up to 10 MB. Drop a larger one into the channel."
    lines = "A header line, then one product a line."
    asked = [
        b.asked("A file", file, block_id="file", optional=True, hint=limits),
        b.asked("or a pasted table", pasted, block_id="pasted", optional=True, hint=lines),
    ]
    return b.modal("Add a catalog", Callback.CATALOG_ADD, asked, submit="Read it", metadata=channel)


def fix_modal(form: CatalogFix) -> dict[str, Any]:
    """Which column is what, which rows are one product, what is cleaned, and how the file itself is read."""
    return b.modal(
        "Fix columns", Callback.CATALOG_FIX, [*_meaning(form), *_cleaning(form), *_file(form)], submit="Save",
        metadata=str(form.id),
    )  # fmt: skip


def _meaning(form: CatalogFix) -> list[Block]:
    roles = form.roles
    asked = [
        _column("What is the product's name?", "product_name", form, roles.product_name, optional=False),
        _column("What kind of thing is it?", "type", form, roles.type),
        _column("Details to mention", "details", form, roles.details),
        _column("Texts you already have", "existing_text", form, roles.existing_text),
        _product_key(form),
    ]
    return [*asked, *_splits(form)]


def _column(label: str, field: str, form: CatalogFix, chosen: str | None, *, optional: bool = True) -> Block:
    """Columns by number: their names may be longer than Slack lets a value be. The chosen one is always offered."""
    nothing = [b.option("No column", NOTHING)] if optional else []
    numbers = _numbers(form)
    options = nothing + [b.option(name, numbers[name]) for name in _offered(numbers, chosen)]
    return b.asked(label, b.select(field, options, chosen=numbers.get(chosen or "", NOTHING)), block_id=field)


def _numbers(form: CatalogFix) -> dict[str, str]:
    return {column.name: str(place) for place, column in enumerate(form.columns)}


def _offered(numbers: dict[str, str], chosen: str | None) -> list[str]:
    return (sorted(numbers, key=lambda name: name != chosen) if len(numbers) > MENU else list(numbers))[:MENU]


def _product_key(form: CatalogFix) -> Block:
    """Every row, or rows with the same text in a column. A recognised column says what would come of it."""
    numbers = _numbers(form)
    found = form.folding
    options = [b.option("Every row is a product", EVERY_ROW)]
    for name in _offered(numbers, found.key if found else None)[: MENU - 1]:
        known = found is not None and found.key == name
        words = f": {found.products:,} products" if known and found is not None else ""
        options.append(b.option(f"Rows with the same {b.cut(name, 40)}{words}", numbers[name]))
    chosen = numbers.get(found.key, EVERY_ROW) if found is not None and found.done else EVERY_ROW
    hint = "Exports of shops often have a row for each size or picture. Rows of one product become one."
    select = b.select("product_key", options, chosen=chosen)
    return b.asked("What is one product?", select, block_id="product_key", hint=hint)


def split_columns(form: CatalogFix) -> list[ListColumn]:
    """The lists that the form asks about: those of words, and as many as Slack takes. Nobody wants a text for each
    picture or each number in stock."""
    kinds = {column.name: column.kind for column in form.columns}
    return [one for one in form.lists if kinds.get(one.column) not in NO_WORDS][:CHECKBOXES]


def _splits(form: CatalogFix) -> list[Block]:
    numbers = _numbers(form)
    lists = split_columns(form)
    options = [b.option(f"{b.cut(one.column, 40)}: {one.texts:,} texts", numbers[one.column]) for one in lists]
    chosen = {numbers[name] for name in form.splits if name in numbers}
    hint = "The others get one text per product."
    return [_boxes("One text for each value of", "split", options, chosen, hint)] if options else []


def _cleaning(form: CatalogFix) -> list[Block]:
    """Steps that have something to do here, ticked where they were done; new columns that can be made."""
    known = [step for step in (*form.done, *form.offered) if step.name in STEPS]
    done = {step.name for step in form.done}
    asked = []
    for start in range(0, len(known), CHECKBOXES):
        options = [_step(step) for step in known[start : start + CHECKBOXES]]
        label = "More cleaning" if start else "Cleaning"
        asked.append(_boxes(label, f"steps_{start // CHECKBOXES}", options, done))
    if form.features:
        options = [_feature(one, number) for number, one in enumerate(form.features[:CHECKBOXES])]
        added = {str(number) for number, one in enumerate(form.features) if one.done}
        hint = "The columns they come from stay as they are."
        asked.append(_boxes("Add columns", "features", options, added, hint))
    return asked


def _step(step: Step) -> Block:
    things = "row" if step.name in ROWS else "column" if step.name == "empty_columns" else "cell"
    return b.option(STEPS[step.name], step.name) | {"description": b.plain(_many(step.count, things), DESCRIPTION)}


def _feature(feature: Feature, number: int) -> Block:
    value = next((text for text in feature.example[1:] if text), "")
    shown = b.cut(" and ".join(feature.columns) if len(feature.columns) < 3 else ", ".join(feature.columns), 70)
    said = f"from {b.cut(feature.column, 30)}, such as {b.cut(value, 24)}" if value else f"from {feature.column}"
    return b.option(shown, str(number)) | {"description": b.plain(b.cut(said, DESCRIPTION), DESCRIPTION)}


def _boxes(label: str, field: str, options: Sequence[Block], chosen: set[str], hint: str = "") -> Block:
    ticked = [option for option in options if option["value"] in chosen]
    boxes: Block = {"type": "checkboxes", "action_id": field, "options": list(options)}
    boxes |= {"initial_options": ticked} if ticked else {}
    return b.asked(label, boxes, block_id=field, optional=True, hint=hint)


def _file(form: CatalogFix) -> list[Block]:
    """How the file itself is read; only what there is a choice in."""
    source = form.source
    asked = []
    if len(form.sheets) > 1:
        asked.append(_one_of("Which sheet?", "sheet", form.sheets, source.sheet, "Another sheet is read anew."))
    if len(form.members) > 1:
        asked.append(_one_of("Which file of the archive?", "member", form.members, source.member, "It is read anew."))
    asked += [_encoding(form)] if form.readings else []
    if source.format in WITH_HEADER:
        row = b.text_input("header_row", value=str(source.header_row or 0))
        hint = "Counted from 1, as in the file. 0: there is none."
        asked.append(b.asked("In which row is the header?", row, block_id="header_row", hint=hint))
    if source.format in TEXT_FORMATS:
        asked.append(_delimiter(source.delimiter))
    return asked


def _encoding(form: CatalogFix) -> Block:
    """The same words in each encoding: people see which one is right."""
    options = [b.option(f"{one.preview}  ({one.encoding})", str(at)) for at, one in enumerate(form.readings)]
    chosen = next((str(at) for at, one in enumerate(form.readings) if one.encoding == form.source.encoding), "")
    hint = "The file does not say how its letters are encoded."
    select = b.select("encoding", options, chosen=chosen)
    return b.asked("Which looks right?", select, block_id="encoding", hint=hint)


def _one_of(label: str, field: str, names: Sequence[str], current: str | None, hint: str) -> Block:
    options = [b.option(name, str(place)) for place, name in enumerate(names[:100])]
    chosen = str(names.index(current)) if current in names else ""
    return b.asked(label, b.select(field, options, chosen=chosen), block_id=field, hint=hint)


def _delimiter(current: str | None) -> Block:
    known = DELIMITERS if current is None or current in DELIMITERS else {**DELIMITERS, current: current}
    options = [b.option(words, str(ord(mark))) for mark, words in known.items()]
    nothing = [b.option("Nothing: there is one column", FOUND)] if current is None else []
    select = b.select("delimiter", nothing + options, chosen=FOUND if current is None else str(ord(current)))
    return b.asked("What separates the columns?", select, block_id="delimiter")


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
