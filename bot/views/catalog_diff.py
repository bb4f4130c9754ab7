"""What a new version of a catalog brings: a few lines on its card, and a window with examples."""

from __future__ import annotations

from typing import Any

from bot.domain.cards_catalog import CatalogCard, ListChoice
from bot.domain.catalog_diff import CatalogDiff, Switch, VersionCard
from bot.domain.message import Block, Message
from bot.views import blocks as b
from bot.views.ids import Action

NAME_LENGTH = 60
# Columns that can be split another way, on the card of a catalog in use.
SHOWN_SPLITS = 3


def summary(card: CatalogCard) -> list[Block]:
    """On a waiting catalog's card: what it brings against the one in use."""
    version = card.version
    if version.comparing:
        return [b.section(f"Comparing it with {_name(card.in_use)} …")] if card.in_use else []
    if version.diff is None:
        return []
    return [b.section(in_words(version.diff), accessory=_closer(card))]


def spoken(card: CatalogCard) -> str:
    """The same for those who hear the message."""
    return in_words(card.version.diff).replace("*", "") if card.version.diff is not None else ""


def in_words(diff: CatalogDiff) -> str:
    """`Against version 1: 12 new, 5 changed, 2 gone; 3 approved texts of changed products go back to review.`"""
    against = f"*Against version {diff.old_version} ({_name(diff.old_name)}), by {b.esc(diff.matched_by)}:*"
    return "\n".join(part for part in (f"{against} {figures(diff)}.", *_columns(diff), what_follows(diff)) if part)


def figures(diff: CatalogDiff) -> str:
    if not (diff.new or diff.changed or diff.gone):
        return f"nothing differs, {diff.same:,} products are as before"
    return f"{diff.new:,} new, {diff.changed:,} changed, {diff.gone:,} gone, {diff.same:,} as before"


def what_follows(diff: CatalogDiff) -> str:
    """What becomes of approved texts."""
    parts = []
    if diff.texts_back:
        parts.append(f"{_texts(diff.texts_back)} of changed products {_go(diff.texts_back)} back to review")
    if diff.texts_gone:
        stay = "stays" if diff.texts_gone == 1 else "stay"
        parts.append(f"{_texts(diff.texts_gone)} of products that are gone {stay} out of training sets")
    if diff.texts_kept:
        parts.append(f"{_texts(diff.texts_kept)} {'stays' if diff.texts_kept == 1 else 'stay'} as decided")
    return f"{'; '.join(parts)}." if parts else ""


def _texts(count: int) -> str:
    return f"{count:,} approved text" if count == 1 else f"{count:,} approved texts"


def _go(count: int) -> str:
    return "goes" if count == 1 else "go"


def _columns(diff: CatalogDiff) -> list[str]:
    new = f"New columns: {_list(diff.columns_new)}." if diff.columns_new else ""
    gone = f"Columns that are gone: {_list(diff.columns_gone)}." if diff.columns_gone else ""
    return [" ".join(part for part in (new, gone) if part)]


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(_name(name) for name in names)


def _closer(card: CatalogCard) -> Block:
    return b.button("Look closer", Action.CATALOG_CLOSER, str(card.id))


# a catalog that is or was in use


def earlier(card: CatalogCard) -> Message:
    """A version that another one has replaced: the way back."""
    version = card.version
    now = f"version {version.in_use_number} ({_name(version.in_use)}) is in use"
    text = f"{_name(card.filename)} was version {version.number} of the catalog; {now}."
    words = (
        "Texts of products that are the same stay decided. Those that changed show what was decided for this version. "
        "The prompts need a new yes. You can come back the same way."
    )
    sure = b.confirm(f"Use version {version.number} again?", words, "Use it again")
    back = b.button(f"Use version {version.number} again", Action.CATALOG_AGAIN, str(card.id), confirm=sure)
    return Message(text=text, blocks=[b.section(text), b.actions(back)])


