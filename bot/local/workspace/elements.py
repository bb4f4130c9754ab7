"""Block Kit's composition objects and elements with their limits, as tables."""

from bot.local.workspace.errors import Json
from bot.local.workspace.shapes import Anything, Bool, ByType, Chars, Fields, Items, Problems, Shape, Whole, say

ID = Chars(255, least=1)
KIND = Chars(100)
URL = Chars(3000, least=1)
DATE = Chars(10, least=10)


def plain(most: int, least: int = 1) -> Fields:
    return Fields({"type": Chars(20, among=("plain_text",)), "text": Chars(most, least)}, {"emoji": Bool()})


def text(most: int, least: int = 1) -> ByType:
    """plain_text or mrkdwn."""
    mrkdwn = Fields({"type": KIND, "text": Chars(most, least)}, {"verbatim": Bool()})
    return ByType({"plain_text": plain(most, least), "mrkdwn": mrkdwn})


CONFIRM = Fields(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": Chars(10, among=("primary", "danger"))},
)
OPTION = Fields({"text": text(75), "value": Chars(150, least=1)}, {"description": text(75), "url": URL})
PLAIN_OPTION = Fields({"text": plain(75), "value": Chars(150, least=1)}, {"description": plain(75), "url": URL})
OPTION_GROUP = Fields({"label": plain(75), "options": Items(PLAIN_OPTION, 100, 1)})
DISPATCH = Fields({"trigger_actions_on": Items(Chars(30, among=("on_enter_pressed", "on_character_entered")), 2, 1)})
SLACK_FILE = Fields({}, {"id": Chars(100), "url": URL})
FILTER = Fields(
    {},
    {
        "include": Items(Chars(10, among=("im", "mpim", "private", "public")), 4, 1),
        "exclude_external_shared_channels": Bool(),
        "exclude_bot_users": Bool(),
    },
)
COMMON: dict[str, Shape] = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": Bool()}
PLACEHOLDER: dict[str, Shape] = {"placeholder": plain(150)}


def _image_source(value: Json, at: str, problems: Problems) -> None:
    if ("image_url" in value) is ("slack_file" in value):
        say(problems, at, "must have exactly one of: image_url, slack_file")


def _choices(value: Json, at: str, problems: Problems) -> None:
    if ("options" in value) is ("option_groups" in value):
        say(problems, at, "must have exactly one of: options, option_groups")
    _initial_is_offered(value, at, problems)


def _initial_is_offered(value: Json, at: str, problems: Problems) -> None:
    groups = [group for group in value.get("option_groups") or [] if isinstance(group, dict)]
    offered = [*(value.get("options") or []), *(option for group in groups for option in group.get("options") or [])]
    initial = value.get("initial_options") or ([value["initial_option"]] if "initial_option" in value else [])
    for option in initial:
        if option not in offered:
            say(problems, at, "initial option(s) must be among the options")
    seen = [option.get("value") for option in offered if isinstance(option, dict)]
    if len(seen) != len(set(seen)):
        say(problems, at, "option values must be unique")


def _length_order(value: Json, at: str, problems: Problems) -> None:
    shortest, longest = value.get("min_length"), value.get("max_length")
    if isinstance(shortest, int) and isinstance(longest, int) and shortest > longest:
        say(problems, at, "min_length must be less than or equal to max_length")


BUTTON = Fields(
    {"type": KIND, "text": plain(75)},
    {
        "action_id": ID,
        "value": Chars(2000),
        "url": URL,
        "style": Chars(10, among=("primary", "danger")),
        "confirm": CONFIRM,
        "accessibility_label": Chars(75),
        "visible_to_user_ids": Items(Chars(30), 10),
        "agent_prompt": Anything(),
    },
)
IMAGE = Fields(
    {"type": KIND, "alt_text": Chars(2000)},
    {"image_url": URL, "slack_file": SLACK_FILE},
    also=_image_source,
)
FEEDBACK_CHOICE = Fields({"text": plain(75), "value": Chars(2000)}, {"accessibility_label": Chars(75)})


def _select(**extra: Shape) -> Fields:
    return Fields({"type": KIND}, {**COMMON, **PLACEHOLDER, **extra})


def _static(*, many: bool) -> Fields:
    initial: dict[str, Shape] = (
        {"initial_options": Items(PLAIN_OPTION, 100, 1), "max_selected_items": Whole(1)}
        if many
        else {"initial_option": PLAIN_OPTION}
    )
    offered = {"options": Items(PLAIN_OPTION, 100, 1), "option_groups": Items(OPTION_GROUP, 100, 1)}
    return Fields({"type": KIND}, {**COMMON, **PLACEHOLDER, **initial, **offered}, also=_choices)


def _boxes(initial: str, shape: Shape) -> Fields:
    """Checkboxes and radio buttons: at most ten."""
    return Fields({"type": KIND, "options": Items(OPTION, 10, 1)}, {**COMMON, initial: shape}, also=_initial_is_offered)


def _typed(longest: int, **extra: Shape) -> Fields:
    shared = {**COMMON, **PLACEHOLDER, "initial_value": Chars(longest), "dispatch_action_config": DISPATCH, **extra}
    return Fields({"type": KIND}, {name: shape for name, shape in shared.items() if name != "confirm"}, _length_order)


_MANY: dict[str, Shape] = {"max_selected_items": Whole(1)}
_CONVERSATIONS: dict[str, Shape] = {"default_to_current_conversation": Bool(), "filter": FILTER}
_RESPONSE_URL: dict[str, Shape] = {"response_url_enabled": Bool()}
LONGEST_INPUT = 3000

