"""Block Kit's limits, each met exactly and passed by one."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.local.workspace.errors import ApiError
from bot.local.workspace.limits import check_message_blocks, check_metadata, check_view

Json = dict[str, Any]
Build = Callable[[int], Any]


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(5), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(count: int, text: int = 5, value: int = 0) -> list[Json]:
    return [{"text": plain(text), "value": f"{number}".ljust(value, "v")} for number in range(count)]


def menu(**more: Any) -> Json:
    return {"type": "static_select", "options": options(2), **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain(5), "element": element, **more}


def section(length: int, **more: Any) -> Json:
    return {"type": "section", "text": plain(length), **more}


def markdown(length: int) -> Json:
    return {"type": "markdown", "text": "m" * length}


CONFIRM = {"title": plain(5), "text": plain(5), "confirm": plain(5), "deny": plain(5)}
TEXT_INPUT = {"type": "plain_text_input"}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}

MESSAGE_LIMITS: dict[str, tuple[int, Build]] = {
    "blocks": (50, lambda n: [{"type": "divider"}] * n),
    "section text": (3000, lambda n: [section(n)]),
    "fields": (10, lambda n: [{"type": "section", "fields": [plain(5)] * n}]),
    "field text": (2000, lambda n: [{"type": "section", "fields": [plain(n)]}]),
    "header": (150, lambda n: [{"type": "header", "text": plain(n)}]),
    "context elements": (10, lambda n: [{"type": "context", "elements": [plain(5)] * n}]),
    "actions elements": (25, lambda n: [actions(*[button()] * n)]),
    "image address": (3000, lambda n: [{**IMAGE, "image_url": "h" * n}]),
    "image alt text": (2000, lambda n: [{**IMAGE, "alt_text": "h" * n}]),
    "image title": (2000, lambda n: [{**IMAGE, "title": plain(n)}]),
    "button text": (75, lambda n: [actions(button(text=plain(n)))]),
    "button value": (2000, lambda n: [actions(button(value="v" * n))]),
    "button url": (3000, lambda n: [actions(button(url="u" * n))]),
    "button label": (75, lambda n: [actions(button(accessibility_label="u" * n))]),
    "options": (100, lambda n: [actions(menu(options=options(n)))]),
    "option text": (75, lambda n: [actions(menu(options=options(2, text=n)))]),
    "option value": (150, lambda n: [actions(menu(options=options(2, value=n)))]),
    "overflow options": (5, lambda n: [actions({"type": "overflow", "options": options(n)})]),
    "radio options": (10, lambda n: [actions({"type": "radio_buttons", "options": options(n)})]),
    "placeholder": (150, lambda n: [actions(menu(placeholder=plain(n)))]),
    "confirm title": (100, lambda n: [actions(button(confirm={**CONFIRM, "title": plain(n)}))]),
    "confirm text": (300, lambda n: [actions(button(confirm={**CONFIRM, "text": plain(n)}))]),
    "confirm button": (30, lambda n: [actions(button(confirm={**CONFIRM, "deny": plain(n)}))]),
    "block_id": (255, lambda n: [section(5, block_id="b" * n)]),
    "action_id": (255, lambda n: [actions(button(action_id="b" * n))]),
    "markdown": (12_000, lambda n: [markdown(n)]),
    "markdown together": (12_000, lambda n: [markdown(n - 6000), markdown(6000)]),
    "tables": (1, lambda n: [{"type": "table", "rows": [[{"type": "raw_text", "text": "c"}]]}] * n),
    "table rows": (100, lambda n: [{"type": "table", "rows": [[{"type": "raw_text", "text": "c"}]] * n}]),
    "table columns": (20, lambda n: [{"type": "table", "rows": [[{"type": "raw_text", "text": "c"}] * n]}]),
}  # fmt: skip

VIEW_LIMITS: dict[str, tuple[int, Callable[[int], Json]]] = {
    "blocks": (100, lambda n: {"blocks": [{"type": "divider"}] * n}),
    "title": (24, lambda n: {"title": plain(n)}),
    "submit": (24, lambda n: {"submit": plain(n)}),
    "close": (24, lambda n: {"close": plain(n)}),
    "private metadata": (3000, lambda n: {"private_metadata": "m" * n}),
    "callback_id": (255, lambda n: {"callback_id": "m" * n}),
    "input label": (2000, lambda n: {"blocks": [field(TEXT_INPUT, label=plain(n))]}),
    "input hint": (2000, lambda n: {"blocks": [field(TEXT_INPUT, hint=plain(n))]}),
    "input placeholder": (150, lambda n: {"blocks": [field({**TEXT_INPUT, "placeholder": plain(n)})]}),
    "input length": (3000, lambda n: {"blocks": [field({**TEXT_INPUT, "max_length": n})]}),
    "initial value": (3000, lambda n: {"blocks": [field({**TEXT_INPUT, "initial_value": "i" * n})]}),
    "files": (10, lambda n: {"blocks": [field({"type": "file_input", "max_files": n})]}),
    "checkboxes": (10, lambda n: {"blocks": [field({"type": "checkboxes", "options": options(n)})]}),
}


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(5), "submit": plain(5), "blocks": [section(5)], **more}


@pytest.mark.parametrize("name", MESSAGE_LIMITS)
def test_message_limit_is_met_but_not_passed(name: str) -> None:
    most, build = MESSAGE_LIMITS[name]

    check_message_blocks(build(most))
    with pytest.raises(ApiError, match="invalid_blocks"):
        check_message_blocks(build(most + 1))


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_view_limit_is_met_but_not_passed(name: str) -> None:
    most, build = VIEW_LIMITS[name]

    check_view(modal(**build(most)), "modal")
    with pytest.raises(ApiError, match="invalid_arguments"):
        check_view(modal(**build(most + 1)), "modal")


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


TEXT = {"type": "rich_text_section", "elements": [{"type": "text", "text": "a", "style": {"bold": True}}]}
GOOD = {
    "rich text": rich(
        TEXT,
        {"type": "rich_text_list", "style": "bullet", "elements": [TEXT], "indent": 1},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a"}], "border": 0},
        {"type": "rich_text_quote", "elements": [{"type": "link", "url": "https://example.com", "text": "a"}]},
    ),
    "accessory": section(5, accessory=menu(initial_option=options(2)[1])),
    "option groups": actions(
        {"type": "static_select", "option_groups": [{"label": plain(3), "options": options(2)}], "action_id": "a"}
    ),
    "context image": {"type": "context", "elements": [IMAGE, {"type": "mrkdwn", "text": "*a*"}]},
    "slack file": {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "Loss"},
    "feedback": {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "positive_button": {"text": plain(3), "value": "+"},
                "negative_button": {"text": plain(3), "value": "-"},
            }
        ],
    },
    "container": {"type": "container", "title": plain(5), "child_blocks": [section(5)], "is_collapsible": True},
}
BAD = {
    "null": None,
    "unknown block": {"type": "sections", "text": plain(5)},
    "no type": {"text": plain(5)},
    "section without anything": {"type": "section"},
    "empty text": section(0),
    "field of another block": {"type": "divider", "text": plain(5)},
    "header in mrkdwn": {"type": "header", "text": {"type": "mrkdwn", "text": "a"}},
    "button without text": actions({"type": "button", "value": "1"}),
    "button style": actions(button(style="green")),
    "text input outside of an input block": actions(TEXT_INPUT),
    "menu without options": actions({"type": "static_select"}),
    "initial option that is not offered": actions(menu(initial_option={"text": plain(5), "value": "z"})),
    "two options with one value": actions(menu(options=options(1) * 2)),
    "empty actions": actions(),
    "image without source": {"type": "image", "alt_text": "a"},
    "image without alt text": {"type": "image", "image_url": "https://example.com/a.png"},
    "alert outside of a modal": {"type": "alert", "text": plain(5)},
    "file input in a message": field({"type": "file_input"}),
    "emoji flag in mrkdwn": {"type": "section", "text": {"type": "mrkdwn", "text": "a", "emoji": True}},
    "uneven table": {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": "c"}], [{"type": "raw_text", "text": "c"}] * 2],
    },
    "empty rich text": {"type": "rich_text", "elements": []},
    "bare text in rich text": rich({"type": "text", "text": "a"}),
    "same action twice in a block": actions(button(action_id="a"), button(action_id="a")),
    "nested unknown": {"type": "container", "child_blocks": [{"type": "nothing"}]},
}


@pytest.mark.parametrize("name", GOOD)
def test_good_block_is_accepted(name: str) -> None:
    check_message_blocks([GOOD[name]])


def test_one_action_id_may_be_used_in_several_blocks_but_not_one_block_id() -> None:
    check_message_blocks([actions(button(action_id="open")), actions(button(action_id="open"))])

    with pytest.raises(ApiError) as refused:
        check_message_blocks([section(5, block_id="b"), section(5, block_id="b")])
    assert "block_id 'b' already exists" in refused.value.body["response_metadata"]["messages"][0]


@pytest.mark.parametrize("name", BAD)
def test_bad_block_is_refused_with_its_place(name: str) -> None:
    with pytest.raises(ApiError, match="invalid_blocks") as refused:
        check_message_blocks([section(5), BAD[name]])

    assert "[json-pointer:/blocks" in refused.value.body["response_metadata"]["messages"][0]


@pytest.mark.parametrize(
    "view",
    [
        {"type": "home", "title": plain(5), "blocks": []},
        {"type": "modal", "blocks": []},
        modal(submit=None),
        {key: value for key, value in modal(blocks=[field(TEXT_INPUT)]).items() if key != "submit"},
        modal(blocks=[{"type": "markdown", "text": "messages only"}]),
        modal(blocks=[field(button())]),
        modal(blocks=[field({"type": "plain_text_input", "min_length": 5, "max_length": 4})]),
        modal(blocks=[section(5, block_id="b"), field(TEXT_INPUT, block_id="b")]),
    ],
)
def test_bad_view_is_refused(view: Json) -> None:
    with pytest.raises(ApiError, match="invalid_arguments"):
        check_view(view, "modal")


def test_alert_belongs_in_a_modal() -> None:
    check_view(modal(blocks=[{"type": "alert", "text": plain(5), "level": "warning"}]), "modal")


def test_all_text_of_a_message_together_is_limited() -> None:
    check_message_blocks([section(3000)] * 4)

    with pytest.raises(ApiError, match="msg_blocks_too_long"):
        check_message_blocks([section(3000)] * 5)


WORDS = ("type", "text", "elements", "element", "options", "value", "block_id", "blocks", "rows", "title", "accessory")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(JSON_VALUES, st.sampled_from(sorted(GOOD)), st.sampled_from(WORDS))
def test_any_nonsense_is_refused_in_words_or_accepted_but_never_breaks_the_check(
    nonsense: Any, name: str, key: str
) -> None:
    with suppress(ApiError):
        check_message_blocks([{**GOOD[name], key: nonsense}, nonsense])
    with suppress(ApiError):
        check_view({**modal(), key: nonsense}, "modal")


def test_metadata_must_be_small() -> None:
    check_metadata({"event_type": "a", "event_payload": {"key": "k"}})

    with pytest.raises(ApiError, match="metadata_too_large"):
        check_metadata({"event_type": "a", "event_payload": {"text": "t" * 9000}})
