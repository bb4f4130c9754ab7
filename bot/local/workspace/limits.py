"""Block Kit's blocks with their limits, and the checks of whole messages and views."""

from collections.abc import Mapping
from typing import Any

from bot.local.workspace import forms
from bot.local.workspace.elements import BUTTON, IMAGE, KIND, RICH_TEXT, SLACK_FILE, URL, elements, plain, text
from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.shapes import Anything, Bool, ByType, Chars, Fields, Items, Later, Problems, Shape, Whole, say

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_ATTACHMENTS = 100
# Not documented; Slack was seen to refuse a message at about this much text over all of its blocks.
MAX_BLOCK_TEXT = 13_200
MAX_MARKDOWN_TEXT = 12_000
MAX_UPDATE_TEXT = 4_000
MAX_POST_TEXT = 40_000
# Slack has `metadata_too_large` but publishes no number; ours is low enough to keep payloads to ids.
MAX_METADATA_JSON = 8_000

_ID: dict[str, Shape] = {"block_id": Chars(255)}
_TITLE = plain(2000)
_MENUS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
_MULTI_MENUS = tuple(f"multi_{name}" for name in _MENUS)
_BOXES = ("checkboxes", "radio_buttons")
_TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input")
_INPUTS = (*_TYPED, *_BOXES, *_MENUS, *_MULTI_MENUS, "datepicker", "timepicker", "datetimepicker", "file_input")
_ACCESSORIES = (
    "button", "image", "overflow", *_MENUS, *_MULTI_MENUS, *_BOXES, "datepicker", "timepicker", "feedback_buttons",
)  # fmt: skip
_ACTIONS = ("button", "overflow", *_MENUS, *_BOXES, "datepicker", "timepicker", "datetimepicker")


def _block(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None, **rest: Any) -> Fields:
    return Fields({"type": KIND, **required}, {**_ID, **(optional or {})}, **rest)


def _text_or_fields(value: Json, at: str, problems: Problems) -> None:
    if "text" not in value and "fields" not in value:
        say(problems, at, "must have at least one of: text, fields")


def _image_source(value: Json, at: str, problems: Problems) -> None:
    if ("image_url" in value) is ("slack_file" in value):
        say(problems, at, "must have exactly one of: image_url, slack_file")


def _equal_rows(value: Json, at: str, problems: Problems) -> None:
    rows = value.get("rows")
    if isinstance(rows, list) and len({len(row) for row in rows if isinstance(row, list)}) > 1:
        say(problems, f"{at}/rows", "all rows must have the same number of cells")


_CELL = ByType(
    {
        "raw_text": Fields({"type": KIND, "text": Chars(3000)}),
        "raw_number": Fields({"type": KIND, "value": Anything()}, {"text": Chars(3000)}),
        "rich_text": RICH_TEXT,
    }
)
_TASK_STATES = ("pending", "in_progress", "complete", "error")
_EVERYWHERE: dict[str, Shape] = {
    "section": _block(
        {},
        {
            "text": text(3000),
            "fields": Items(text(2000), 10, 1),
            "accessory": elements(*_ACCESSORIES),
            "expand": Bool(),
        },
        also=_text_or_fields,
    ),
    "divider": _block({}),
    "header": _block({"text": plain(150)}),
    "context": _block({"elements": Items(ByType({**text(3000).shapes, "image": IMAGE}), 10, 1)}),
    "actions": _block({"elements": Items(elements(*_ACTIONS), 25, 1)}),
    "image": _block(
        {"alt_text": Chars(2000)}, {"image_url": URL, "slack_file": SLACK_FILE, "title": _TITLE}, also=_image_source
    ),
    "rich_text": RICH_TEXT,
    "input": _block(
        {"label": plain(2000), "element": elements(*_INPUTS)},
        {"hint": plain(2000), "optional": Bool(), "dispatch_action": Bool()},
    ),
    "video": _block(
        {"alt_text": Chars(2000), "title": plain(200), "thumbnail_url": URL, "video_url": URL},
        {
            "author_name": Chars(50),
            "description": plain(200),
            "provider_icon_url": URL,
            "provider_name": Chars(100),
            "title_url": URL,
        },
    ),
    "container": _block(
        {"child_blocks": Items(Later(lambda: ByType(MESSAGE_BLOCKS)), 10, 1)},
        {
            "title": plain(150),
            "rich_text_title": RICH_TEXT,
            "subtitle": text(150),
            "width": Chars(20),
            "icon": Anything(),
            "is_collapsible": Bool(),
            "default_collapsed": Bool(),
            "has_header_divider": Bool(),
        },
    ),
}
_CARD = _block(
    {},
    {
        "hero_image": IMAGE,
        "icon": IMAGE,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "actions": Items(BUTTON, 5),
    },
)
MESSAGE_BLOCKS: dict[str, Shape] = {
    **_EVERYWHERE,
    "markdown": _block({"text": Chars(MAX_MARKDOWN_TEXT, least=1)}),
    "context_actions": _block({"elements": Items(elements("feedback_buttons", "icon_button"), 5, 1)}),
    "table": _block(
        {"rows": Items(Items(_CELL, 20, 1), 100, 1)}, {"column_settings": Items(Anything(), 20)}, also=_equal_rows
    ),
    "data_table": _block(
        {"rows": Items(Items(_CELL, 20, 1), 101, 2), "caption": Anything()},
        {"page_size": Whole(1, 100), "column_settings": Items(Anything(), 20)},
        also=_equal_rows,
    ),
    "data_visualization": _block(
        {"chart": Anything()}, {"title": Chars(50), "caption": Anything(), "alt_text": Chars(2000)}
    ),
    "card": _CARD,
    "carousel": _block({"elements": Items(ByType({"card": _CARD}), 10, 1)}),
    "task_card": _block(
        {"task_id": Chars(255, least=1), "title": Chars(256, least=1)},
        {
            "details": RICH_TEXT,
            "output": RICH_TEXT,
            "sources": Items(Anything(), 20),
            "status": Chars(20, among=_TASK_STATES),
        },
    ),
    "plan": _block({"title": Chars(256, least=1)}, {"tasks": Items(Anything(), 50)}),
}
MODAL_BLOCKS: dict[str, Shape] = {
    **_EVERYWHERE,
    "alert": _block(
        {"text": text(3000)}, {"level": Chars(20, among=("default", "info", "warning", "error", "success"))}
    ),
}
HOME_BLOCKS: dict[str, Shape] = _EVERYWHERE
# One message holds at most this many blocks of a kind.
AT_MOST_IN_MESSAGE = {"table": 1, "data_visualization": 2}

