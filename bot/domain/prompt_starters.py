"""Templates to start from, filled with the columns that a catalog has."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from bot.domain.catalog import Profile, Roles
from bot.domain.prompt_bind import key_of, template_name


class Starter(StrEnum):
    DESCRIPTION = "description"
    OTHER_WORDS = "other_words"
    TECHNICAL = "technical"
    QUESTIONS = "questions"


LABELS = {
    Starter.DESCRIPTION: "Description",
    Starter.OTHER_WORDS: "Description, asked differently",
    Starter.TECHNICAL: "Technical documentation",
    Starter.QUESTIONS: "Questions and answers",
}
SHORT_NAMES = {
    Starter.DESCRIPTION: "Description",
    Starter.OTHER_WORDS: "Asked differently",
    Starter.TECHNICAL: "Technical",
    Starter.QUESTIONS: "Questions",
}
# In optional parts, so that a product with an empty cell still gives a prompt.
KIND = "{{ ([{type}])}}"
FACTS = "{{ Known facts: [{details}].}}"


def starter(which: Starter, profile: Profile, roles: Roles) -> str:
    """The template of this kind for a catalog's columns; what the catalog does not have is not mentioned."""
    first = profile.columns[0].name if profile.columns else "product name"
    name = f"[{template_name(roles.product_name or first)}]"
    kind = KIND.format(type=template_name(roles.type)) if roles.type else ""
    facts = FACTS.format(details=template_name(roles.details)) if roles.details else ""
    if which is Starter.DESCRIPTION:
        return _description(name, roles)
    if which is Starter.OTHER_WORDS:
        return f"Tell somebody who has never seen it what {name}{kind} is and why they may want it.{facts}"
    if which is Starter.TECHNICAL:
        asked = "what it is, what it is for, how it is used and what to mind"
        return f"Write technical documentation for {name}{kind}: {asked}.{facts}"
    return f"Write three questions that customers ask about {name}{kind}, each with its answer.{facts}"


def _description(name: str, roles: Roles) -> str:
    asked = [f"[{template_name(column)}]" for column in (roles.type, roles.details) if column]
    return f"Write a description of {name}" + (f", mention {' and '.join(asked)}" if asked else "")


def next_starter(taken: Iterable[str], profile: Profile, roles: Roles) -> tuple[Starter, str]:
    """A template to add to those there are: the first that none of them is yet."""
    known = {key_of(text) for text in taken}
    texts = [(which, starter(which, profile, roles)) for which in Starter]
    wanted = [Starter.OTHER_WORDS, Starter.DESCRIPTION, Starter.QUESTIONS, Starter.TECHNICAL]
    texts.sort(key=lambda one: wanted.index(one[0]))
    return next(((which, text) for which, text in texts if key_of(text) not in known), texts[0])
