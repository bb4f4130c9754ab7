"""Finding one's way on a Block Kit surface: buttons by their text, fields by their id."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

_TEXT = "value"
_KEYS = {
    "plain_text_input": _TEXT,
    "email_text_input": _TEXT,
    "url_text_input": _TEXT,
    "number_input": _TEXT,
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
}


@dataclass(frozen=True)
class Element:
    block_id: str
    body: Json

    @property
    def address(self) -> Json:
        return {"type": self.body["type"], "block_id": self.block_id, "action_id": self.body.get("action_id", "")}


def elements(blocks: Sequence[Json]) -> Iterator[Element]:
    for block in blocks:
        held = [*block.get("elements", []), block.get("accessory"), block.get("element"), *block.get("actions", [])]
        interactive = block["type"] in ("actions", "context_actions", "section", "input", "card")
        for body in held if interactive else []:
            if body:
                yield Element(block.get("block_id", ""), body)
        yield from elements(block.get("child_blocks", []))


def find_button(blocks: Sequence[Json], name: str) -> Element | None:
    """By exact action id or text first, then by how one of them begins."""
    everything = list(elements(blocks))
    exact = (one for one in everything if name in (one.body.get("action_id"), label(one.body)))
    begins = (one for one in everything if _begins(one.body.get("action_id"), name) or _begins(label(one.body), name))
    return next(exact, None) or next(begins, None)


def _begins(text: str | None, name: str) -> bool:
    return bool(text) and str(text).startswith(name)


def label(body: Json) -> str | None:
    text = body.get("text")
    return text.get("text") if isinstance(text, dict) else None


def fields(blocks: Sequence[Json]) -> dict[str, Element]:
    """Fields that can be filled in, each under its block id and under its action id."""
    known: dict[str, Element] = {}
    for one in elements(blocks):
        if one.body["type"] in _KEYS:
            known.setdefault(one.block_id, one)
            known.setdefault(one.body.get("action_id", ""), one)
    return known


def option_for(body: Json, choose: str | list[str] | None) -> Json:
    """What a click on a menu adds to the action."""
    if choose is None or body["type"] == "button":
        return {}
    if body["type"] == "feedback_buttons":
        return {"value": choose}
    return {key: value for key, value in typed_value(body, choose).items() if key != "type"}


def typed_value(body: Json, value: Any) -> Json:
    """The state entry of a field for a plain Python value."""
    kind = body["type"]
    key = _KEYS[kind]
    if key == "selected_option":
        value = None if value is None else pick(body, value)
    elif key == "selected_options":
        value = [pick(body, one) for one in ([value] if isinstance(value, str) else value)]
    elif key.endswith("s") and isinstance(value, str):
        value = [value]
    return {"type": kind, key: str(value) if kind == "number_input" else value}


def pick(body: Json, wanted: str) -> Json:
    """The option with this value or this text. Raises LookupError naming what there is."""
    grouped = [option for group in body.get("option_groups", []) for option in group["options"]]
    options = [*body.get("options", []), *grouped]
    for option in options:
        if wanted in (option["value"], option["text"]["text"]):
            return dict(option)
    raise LookupError(f"no option {wanted!r}; there is {', '.join(option['text']['text'] for option in options)}")
