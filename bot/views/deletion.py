"""Deleting a project: the window that says what goes, and the card that becomes the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.deletion import Contents, DeletionWindow, ErasureCard, ErasureState, Thing, ThingKind, ThingState, Why
from bot.domain.message import Block, Message
from bot.views import blocks as b
from bot.views.ids import Action, Callback

STAYS = (
    "What stands in this channel stays there: Slack's own rules say how long. Here only numbers and fingerprints are "
    "kept (who decided when, what it cost, the hash of each frozen version), no words."
)
KIND_WORDS = {
    ThingKind.DEPLOYMENT: ("running deployment", "running deployments"),
    ThingKind.FILE: ("training file", "training files"),
    ThingKind.MODEL: ("tuned model", "tuned models"),
}
NOTHING = "Nothing yet."
LEFT_SHOWN = 10
VERSIONS_SHOWN = 10


def deletion_modal(window: DeletionWindow) -> dict[str, Any]:
    """What goes, in numbers, and the project's name to be typed."""
    body = [
        b.section(f"*This deletes “{b.esc(window.name)}” for good.* Nobody can bring it back."),
        *_sections(window.contents, window.providers),
        b.context(STAYS),
        b.asked("Type the project's name", b.text_input("name", placeholder=window.name, max_length=100),
                block_id="name", hint=f"Exactly: {window.name}"),
    ]  # fmt: skip
    title, project = "Delete the project", str(window.project_id)
    return b.modal(title, Callback.DELETION, body, submit="Delete for good", close="Keep it", metadata=project)


def _sections(contents: Contents, providers: Sequence[str]) -> list[Block]:
    here, there = list_here(contents), list_there(contents)
    shown = [b.section("*Here*\n" + (_bullets(here) or NOTHING))]
    if there:
        shown.append(b.section(f"*At {b.esc(' and '.join(providers) or 'the provider')}*\n" + _bullets(there)))
    if contents.at_work:
        runs = [counted(contents.runs, "run that writes texts", "runs that write texts")] if contents.runs else []
        jobs = [counted(contents.jobs, "model being taught", "models being taught")] if contents.jobs else []
        shown.append(b.section(f":warning: *Still at work, and cancelled with it:* {' and '.join([*runs, *jobs])}"))
    return shown


def list_here(contents: Contents) -> list[str]:
    """What goes here, as far as there is any."""
    parts = (
        (contents.products, "product", "products"),
        (contents.prompts, "prompt", "prompts"),
        (contents.texts, "text", "texts"),
        (contents.verdicts, "verdict's words", "verdicts' words"),
        (contents.uploads, "uploaded file", "uploaded files"),
        (contents.versions, "frozen version", "frozen versions"),
    )
    return [counted(number, one, many) for number, one, many in parts if number]


def list_there(contents: Contents) -> list[str]:
    parts = (
        (contents.provider_files, "training file", "training files"),
        (contents.models, "tuned model with its checkpoints", "tuned models with their checkpoints"),
        (contents.deployments, "running deployment", "running deployments"),
    )
    return [counted(number, one, many) for number, one, many in parts if number]


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"•  {line}" for line in lines)


def erasure_card(card: ErasureCard, *, full: bool = False) -> Message:
    """A deletion announced, on its way, or done. `full`: the receipt with whole hashes."""
    if card.state is ErasureState.CANCELLED:
        said = f"“{b.esc(card.name)}” stays. Nothing was deleted."
        return Message(text=said, blocks=[b.section(said)])
    if card.why is Why.AGE and card.state is ErasureState.WAITING and not card.erased:
        return _announcement(card)
    return _receipt(card, full=full) if card.finished_at else _progress(card)


def _announcement(card: ErasureCard) -> Message:
    when = b.date_token(card.not_before.timestamp(), f"{card.not_before:%Y-%m-%d}")
    said = (
        f"Nothing has happened in “{b.esc(card.name)}” for a long time. It will be deleted on {when}, with its texts "
        "and its tuned models, unless somebody keeps it."
    )
    keep = b.button("Keep it", Action.DELETION_KEEP, str(card.id), style="primary")
    return Message(text=said, blocks=[b.section(said), b.actions(keep)])


