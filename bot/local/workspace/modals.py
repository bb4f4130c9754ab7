"""Each person's stack of modals, and their App Home."""

import secrets
import time

from bot.local.workspace import forms
from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.ids import new_id
from bot.local.workspace.render import view_json
from bot.local.workspace.state import View
from bot.local.workspace.world import World

MAX_STACK = 3


def new_view(world: World, user: str, body: Json, *, below: View | None = None) -> View:
    """Raises `duplicate_external_id`."""
    _refuse_duplicate_external_id(world, body, None)
    view_id = new_id("V")
    view = View(view_id, user, {}, "", below.root_id if below else view_id, below.id if below else None)
    _fill(view, body)
    return view


def _fill(view: View, body: Json) -> None:
    blocks = forms.with_ids(body.get("blocks") or [])
    view.values = forms.values(blocks, view.values)
    view.body = {**body, "blocks": blocks}
    view.hash = f"{int(time.time())}.{secrets.token_hex(4)}"
    view.errors = {}


def _refuse_duplicate_external_id(world: World, body: Json, own: View | None) -> None:
    wanted = body.get("external_id")
    if wanted and any(view.body.get("external_id") == wanted and view is not own for view in _all_views(world)):
        raise ApiError("duplicate_external_id")


def _all_views(world: World) -> list[View]:
    return [*(view for stack in world.state.stacks.values() for view in stack), *world.state.homes.values()]


def open_first(world: World, user: str, body: Json) -> View:
    view = new_view(world, user, body)
    world.state.stacks[user] = [view]
    show(world, user)
    return view


def push(world: World, user: str, body: Json) -> View:
    """Raises `push_limit_reached` above three, `not_found` where nothing is open."""
    stack = world.state.stacks.get(user, [])
    if not stack:
        raise ApiError("not_found")
    if len(stack) >= MAX_STACK:
        raise ApiError("push_limit_reached")
    view = new_view(world, user, body, below=stack[-1])
    stack.append(view)
    show(world, user)
    return view


def find(world: World, *, view_id: str | None, external_id: str | None = None) -> View:
    """Raises `not_found`: a closed modal is gone."""
    for view in _all_views(world):
        if view_id == view.id or (external_id and external_id == view.body.get("external_id")):
            return view
    raise ApiError("not_found")


def update(world: World, view: View, body: Json, *, expected_hash: str | None = None) -> View:
    """Replace a view's content; what was typed stays where block_id and action_id stay. Raises `hash_conflict`."""
    if expected_hash and expected_hash != view.hash:
        raise ApiError("hash_conflict")
    _refuse_duplicate_external_id(world, body, view)
    _fill(view, body)
    show_view(world, view)
    return view


def publish(world: World, user: str, body: Json, *, expected_hash: str | None = None) -> View:
    """Set a person's App Home. Raises `hash_conflict`."""
    if user in world.state.homes:
        return update(world, world.state.homes[user], body, expected_hash=expected_hash)
    world.state.homes[user] = new_view(world, user, body)
    show_view(world, world.state.homes[user])
    return world.state.homes[user]


def remove(world: World, view: View) -> None:
    """Take one view off the stack."""
    world.state.stacks[view.user] = [one for one in world.state.stacks.get(view.user, []) if one is not view]
    show(world, view.user)


def clear(world: World, user: str) -> list[View]:
    """Close everything; returns what was open, topmost first."""
    closed = world.state.stacks.pop(user, [])
    show(world, user)
    return closed[::-1]


def stack_json(world: World, user: str) -> list[Json]:
    return [
        {"id": view.id, "hash": view.hash, "view": view_json(view), **({"errors": view.errors} if view.errors else {})}
        for view in world.state.stacks.get(user, [])
    ]


def show(world: World, user: str) -> None:
    world.pages.tell([user], {"type": "modal", "stack": stack_json(world, user)})


def show_view(world: World, view: View) -> None:
    if view.body.get("type") == "home":
        world.pages.tell([view.user], {"type": "home", "view": view_json(view)})
    else:
        show(world, view.user)
