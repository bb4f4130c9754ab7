"""Submitting a modal: the form's own checks, the app's answer, and what the answer does to the stack."""

from bot.local.workspace import forms, limits, modals
from bot.local.workspace.errors import ApiError, Json, PersonError
from bot.local.workspace.interactivity import deliver, envelope
from bot.local.workspace.render import file_json, view_json
from bot.local.workspace.state import User, View
from bot.local.workspace.world import World

TROUBLE = "We had some trouble connecting. Try again?"


async def submit(world: World, user: User, view_id: str, typed: Json) -> Json:
    """`{"ok": true}`, or `{"ok": false, "errors": {block_id: sentence}}`; the stack changes on the page by itself."""
    view = _top(world, user, view_id)
    blocks = view.body["blocks"]
    view.values = _with_files(world, forms.values(blocks, {**view.values, **typed}))
    if refused := forms.complaints(blocks, view.values):
        return _errors(world, view, refused)
    payload = envelope(world, user, "view_submission") | {"view": view_json(view), "response_urls": []}
    answer = await deliver(world, "interactive", payload, user=user, what=view.body["title"]["text"])
    return _apply(world, user, view, answer)


def _top(world: World, user: User, view_id: str) -> View:
    stack = world.state.stacks.get(user.id, [])
    if not stack or stack[-1].id != view_id:
        raise PersonError("no_such_view", "That window is closed already.")
    return stack[-1]


def _with_files(world: World, values: Json) -> Json:
    """A file input's ids as whole file objects."""
    for fields in values.values():
        for value in fields.values():
            if value["type"] == "file_input":
                known = [world.state.files[file["id"]] for file in value["files"] if file["id"] in world.state.files]
                for file in known:
                    file.given_to_app = True
                value["files"] = [file_json(world.state, file) for file in known]
    return values


def _errors(world: World, view: View, errors: dict[str, str]) -> Json:
    view.errors = errors
    modals.show(world, view.user)
    return {"ok": False, "error": "invalid_input", "message": "Some fields need another look.", "errors": errors}


def _apply(world: World, user: User, view: View, answer: Json) -> Json:
    """Carry out `response_action`. An answer Slack would not accept is recorded, and the person sees Slack's words."""
    try:
        return _respond(world, user, view, answer)
    except ApiError as refusal:
        record = world.calls.record("response_action", answer)
        record.ok, record.error = False, str(refusal.body)
        world.pages.toast(user.id, TROUBLE)
        raise PersonError("bad_answer", TROUBLE, detail=refusal.body) from None


def _respond(world: World, user: User, view: View, answer: Json) -> Json:
    action = answer.get("response_action")
    if action == "errors":
        return _errors(world, view, _checked_errors(view, answer.get("errors")))
    if action == "clear":
        modals.clear(world, user.id)
    elif action in ("update", "push"):
        limits.check_view(answer.get("view"), "modal")
        if action == "update":
            modals.update(world, view, answer["view"])
        else:
            modals.push(world, user.id, answer["view"])
    elif action is None:
        modals.remove(world, view)
    else:
        raise ApiError("invalid_arguments", f"unknown response_action: {action}")
    return {"ok": True}


def _checked_errors(view: View, errors: object) -> dict[str, str]:
    """Errors belong to input blocks; Slack refuses any other block id."""
    inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise ApiError("invalid_arguments", "errors must be keyed by the block_id of input blocks")
    return {str(block_id): str(sentence) for block_id, sentence in errors.items()}
