"""What a project is, who may do what in it, and what its owner can set."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Owners spend, freeze, train, cancel and delete; reviewers decide on texts; approvers say yes to an owner's
    larger orders; viewers see everything and decide nothing."""

    OWNER = "owner"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    VIEWER = "viewer"


class ChannelState(StrEnum):
    """Whether the bot can still speak where the project lives."""

    OPEN = "open"
    ARCHIVED = "archived"
    LEFT = "left"


# The temperature and length of the fine-tuning guide that the first catalogs were written with.
DEFAULT_TEMPERATURE = 0.7
DEFAULT_MAX_TOKENS = 1024


# What is most often wrong with a text, in the words of people who reject one.
REJECT_REASONS = ("Wrong facts", "Invents something", "Not our tone", "Too long", "Says nothing")
# Slack's checkboxes take ten.
MOST_REASONS = 10


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What *More* holds. An empty model means the default of `tunesmith.toml`."""

    temperature: float = DEFAULT_TEMPERATURE
    max_tokens: int = DEFAULT_MAX_TOKENS
    model: str = ""
    tune_model: str = ""
    budget_usd: float | None = None
    # review by several people
    votes: int = 1  # how many people must agree on a text
    group_name: str = ""  # a group whose yes is needed, and who is in it
    group: tuple[str, ...] = ()
    adjudicators: tuple[str, ...] = ()  # who has the last word where people disagree; nobody means the owners
    spread_by: str = ""  # the column that reviewers get evenly mixed; empty means the one that is the product's type
    split_by: str = ""  # the column of which a training set's two sides get the same mixture; empty as above
    # editing
    reject_reasons: tuple[str, ...] = REJECT_REASONS  # what *Reject* offers to tick, beside free words
    # digest and reminders
    time_zone: str = ""  # such as Europe/Berlin; empty means that of whoever started the project
    quiet_from: int = 18  # the hour from which nobody is reminded,
    quiet_to: int = 9  # and the one at which the day begins; the same hour twice means never
    quiet_weekends: bool = True
    digest: bool = True
    reminders: bool = True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> ProjectSettings:
        known = {f.name for f in fields(cls)}
        lists = {key: tuple(value) for key, value in raw.items() if isinstance(value, list)}
        return cls(**{key: value for key, value in (raw | lists).items() if key in known})


@dataclass(frozen=True, slots=True)
class Style:
    """The house style as its form takes it; `system_prompt` says it to a model."""

    language: str = "English"
    tone: str = ""
    min_words: int | None = None
    max_words: int | None = None
    always_say: str = ""
    never_say: tuple[str, ...] = ()
    examples: tuple[str, ...] = field(default=())
    glossary: tuple[tuple[str, str], ...] = ()  # what must not be written, and how the house writes it instead

    def as_json(self) -> dict[str, Any]:
        lists = {"never_say": list(self.never_say), "examples": list(self.examples)}
        return asdict(self) | lists | {"glossary": [list(entry) for entry in self.glossary]}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Style:
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in raw.items() if key in known}
        for name in ("never_say", "examples"):
            values[name] = tuple(values.get(name, ()))
        values["glossary"] = tuple((str(term), str(ours)) for term, ours in values.get("glossary", ()))
        return cls(**values)

    def system_prompt(self) -> str:
        """One instruction a line. Only the house's own words: nothing from a catalog ever comes in here."""
        lines = [f"You write product texts in {self.language}."]
        lines += [f"Tone: {self.tone}."] if self.tone else []
        lines += [f"Length: {words}."] if (words := self.length_in_words()) else []
        lines += [f"Always include: {self.always_say}"] if self.always_say else []
        lines += [f"Never say: {', '.join(self.never_say)}."] if self.never_say else []
        lines += [f'Write "{ours}", not "{term}".' for term, ours in self.glossary]
        lines.append("Use only the facts you are given. Invent nothing.")
        if self.examples:
            lines += ["Texts in our voice:", *self.examples]
        return "\n".join(lines)

    def length_in_words(self) -> str:
        """`30 to 45 words`, `at most 45 words`, `at least 30 words` or nothing."""
        if self.min_words and self.max_words:
            return f"{self.min_words} to {self.max_words} words"
        if self.max_words:
            return f"at most {self.max_words} words"
        return f"at least {self.min_words} words" if self.min_words else ""