_VIEW: dict[str, Shape] = {
    "callback_id": Chars(255),
    "external_id": Chars(255),
    "private_metadata": Chars(3000),
}
MODAL = Fields(
    {"type": KIND, "title": plain(24), "blocks": Items(ByType(MODAL_BLOCKS), MAX_VIEW_BLOCKS)},
    {
        **_VIEW,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": Bool(),
        "notify_on_close": Bool(),
        "submit_disabled": Bool(),
    },
)
HOME = Fields({"type": KIND, "blocks": Items(ByType(HOME_BLOCKS), MAX_VIEW_BLOCKS)}, _VIEW)
ATTACHMENT_BLOCKS = Items(ByType(MESSAGE_BLOCKS), MAX_MESSAGE_BLOCKS)


def check_message_blocks(blocks: Any) -> None:
    """Raises `invalid_blocks` with every problem, `invalid_blocks_format` or `msg_blocks_too_long`."""
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format", "must be an array [json-pointer:/blocks]")
    problems: Problems = []
    Items(ByType(MESSAGE_BLOCKS), MAX_MESSAGE_BLOCKS).check(blocks, "/blocks", problems)
    if not problems:
        _check_ids(blocks, "/blocks", problems)
        _check_message_totals(blocks, problems)
    if problems:
        raise ApiError("invalid_blocks", *problems, errors=problems)
    if (total := sum(_texts(blocks))) > MAX_BLOCK_TEXT:
        raise ApiError("msg_blocks_too_long", f"{total} characters of text in blocks [json-pointer:/blocks]")


def _check_message_totals(blocks: list[Json], problems: Problems) -> None:
    for kind, most in AT_MOST_IN_MESSAGE.items():
        if sum(block["type"] == kind for block in blocks) > most:
            say(problems, "/blocks", f"no more than {most} {kind} block(s) allowed in a message")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MAX_MARKDOWN_TEXT:
        say(problems, "/blocks", f"all markdown blocks together must be less than {MAX_MARKDOWN_TEXT + 1} characters")
    if any(element["type"] == "file_input" for _, element in forms.elements(blocks)):
        say(problems, "/blocks", "unsupported element in a message: file_input")


def _check_ids(blocks: list[Json], at: str, problems: Problems) -> None:
    """No two blocks share a block_id, no two elements of a block an action_id."""
    _check_unique([block["block_id"] for block in blocks if "block_id" in block], "block_id", at, problems)
    for index, block in enumerate(blocks):
        named = [element["action_id"] for _, element in forms.elements([block]) if "action_id" in element]
        _check_unique(named, "action_id", f"{at}/{index}", problems)


def _check_unique(ids: list[str], name: str, at: str, problems: Problems) -> None:
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        say(problems, at, f"{name} {twice!r} already exists; each must be unique")


def _texts(node: Any) -> list[int]:
    """Lengths of all visible text."""
    if isinstance(node, list):
        return [length for item in node for length in _texts(item)]
    if not isinstance(node, dict):
        return []
    own = [len(node["text"])] if isinstance(node.get("text"), str) else []
    return own + [length for key, part in node.items() if key != "text" or not own for length in _texts(part)]


def check_view(view: Any, kind: str) -> None:
    """A modal or home view. Raises `invalid_arguments` with every problem."""
    problems: Problems = []
    if not isinstance(view, dict) or view.get("type") != kind:
        raise ApiError("invalid_arguments", f"must be a view of type {kind} [json-pointer:/view/type]")
    (MODAL if kind == "modal" else HOME).check(view, "/view", problems)
    if not problems:
        _check_ids(view["blocks"], "/view/blocks", problems)
        _check_submit(view, problems)
    if problems:
        raise ApiError("invalid_arguments", *problems)


def _check_submit(view: Json, problems: Problems) -> None:
    has_input = any(block["type"] == "input" for block in view["blocks"])
    if view["type"] == "modal" and has_input and not view.get("submit"):
        say(problems, "/view/submit", "missing required field: submit (the view has input blocks)")


def slack_file_ids(blocks: Any) -> list[str]:
    """Ids of the uploaded files that image blocks and elements show."""
    if isinstance(blocks, list):
        return [file_id for block in blocks for file_id in slack_file_ids(block)]
    if not isinstance(blocks, dict):
        return []
    own = [str(blocks["slack_file"]["id"])] if "id" in blocks.get("slack_file", {}) else []
    return own + [file_id for part in blocks.values() for file_id in slack_file_ids(part)]


def check_metadata(metadata: Any) -> None:
    """Raises `invalid_metadata_format` or `metadata_too_large`."""
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise ApiError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_format")
    if len(str(metadata)) > MAX_METADATA_JSON:
        raise ApiError("metadata_too_large")