def after(card: CatalogCard) -> list[Block]:
    """On the card of the catalog in use: what the change of version came to."""
    version, project = card.version, str(card.project_id)
    blocks: list[Block] = []
    if version.diff is not None:
        against = f"Against version {version.diff.old_version} ({_name(version.diff.old_name)})"
        blocks.append(b.section(f"{against}: {figures(version.diff)}.", accessory=_closer(card)))
    if version.switch is not None:
        following = b.button("Review next", Action.REVIEW_NEXT, project) if version.switch.sent_back else None
        blocks.append(b.section(switched(version.switch, version.decided), accessory=following))
    return blocks


def switched(switch: Switch, decided: int) -> str:
    """How the texts came over; `decided` ones are approved for this version."""
    if not switch.done:
        return "Bringing your texts over …"
    parts = [f"{_texts(decided)} {'stands' if decided == 1 else 'stand'}"] if decided else []
    parts += [f"{switch.sent_back:,} went back to review, because the product changed"] if switch.sent_back else []
    parts += [f"{switch.set_aside:,} kept aside with the other version"] if switch.set_aside else []
    known = f"{switch.unplaced:,} of them are for prompts that are no more, and are still taught from"
    parts += [known] if switch.unplaced else []
    return f"Your texts: {'; '.join(parts)}." if parts else "No text had to change."


def resplits(card: CatalogCard) -> list[Block]:
    """One text per value or per product, although the catalog is in use; a dialog says what that changes."""
    return [_resplit(card, choice) for choice in card.lists[:SHOWN_SPLITS]]


def _resplit(card: CatalogCard, choice: ListChoice) -> Block:
    column = choice.column
    place = next(number for number, one in enumerate(card.columns) if one.name == column.column)
    now, other = ("value", "product") if choice.split else ("product", "value")
    texts, instead = (column.texts, column.rows) if choice.split else (column.rows, column.texts)
    words = (
        f"About {instead:,} texts instead of {texts:,}. A new round begins: prompts are counted again and need a "
        f"new yes.{_kept(card.version)}"
    )
    sure = b.confirm(f"One text per {other}?", words, "Change it", "Leave it")
    value = f"{card.id}:{place}:{'one' if choice.split else 'many'}"
    button = b.button(f"One per {other} instead: {instead:,}", Action.CATALOG_RESPLIT, value, confirm=sure)
    return b.section(f"'{_name(column.column)}': one text per {now}, {texts:,} in all.", accessory=button)


def _kept(version: VersionCard) -> str:
    return f" All {_texts(version.decided)} are kept and taught from." if version.decided else ""


# the window


def closer_modal(filename: str, diff: CatalogDiff) -> dict[str, Any]:
    """Examples: changed cells, new products, products that are gone."""
    blocks: list[Block] = [b.section(in_words(diff))]
    if diff.changes:
        blocks += [b.divider(), b.section(f"*{diff.changed:,} changed*{_some(len(diff.changes), diff.changed)}")]
        for change in diff.changes:
            lines = "\n".join(cell.words for cell in change.cells)
            blocks += [b.section(f"*{b.esc(change.product)}*"), b.quote(b.cut(lines, 1500))]
    blocks += _names("new", diff.new, diff.new_names) + _names("gone", diff.gone, diff.gone_names)
    return b.modal("What is different", "sorry", [b.context(_name(filename)), *blocks])


def _names(word: str, count: int, names: tuple[str, ...]) -> list[Block]:
    if not count:
        return []
    listed = "\n".join(f"• {name}" for name in names)
    return [b.divider(), b.section(f"*{count:,} {word}*{_some(len(names), count)}"), b.rich(listed)]


def _some(shown: int, count: int) -> str:
    return f", {shown} of them:" if shown < count else ":"


def changed_block(change: str) -> list[Block]:
    """On a text's card: why it came back to review."""
    if not change:
        return []
    return [b.section(":arrows_counterclockwise: *The product changed.* Does the text still fit?"), b.quote(change)]


def outdated_line(product: str) -> str:
    """In place of a card whose product the catalog has no more as it was."""
    return (
        f":file_cabinet: {b.esc(product)}: kept aside, because the catalog has a new version of this product or none."
    )


def _name(text: str) -> str:
    return b.esc(b.cut(text, NAME_LENGTH))
