"""What the server needs from a model and from a trainer. The real ones load PyTorch; anything of this form will do."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from .validate import Example, Message

Finish = Literal["stop", "length"]


@dataclass(frozen=True)
class Ask:
    """A request for texts. `adapter` is the directory of a tuned model's weights, None for the base model."""

    messages: tuple[Message, ...]
    adapter: Path | None
    n: int
    max_tokens: int
    temperature: float
    top_p: float
    stop: tuple[str, ...]
    seed: int | None


@dataclass(frozen=True)
class Piece:
    """What came next in text number `index`; `tokens` counts that text's tokens so far, `finish` is set on its last."""

    index: int
    text: str
    tokens: int
    finish: Finish | None = None


class WritingFailed(Exception):
    """The model could not write; the message says why."""


class Backend(Protocol):
    """A language model that writes."""

    def load(self) -> None:
        """Get ready; called once, in a thread. Raises whatever went wrong."""

    @property
    def context_length(self) -> int:
        """How many tokens prompt and answer may have together."""

    @property
    def source(self) -> Path:
        """The directory of the base model, for the trainer. Known once loaded."""

    def count_tokens(self, messages: Example, *, answered: bool) -> int:
        """Tokens of a conversation: a whole example when `answered`, else a prompt that waits for its answer."""

    def stream(self, ask: Ask) -> AsyncGenerator[Piece]:
        """Write `ask.n` texts, piece by piece as they come. Closing stops the writing.

        Raises WritingFailed.
        """

    def forget(self, adapter: Path) -> None:
        """Its weights are being deleted."""

    def close(self) -> None:
        """Stop writing and let go of everything."""


class Runner(Protocol):
    """Trains what a job's directory describes, somewhere else than in this process."""

    def start(self, job: Path) -> None:
        """Begin, or carry on from what an earlier run left."""

    def is_running(self, job: Path) -> bool:
        """Whether a trainer is at work on this job, whoever started it."""

    def stop(self, job: Path) -> None:
        """End it now; what it had finished stays."""
