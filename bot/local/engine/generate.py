"""The real backend: a transformers model with tuned adapters beside it, and one thread that writes for everybody."""

import asyncio
import logging
import queue
import threading
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .adapters import TunedModel
from .backend import Ask, Piece, WritingFailed
from .text import GrowingText
from .tokens import encode
from .validate import Example

if TYPE_CHECKING:
    from .decode import Batch, Row

log = logging.getLogger(__name__)

LONGEST_CONTEXT = 4096  # what a model remembers of its text grows with it; this keeps a full batch under 3 GB
MOST_ROWS = 16  # texts written at once

Resolve = Callable[[], Path]


class TorchBackend:
    """Writes with PyTorch on the CPU. `resolve` says where the model is, and may take its time to bring it there."""

    def __init__(self, resolve: Resolve, *, threads: int | None = None) -> None:
        self._resolve = resolve
        self._threads = threads
        self._source: Path | None = None
        self._tokenizer: Any = None
        self._tuned: TunedModel
        self._ends: frozenset[int] = frozenset()
        self._waiting: queue.SimpleQueue[list[Row] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_forever, name="writer", daemon=True)

    def load(self) -> None:
        """Bring the model here, read it, and start the writer."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, logging

        logging.disable_progress_bar()
        if self._threads:
            torch.set_num_threads(self._threads)
        source = self._resolve()
        self._tokenizer = AutoTokenizer.from_pretrained(source)
        self._tuned = TunedModel(AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32).eval())
        self._ends = _end_tokens(self._tuned.model, self._tokenizer)
        self._source = source
        self._writer.start()

    @property
    def source(self) -> Path:
        """The directory of the base model."""
        if self._source is None:
            raise RuntimeError("the model is not loaded")
        return self._source

    @property
    def context_length(self) -> int:
        """The model's own limit, or ours where that is lower."""
        return min(getattr(self._tuned.model.config, "max_position_embeddings", LONGEST_CONTEXT), LONGEST_CONTEXT)

    def count_tokens(self, messages: Example, *, answered: bool) -> int:
        """Tokens after the chat template."""
        return len(self._encode(messages, answered=answered))

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece]:
        """Hand the texts to the writer and pass on what it tells."""
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[Piece | Exception] = asyncio.Queue()
        rows = self._rows(ask, lambda piece: _tell(loop, told, piece))
        self._waiting.put(rows)
        try:
            open_texts = ask.n
            while open_texts:
                piece = await told.get()
                if isinstance(piece, Exception):
                    raise piece
                open_texts -= piece.finish is not None
                yield piece
        finally:
            for row in rows:
                row.cancelled = True

    def forget(self, adapter: Path) -> None:
        """The writer lets go of the weights once no text needs them."""
        if self._source is not None:
            self._tuned.forget(adapter)

    def close(self) -> None:
        """End the writer; texts being written are left as they are."""
        self._waiting.put(None)
        if self._writer.is_alive():
            self._writer.join(timeout=10)

    def _encode(self, messages: Example, *, answered: bool) -> list[int]:
        return encode(self._tokenizer, messages, answered=answered)

    def _rows(self, ask: Ask, tell: "Callable[[Piece | Exception], None]") -> "list[Row]":
        from .decode import Row

        prompt = self._encode(ask.messages, answered=False)
        return [
            Row(
                index=index, prompt=prompt, weights=ask.adapter, max_tokens=ask.max_tokens,
                temperature=ask.temperature, top_p=ask.top_p, generator=_generator(ask.seed, index),
                text=GrowingText(ask.stop), tell=tell,
            )
            for index in range(ask.n)
        ]  # fmt: skip

    def _write_forever(self) -> None:
        from .decode import Batch

        batch = Batch(self._tokenizer, self._ends)
        late: list[Row] = []
        while True:
            fresh = self._next_rows(batch, late)
            if fresh is None:
                return
            try:
                self._write_step(batch, fresh)
            except Exception as problem:  # one failed step must not end the writer; its readers are told
                log.exception("writing failed")
                for row in {*batch.fail(), *fresh}:
                    row.tell(WritingFailed(str(problem)))

    def _next_rows(self, batch: "Batch", late: "list[Row]") -> "list[Row] | None":
        """Rows that fit into the batch now; waits when there is nothing to do. None ends the writer."""
        while not self._waiting.empty() or not (batch.rows or late):
            rows = self._waiting.get()
            if rows is None:
                return None
            late.extend(rows)
        free = max(MOST_ROWS - len(batch.rows), 0)
        fresh = [row for row in late if not row.cancelled][:free]
        late[:] = [row for row in late if not row.cancelled and row not in fresh]
        return fresh

    def _write_step(self, batch: "Batch", fresh: "list[Row]") -> None:
        tuned = self._tuned
        ready = [row for row in fresh if self._has_weights(row)]
        tuned.tidy({row.adapter for row in [*batch.rows, *ready]})
        if ready:
            batch.join(tuned.model, ready)
        if batch.rows:
            batch.step(tuned.model)

    def _has_weights(self, row: "Row") -> bool:
        """Whether a row can be written; one whose adapter can't be read must not end the others."""
        try:
            row.adapter = self._tuned.name_of(row.weights)
        except (OSError, ValueError) as problem:
            row.tell(WritingFailed(f"its weights can't be read ({problem})"))
            return False
        return True


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """The tokens that end a text, by the model's settings and the tokenizer's."""
    ends = model.generation_config.eos_token_id
    listed = ends if isinstance(ends, list) else [ends]
    return frozenset(token for token in [*listed, tokenizer.eos_token_id] if token is not None)


def _tell(
    loop: asyncio.AbstractEventLoop, told: "asyncio.Queue[Piece | Exception]", piece: "Piece | Exception"
) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(told.put_nowait, piece)


def _generator(seed: int | None, index: int) -> Any:
    import torch

    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed + index)
    return generator
