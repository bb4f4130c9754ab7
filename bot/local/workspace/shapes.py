"""A small vocabulary to say what a JSON value must look like; problems are worded as Slack words them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.local.workspace.errors import Json

Problems = list[str]


class Shape(Protocol):
    def check(self, value: Any, at: str, problems: Problems) -> None:
        """Add a sentence for each thing that is wrong with the value at this JSON pointer."""
        ...


def say(problems: Problems, at: str, text: str) -> None:
    problems.append(f"{text} [json-pointer:{at}]")


@dataclass(frozen=True)
class Chars:
    """A string of `least` to `most` characters, perhaps one of `among`."""

    most: int
    least: int = 0
    among: tuple[str, ...] = ()

    def check(self, value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, str):
            return say(problems, at, "must be a string")
        if len(value) > self.most:
            say(problems, at, f"must be less than {self.most + 1} characters")
        if len(value) < self.least:
            say(problems, at, f"must be more than {self.least - 1} characters")
        if self.among and value not in self.among:
            say(problems, at, f"must be one of: {', '.join(self.among)}")
        return None


@dataclass(frozen=True)
class Bool:
    def check(self, value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, bool):
            say(problems, at, "must be a boolean")


@dataclass(frozen=True)
class Whole:
    least: int = 0
    most: int = 10**9

    def check(self, value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            say(problems, at, "must be an integer")
        elif not self.least <= value <= self.most:
            say(problems, at, f"must be between {self.least} and {self.most}")


@dataclass(frozen=True)
class Anything:
    """For parts that no limit is known of."""

    def check(self, value: Any, at: str, problems: Problems) -> None:
        pass


@dataclass(frozen=True)
class Items:
    of: Shape
    most: int
    least: int = 0

    def check(self, value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, list):
            return say(problems, at, "must be an array")
        if len(value) > self.most:
            say(problems, at, f"no more than {self.most} items allowed")
        if len(value) < self.least:
            say(problems, at, f"must provide at least {self.least} item(s)")
        for index, item in enumerate(value):
            self.of.check(item, f"{at}/{index}", problems)
        return None


@dataclass(frozen=True)
class Fields:
    """An object: every `required` field, any `optional` one, no other. `also` looks at the whole object."""

    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)
    also: Callable[[Json, str, Problems], None] | None = None

    def check(self, value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            return say(problems, at, "must be an object")
        for name in self.required.keys() - value.keys():
            say(problems, at, f"missing required field: {name}")
        known = {**self.required, **self.optional}
        for name, part in value.items():
            if name not in known:
                say(problems, f"{at}/{name}", f"invalid additional property: {name}")
            else:
                known[name].check(part, f"{at}/{name}", problems)
        if self.also:
            self.also(value, at, problems)
        return None


@dataclass(frozen=True)
class ByType:
    """An object whose `type` names its shape."""

    shapes: Mapping[str, Shape]

    def check(self, value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            return say(problems, at, "must be an object")
        kind = value.get("type")
        if not isinstance(kind, str):
            return say(problems, at, "missing required field: type")
        if kind not in self.shapes:
            return say(problems, f"{at}/type", f"unsupported type: {kind}")
        return self.shapes[kind].check(value, at, problems)


@dataclass(frozen=True)
class Later:
    """A shape that refers to itself."""

    get: Callable[[], Shape]

    def check(self, value: Any, at: str, problems: Problems) -> None:
        self.get().check(value, at, problems)
