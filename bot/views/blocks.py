"""The Block Kit vocabulary, with Slack's limits kept (docs.slack.dev, reference/block-kit). Blocks are plain dicts.

Three doors for words: `mrkdwn` for our own formatting with data escaped by `esc`, `plain` and `rich` for data as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.message import Block

SECTION_TEXT = 3000
FIELD_TEXT = 2000
HEADER_TEXT = 150
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
OPTION_TEXT = 75
OPTION_VALUE = 150
MODAL_TITLE = 24
INPUT_TEXT = 3000
MESSAGE_BLOCKS = 50
# chat.update refuses a longer top-level text.
MESSAGE_TEXT = 4000
# A message of legal blocks was refused at about 13,200 characters; stay well below.
MESSAGE_CHARACTERS = 9000


CENT = 0.01


def esc(text: str) -> str:
    """Data inside mrkdwn or top-level text: the three characters that Slack reads as control."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last one an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def mrkdwn(text: str) -> dict[str, Any]:
    """A text object in Slack's markup. Data in it went through `esc`."""
    return {"type": "mrkdwn", "text": cut(text, SECTION_TEXT)}


def plain(text: str, limit: int = SECTION_TEXT) -> dict[str, Any]:
    """A text object shown as it is; emoji names stay names."""
    return {"type": "plain_text", "text": cut(text, limit) or " ", "emoji": False}


def section(text: str, *, accessory: dict[str, Any] | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text)}
    return block | ({"accessory": accessory} if accessory else {})


def fields(pairs: Sequence[tuple[str, str]]) -> Block:
    """Up to ten label and value pairs, side by side."""
    shown = [mrkdwn(cut(f"*{esc(label)}*\n{esc(value) or '—'}", FIELD_TEXT)) for label, value in pairs[:10]]
    return {"type": "section", "fields": shown}


def besides_its_name(product: str, facts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """A product's facts without the one that the title says already."""
    return [(label, value) for label, value in facts if value.strip() != product.strip()]


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER_TEXT)}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:10]]}


def divider() -> Block:
    return {"type": "divider"}


def rich(text: str) -> Block:
    """Somebody's words, exactly: no markup is read in them, nobody is mentioned by them."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text or " "}]}],
    }


def quote(text: str) -> Block:
    """A text of a model or a person, set apart and exactly as it is."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": text or " "}]}],
    }


def button(label: str, action: str, value: str = "", *, style: str = "", confirm: Block | None = None) -> Block:
    """`style` is primary, danger or nothing. `value` holds ids."""
    made: Block = {"type": "button", "text": {"type": "plain_text", "text": cut(label, BUTTON_TEXT), "emoji": True}}
    made |= {"action_id": action, "value": cut(value, BUTTON_VALUE)} if value else {"action_id": action}
    return made | ({"style": style} if style else {}) | ({"confirm": confirm} if confirm else {})


def confirm(title: str, text: str, yes: str, no: str = "Not now") -> Block:
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def actions(*elements: Block, block_id: str = "") -> Block:
    """A row of buttons. The same action twice in a row needs different ids, as `action:suffix`."""
    return {"type": "actions", "elements": list(elements[:25])} | ({"block_id": block_id} if block_id else {})


def option(label: str, value: str) -> Block:
    return {"text": plain(label, OPTION_TEXT), "value": cut(value, OPTION_VALUE)}


def select(action: str, options: Sequence[Block], *, chosen: str = "", placeholder: str = "") -> Block:
    made: Block = {"type": "static_select", "action_id": action, "options": list(options[:100])}
    initial = next((o for o in options if o["value"] == chosen), None) if chosen else None
    made |= {"initial_option": initial} if initial else {}
    return made | ({"placeholder": plain(placeholder, 150)} if placeholder else {})


def overflow(action: str, options: Sequence[Block]) -> Block:
    return {"type": "overflow", "action_id": action, "options": list(options[:5])}


def text_input(
    action: str,
    *,
    value: str = "",
    multiline: bool = False,
    placeholder: str = "",
    max_length: int = INPUT_TEXT,
) -> Block:
    made: Block = {"type": "plain_text_input", "action_id": action, "multiline": multiline, "max_length": max_length}
    made |= {"initial_value": cut(value, max_length)} if value else {}
    return made | ({"placeholder": plain(placeholder, 150)} if placeholder else {})


def asked(label: str, element: Block, *, block_id: str, hint: str = "", optional: bool = False) -> Block:
    """An input block with its label; `block_id` is the field's name in forms and errors."""
    made: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    return made | {"optional": optional} | ({"hint": plain(hint, 2000)} if hint else {})


def modal(
    title: str, callback: str, blocks: Sequence[Block], *, submit: str = "", close: str = "Close", metadata: str = ""
) -> dict[str, Any]:
    """A modal view. `metadata` holds ids only."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, MODAL_TITLE),
        "close": plain(close, MODAL_TITLE),
        "blocks": list(blocks[:100]),
        "private_metadata": metadata,
    }
    return view | ({"submit": plain(submit, MODAL_TITLE)} if submit else {})


def bar(part: int, whole: int, width: int = 20) -> str:
    """A bar of text with its figure, such as `████░░░░ 12 of 60`."""
    done = width if whole <= 0 else min(width, round(width * part / whole))
    return f"`{'█' * done}{'░' * (width - done)}` {part} of {whole}"


def price(usd: float | None) -> str:
    """Money in words: `price unknown`, `under 1 cent`, `$0.42`."""
    if usd is None:
        return "price unknown"
    if usd == 0:
        return "free"
    return "under 1 cent" if usd < CENT else f"${usd:,.2f}"


def about(usd: float | None) -> str:
    """An estimate in words: `about $0.42`, and what needs no "about" without it."""
    return f"about {price(usd)}" if usd and usd >= CENT else price(usd)


def date_token(seconds: float, fallback: str) -> str:
    """A time that Slack shows in the reader's own zone."""
    return f"<!date^{int(seconds)}^{{date_short_pretty}} {{time}}|{fallback}>"