def _progress(card: ErasureCard) -> Message:
    doing = "Waiting until what is at work has ended." if card.waiting_for_work else "This takes a few minutes."
    said = f"{_who(card)} is deleting “{b.esc(card.name)}”. {doing}"
    done = [b.context(f"{counted(card.erased, 'row', 'rows')} erased so far.")] if card.erased else []
    return Message(text=said, blocks=[b.section(said), *done])


def _who(card: ErasureCard) -> str:
    return f"<@{card.asked_by}>" if card.asked_by else "Tunesmith"


def _receipt(card: ErasureCard, *, full: bool) -> Message:
    when = b.date_token(card.finished_at.timestamp(), f"{card.finished_at:%Y-%m-%d %H:%M}") if card.finished_at else ""
    told = f"“{b.esc(card.name)}” is deleted."
    rest = f" {_left_words(card)}" if card.left_over else ""
    body = [
        b.header("Project deleted"),
        b.section(f"*“{b.esc(card.name)}”* was deleted by {_who(card)}, finished {when}."),
        *_gone(card),
        *_versions(card, full=full),
        *_left(card),
        b.context(f"Receipt {card.id} for project {card.project_id}. {STAYS}"),
    ]
    return Message(text=told + rest, blocks=body)


def _gone(card: ErasureCard) -> list[Block]:
    gone = [*list_here(card.contents), *_gone_there(card)]
    return [b.section("*Gone*\n" + _bullets(gone))] if gone else []


def _gone_there(card: ErasureCard) -> list[str]:
    things = [thing for thing in card.things if thing.state is ThingState.GONE]
    counts = {kind: sum(thing.kind is kind for thing in things) for kind in KIND_WORDS}
    return [counted(n, *KIND_WORDS[kind]) + " at the provider" for kind, n in counts.items() if n]


def _versions(card: ErasureCard, *, full: bool) -> list[Block]:
    """What proves what the frozen versions held."""
    if not card.versions:
        return []
    shown = [
        f"Version {one.number}: {counted(one.pairs, 'text', 'texts')}, `{one.sha256 if full else one.sha256[:12]}`"
        for one in card.versions[:VERSIONS_SHOWN]
    ]
    more = [f"and {len(card.versions) - VERSIONS_SHOWN} more"] if len(card.versions) > VERSIONS_SHOWN else []
    return [b.section("*Fingerprints that stay*\n" + _bullets([*shown, *more]))]


def _left_words(card: ErasureCard) -> str:
    some = counted(len(card.left_over), "thing still lies", "things still lie")
    return f"{some} at the provider."


def _left(card: ErasureCard) -> list[Block]:
    """What still lies at a provider, why, and what to do about it."""
    if not card.left_over:
        return []
    lines = [_left_line(thing) for thing in card.left_over[:LEFT_SHOWN]]
    lines += [f"and {len(card.left_over) - LEFT_SHOWN} more"] if len(card.left_over) > LEFT_SHOWN else []
    todo = "I try again by myself." if card.state is ErasureState.WAITING else "Delete it in the provider's console."
    body = [b.section(f":warning: *{_left_words(card)}* {todo}\n{_bullets(lines)}")]
    if card.state is ErasureState.DONE and any(thing.state is ThingState.FAILED for thing in card.left_over):
        body.append(b.actions(b.button("Try again", Action.DELETION_RETRY, str(card.id))))
    return body


def _left_line(thing: Thing) -> str:
    why = thing.problem or "this provider has no call for it"
    return f"{KIND_WORDS[thing.kind][0].capitalize()} `{b.esc(thing.id)}` at {b.esc(thing.provider)}: {b.esc(why)}"


def delete_button(project_id: int) -> Block:
    return b.button("Delete this project …", Action.DELETION_OPEN, str(project_id), style="danger")
