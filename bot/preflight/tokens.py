"""How long an example is for a model: counted with the model's own tokenizer where it is on this machine, else
estimated. Nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from bot.domain.money import BYTES_PER_TOKEN
from bot.errors import BotError
from bot.preflight.examples import Example, Turn

# The most that today's hosted models take in for one training example; none of them takes more.
HOSTED_LIMIT = 65_536
PER_MESSAGE = 4  # what a chat template puts around each message, about
PER_EXAMPLE = 3


class TokenCounter(Protocol):
    """Counts tokens. `exact` is False for an estimate; `limit` is the most that the model takes in."""

    @property
    def exact(self) -> bool: ...

    @property
    def limit(self) -> int: ...

    def count(self, example: Example) -> int: ...


@dataclass(frozen=True)
class Estimate:
    """About four bytes of text a token: close for English, a little high for most other languages."""

    limit: int = HOSTED_LIMIT
    exact: bool = False

    def count(self, example: Example) -> int:
        texts = (turn.everything for turn in example.texts())
        return PER_EXAMPLE + sum(
            PER_MESSAGE + -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN) for text in texts
        )


@dataclass(frozen=True)
class OwnTokenizer:
    """A model's tokenizer and its chat template. Without a template the count is exact for the texts alone."""

    encode: Callable[[str], int]
    render: Callable[[list[Mapping[str, Any]]], str] | None
    limit: int

    @property
    def exact(self) -> bool:
        return self.render is not None

    def count(self, example: Example) -> int:
        if self.render is None:
            return PER_EXAMPLE + sum(PER_MESSAGE + self.encode(turn.everything) for turn in example.texts())
        counts = [self.encode(self.render(_messages(example.turns)))]
        if example.rejected is not None:
            other = Turn("assistant", example.rejected)
            counts.append(self.encode(self.render(_messages((*example.before, other)))))
        return sum(counts)


def counter_for(folder: Path | None, *, limit: int | None = None) -> TokenCounter:
    """Counts with the tokenizer of the model in `folder`, if there is one and the `tokenizers` library is installed;
    else estimates. `limit` takes the place of the model's own. Raises BotError for a folder that holds no model."""
    if folder is None or find_spec("tokenizers") is None:
        return Estimate(limit or HOSTED_LIMIT)
    if not (folder / "tokenizer.json").is_file():
        raise BotError(f"There is no tokenizer.json in {folder}.", todo="Give the folder of a model, or no --model.")
    from tokenizers import Tokenizer  # here, because it is part of an optional extra

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()

    def encode(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return OwnTokenizer(encode, _template(folder), limit or _context_length(folder))


def _context_length(folder: Path) -> int:
    length = _json(folder / "config.json").get("max_position_embeddings")
    return length if isinstance(length, int) else HOSTED_LIMIT


def _template(folder: Path) -> Callable[[list[Mapping[str, Any]]], str] | None:
    """The model's chat template as a function, where there is one and the library that renders it."""
    settings = _json(folder / "tokenizer_config.json")
    file = folder / "chat_template.jinja"
    source = file.read_text(encoding="utf-8") if file.is_file() else settings.get("chat_template")
    if not isinstance(source, str) or find_spec("jinja2") is None:
        return None
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    compiled = environment.from_string(source)
    tokens = {name: _special(settings.get(name)) for name in ("bos_token", "eos_token", "unk_token", "pad_token")}
    return lambda messages: compiled.render(messages=messages, add_generation_prompt=False, **tokens)


def _messages(turns: tuple[Turn, ...]) -> list[Mapping[str, Any]]:
    return [{"role": "system" if turn.role == "developer" else turn.role, "content": turn.everything} for turn in turns]


def _special(given: Any) -> str:
    """Special tokens stand as a text or as an object with one."""
    return str(given.get("content", "")) if isinstance(given, dict) else given or ""


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