ELEMENTS: dict[str, Shape] = {
    "button": BUTTON,
    "image": IMAGE,
    "overflow": Fields({"type": KIND, "options": Items(PLAIN_OPTION, 5, 1)}, {"action_id": ID, "confirm": CONFIRM}),
    "static_select": _static(many=False),
    "multi_static_select": _static(many=True),
    "external_select": _select(initial_option=PLAIN_OPTION, min_query_length=Whole()),
    "multi_external_select": _select(initial_options=Items(PLAIN_OPTION, 100, 1), min_query_length=Whole(), **_MANY),
    "users_select": _select(initial_user=Chars(30)),
    "multi_users_select": _select(initial_users=Items(Chars(30), 100), **_MANY),
    "conversations_select": _select(initial_conversation=Chars(30), **_CONVERSATIONS, **_RESPONSE_URL),
    "multi_conversations_select": _select(initial_conversations=Items(Chars(30), 100), **_CONVERSATIONS, **_MANY),
    "channels_select": _select(initial_channel=Chars(30), **_RESPONSE_URL),
    "multi_channels_select": _select(initial_channels=Items(Chars(30), 100), **_MANY),
    "datepicker": _select(initial_date=DATE),
    "timepicker": _select(initial_time=Chars(5, least=5), timezone=Chars(60)),
    "datetimepicker": _select(initial_date_time=Whole()),
    "checkboxes": _boxes("initial_options", Items(OPTION, 10, 1)),
    "radio_buttons": _boxes("initial_option", OPTION),
    "plain_text_input": _typed(
        LONGEST_INPUT, multiline=Bool(), min_length=Whole(0, LONGEST_INPUT), max_length=Whole(1, LONGEST_INPUT)
    ),
    "email_text_input": _typed(LONGEST_INPUT),
    "url_text_input": _typed(LONGEST_INPUT),
    "number_input": Fields(
        {"type": KIND, "is_decimal_allowed": Bool()},
        {
            **{name: shape for name, shape in COMMON.items() if name != "confirm"},
            **PLACEHOLDER,
            "initial_value": Chars(100),
            "min_value": Chars(100),
            "max_value": Chars(100),
            "dispatch_action_config": DISPATCH,
        },
    ),
    "rich_text_input": Fields(
        {"type": KIND},
        {
            "action_id": ID,
            **PLACEHOLDER,
            "focus_on_load": Bool(),
            "initial_value": Anything(),
            "dispatch_action_config": DISPATCH,
        },
    ),
    "file_input": Fields(
        {"type": KIND}, {"action_id": ID, "filetypes": Items(Chars(20), 50), "max_files": Whole(1, 10)}
    ),
    "feedback_buttons": Fields(
        {"type": KIND, "positive_button": FEEDBACK_CHOICE, "negative_button": FEEDBACK_CHOICE}, {"action_id": ID}
    ),
    "icon_button": Fields(
        {"type": KIND, "icon": Chars(20, among=("trash",)), "text": plain(75)},
        {
            "action_id": ID,
            "value": Chars(2000),
            "confirm": CONFIRM,
            "accessibility_label": Chars(75),
            "visible_to_user_ids": Items(Chars(30), 10),
        },
    ),
}


def elements(*names: str) -> ByType:
    return ByType({name: ELEMENTS[name] for name in names})


STYLE = Fields(
    {}, {name: Bool() for name in ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight")}
)
_INLINE = ByType(
    {
        "text": Fields({"type": KIND, "text": Chars(12_000, least=1)}, {"style": STYLE}),
        "link": Fields({"type": KIND, "url": URL}, {"text": Chars(3000), "unsafe": Bool(), "style": STYLE}),
        "emoji": Fields({"type": KIND, "name": Chars(100, least=1)}, {"unicode": Chars(100), "skin_tone": Whole(1, 6)}),
        "user": Fields({"type": KIND, "user_id": Chars(30, least=1)}, {"style": STYLE}),
        "channel": Fields({"type": KIND, "channel_id": Chars(30, least=1)}, {"style": STYLE}),
        "usergroup": Fields({"type": KIND, "usergroup_id": Chars(30, least=1)}, {"style": STYLE}),
        "broadcast": Fields({"type": KIND, "range": Chars(10, among=("here", "channel", "everyone"))}),
        "date": Fields(
            {"type": KIND, "timestamp": Whole(), "format": Chars(200, least=1)},
            {"url": URL, "fallback": Chars(300), "style": STYLE},
        ),
        "color": Fields({"type": KIND, "value": Chars(7)}),
    }
)
_MANY_INLINE = Items(_INLINE, 1000)
_BORDER: dict[str, Shape] = {"border": Whole(0, 1)}
_SECTION = Fields({"type": KIND, "elements": _MANY_INLINE})
RICH_TEXT_PARTS = ByType(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": Fields(
            {
                "type": KIND,
                "elements": Items(ByType({"rich_text_section": _SECTION}), 1000),
                "style": Chars(10, among=("bullet", "ordered")),
            },
            {"indent": Whole(0, 8), "offset": Whole(), **_BORDER},
        ),
        "rich_text_preformatted": Fields({"type": KIND, "elements": _MANY_INLINE}, {"language": Chars(50), **_BORDER}),
        "rich_text_quote": Fields({"type": KIND, "elements": _MANY_INLINE}, _BORDER),
    }
)
RICH_TEXT = Fields({"type": KIND, "elements": Items(RICH_TEXT_PARTS, 1000, 1)}, {"block_id": Chars(255)})
