"""Several templates in one project, each with a name and its share of what is drawn. The first one is the main one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.errors import BadForm

T = TypeVar("T")

FIRST_ID = 1
FIRST_NAME = "Main"
WHOLE = 100  # per cent
MOST_TEMPLATES = 5
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class NamedTemplate:
    """A template by its name; `share` is in per cent, those of a project make a hundred."""

    text: str
    id: int = FIRST_ID
    name: str = FIRST_NAME
    share: int = WHOLE


Mix = tuple[NamedTemplate, ...]


def mix_from(first: str, saved: Sequence[Mapping[str, Any]]) -> Mix:
    """A project's templates from what is stored; the first one's text stands apart."""
    if not saved:
        return (NamedTemplate(first),)
    known = [NamedTemplate(str(one["text"]), int(one["id"]), str(one["name"]), int(one["share"])) for one in saved]
    return (replace(known[0], text=first), *known[1:])


def saved_mix(mix: Mix, *, whole: bool = False) -> list[dict[str, Any]]:
    """What `mix_from` reads: nothing for a single template that was never renamed, unless the `whole` is wanted."""
    if not whole and mix == (NamedTemplate(mix[0].text),):
        return []
    return [{"id": one.id, "name": one.name, "share": one.share, "text": one.text} for one in mix]


def by_id(mix: Mix, template_id: int) -> NamedTemplate | None:
    return next((one for one in mix if one.id == template_id), None)


def with_template(mix: Mix, changed: NamedTemplate) -> Mix:
    """The templates with one added (id 0) or changed; the main one takes the share that the others leave.

    Raises BadForm for a name that is taken, too many templates, and shares that leave the main one nothing."""
    known = by_id(mix, changed.id) is not None
    if not known and len(mix) >= MOST_TEMPLATES:
        raise BadForm({"template": f"A project has at most {MOST_TEMPLATES} templates. Remove one first."})
    if any(_key(one.name) == _key(changed.name) for one in mix if one.id != changed.id):
        raise BadForm({"name": f"Another template is called {changed.name} already."})
    added = replace(changed, id=changed.id or 1 + max(one.id for one in mix))
    return _shared_out([added if one.id == added.id else one for one in mix] + ([] if known else [added]))


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _shared_out(mix: Sequence[NamedTemplate]) -> Mix:
    """Give the main template the share that is left. Raises BadForm where nothing is."""
    left = WHOLE - sum(one.share for one in mix[1:])
    if left < 1:
        room = WHOLE - 1 - sum(one.share for one in mix[1:-1])
        raise BadForm({"share": f"That leaves nothing to the main template; {max(1, room)} per cent is the most."})
    return (replace(mix[0], share=left), *mix[1:])


def without_template(mix: Mix, template_id: int) -> Mix:
    """The templates without one of them; the last one stays. The next one becomes the main one if the first goes."""
    left = [one for one in mix if one.id != template_id]
    return _shared_out(left) if left else mix


def with_first(mix: Mix, template_id: int) -> Mix:
    """Another template becomes the main one. Shares stay with their templates."""
    return tuple(sorted(mix, key=lambda one: one.id != template_id))


def named(mix: Mix, template_id: int) -> str:
    """What to call a template in a sentence; nothing where there is only one."""
    found = by_id(mix, template_id)
    return found.name if found is not None and len(mix) > 1 else ""


class Turns:
    """Whose turn it is: after every draw each template has had its share, as nearly as whole prompts allow."""

    def __init__(self, mix: Iterable[NamedTemplate]) -> None:
        self.shares = {one.id: one.share for one in mix}
        self.had = dict.fromkeys(self.shares, 0)

    def take(self, available: Collection[int]) -> int:
        """The template among these that is furthest behind its share; the turn counts as taken."""
        drawn = 1 + sum(self.had.values())
        whole = sum(self.shares.values())
        chosen = max(
            (one for one in self.shares if one in available),
            key=lambda one: self.shares[one] * drawn - self.had[one] * whole,
        )
        self.had[chosen] += 1
        return chosen


def interleaved(mix: Mix, streams: Mapping[int, Iterator[T]]) -> Iterator[tuple[int, T]]:
    """Template by template in the proportion of their shares; ends when the one whose turn it is has no more."""
    turns = Turns(mix)
    while True:
        turn = turns.take(streams)
        try:
            yield turn, next(streams[turn])
        except StopIteration:
            return
