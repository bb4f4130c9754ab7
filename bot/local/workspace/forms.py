"""The fields of a message or view: their ids, their values, and what a person has left out."""

import copy
import secrets
from collections.abc import Iterator

from bot.local.workspace.errors import Json

# Element type -> (key of its value in state, key of its initial value)
VALUE_KEYS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "initial_files"),
}
LISTS = frozenset(kind for kind, (key, _) in VALUE_KEYS.items() if key.endswith("s"))
STATIC_OPTIONS = frozenset({"static_select", "radio_buttons", "checkboxes", "multi_static_select", "overflow"})
REQUIRED = "Please complete this required field."


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy in which every block and every interactive element has an id, as Slack fills them in."""
    filled = copy.deepcopy(blocks)
    for block in filled:
        block.setdefault("block_id", secrets.token_urlsafe(4))
    for _, element in elements(filled):
        if element["type"] != "image":
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return filled


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each element that can be acted on, with its block; looks into containers."""
    for block in blocks:
        held = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        if block["type"] in ("actions", "context_actions", "section", "input", "card"):
            yield from ((block, element) for element in [*held, *block.get("actions", [])] if element)
        yield from elements(block.get("child_blocks", []))


def find(blocks: list[Json], block_id: str | None, action_id: str | None) -> tuple[Json, Json] | None:
    for block, element in elements(blocks):
        if (block["block_id"], element.get("action_id")) == (block_id, action_id):
            return block, element
    return None


def values(blocks: list[Json], typed: Json) -> Json:
    """`state.values`: what was typed, else the initial value, else empty. Unknown ids are dropped."""
    state: Json = {}
    for block, element in elements(blocks):
        if element["type"] in VALUE_KEYS:
            given = typed.get(block["block_id"], {}).get(element["action_id"])
            state.setdefault(block["block_id"], {})[element["action_id"]] = _value(element, given)
    return state


def _value(element: Json, given: Json | None) -> Json:
    key, initial = VALUE_KEYS[element["type"]]
    empty: list[Json] | None = [] if element["type"] in LISTS else None
    if given is None:
        return {"type": element["type"], key: element.get(initial, empty)}
    value = given.get(key)
    return {"type": element["type"], key: empty if value in ("", None) else value}


def complaints(blocks: list[Json], state: Json) -> dict[str, str]:
    """What the form itself refuses before the app sees it: block id -> sentence."""
    found: dict[str, str] = {}
    for block in (block for block in blocks if block["type"] == "input"):
        element = block["element"]
        value = state[block["block_id"]][element["action_id"]][VALUE_KEYS[element["type"]][0]]
        problem = _complaint(element, value, optional=bool(block.get("optional")))
        if problem:
            found[block["block_id"]] = problem
    return found


def _complaint(element: Json, value: object, *, optional: bool) -> str | None:
    if not value:
        return None if optional else REQUIRED
    if isinstance(value, str) and element["type"] == "plain_text_input":
        shortest, longest = element.get("min_length", 0), element.get("max_length", 3000)
        if len(value) < shortest:
            return f"Please enter at least {shortest} characters."
        if len(value) > longest:
            return f"Please enter at most {longest} characters."
    if element["type"] == "number_input":
        return _number_complaint(element, str(value))
    return None


def _number_complaint(element: Json, value: str) -> str | None:
    try:
        number = float(value) if element.get("is_decimal_allowed") else int(value)
    except ValueError:
        return "Please enter a number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter a number that is at least {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter a number that is at most {element['max_value']}."
    return None
