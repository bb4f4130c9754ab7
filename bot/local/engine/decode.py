"""Writing several texts at once, one token each per step. Texts join and leave the batch between steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from .adapters import BASE
from .backend import Finish, Piece
from .text import GrowingText


@dataclass(eq=False)
class Row:
    """One text being written. `adapter` is its name in the batch, once it joined; `tell` hears of every piece."""

    index: int
    prompt: list[int]
    weights: Path | None
    max_tokens: int
    temperature: float
    top_p: float
    generator: torch.Generator
    text: GrowingText
    tell: Callable[[Piece | Exception], None]
    tokens: list[int] = field(default_factory=list)
    cancelled: bool = False
    done: bool = False
    adapter: str = BASE


class Batch:
    """The texts being written now, with what the model remembers of each; padded on the left, so all end alike."""

    def __init__(self, tokenizer: Any, end_tokens: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self._ends = end_tokens
        self.rows: list[Row] = []
        self._past: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._mask = torch.zeros(0, 0, dtype=torch.long)
        self._logits = torch.zeros(0, 0)

    def join(self, model: Any, rows: Sequence[Row]) -> None:
        """Read the prompts of new rows and add them."""
        width = max(len(row.prompt) for row in rows)
        ids = torch.tensor([[0] * (width - len(row.prompt)) + row.prompt for row in rows])
        mask = torch.tensor([[0] * (width - len(row.prompt)) + [1] * len(row.prompt) for row in rows])
        past, logits = _forward(model, ids, mask, [], [row.adapter for row in rows])
        if self.rows:
            past = [_stack(old, new) for old, new in zip(self._past, past, strict=True)]
            mask = _pad_and_cat(self._mask, mask)
            logits = torch.cat([self._logits, logits])
        self.rows, self._past, self._mask, self._logits = [*self.rows, *rows], past, mask, logits

    def step(self, model: Any) -> None:
        """One more token for every text; finished ones leave."""
        chosen = [self._choose(row, logits) for row, logits in zip(self.rows, self._logits, strict=True)]
        self._keep([at for at, row in enumerate(self.rows) if not row.done])
        if not self.rows:
            return
        ids = torch.tensor([[token] for token in chosen if token is not None])
        self._mask = torch.cat([self._mask, torch.ones(len(self.rows), 1, dtype=torch.long)], dim=1)
        self._past, self._logits = _forward(model, ids, self._mask, self._past, [row.adapter for row in self.rows])

    def fail(self) -> list[Row]:
        """Give up all texts and return them."""
        rows, self.rows = self.rows, []
        return rows

    def _choose(self, row: Row, logits: torch.Tensor) -> int | None:
        """The next token of a row, None when it has come to its end."""
        if row.cancelled:
            row.done = True
            return None
        token = sample(logits, row)
        piece = self._grow(row, token)
        ended = self._ended(row, token)
        row.done = ended is not None
        row.tell(Piece(row.index, piece + (row.text.rest() if ended else ""), len(row.tokens), ended))
        return None if ended else token

    def _grow(self, row: Row, token: int) -> str:
        """What a token adds to the text that can be shown."""
        if token in self._ends:
            return ""
        row.tokens.append(token)
        return row.text.grow(self._tokenizer.decode(row.tokens, skip_special_tokens=True))

    def _ended(self, row: Row, token: int) -> Finish | None:
        if token in self._ends or row.text.stopped:
            return "stop"
        return "length" if len(row.tokens) >= row.max_tokens else None

    def _keep(self, kept: list[int]) -> None:
        """Drop rows, and the columns that only they needed."""
        if len(kept) == len(self.rows):
            return
        self.rows = [self.rows[at] for at in kept]
        self._mask, self._logits = self._mask[kept], self._logits[kept]
        if self.rows:
            cut = self._mask.shape[1] - int(self._mask.sum(dim=1).max())
            self._mask = self._mask[:, cut:]
            self._past = [(keys[kept][:, :, cut:], values[kept][:, :, cut:]) for keys, values in self._past]


def _forward(
    model: Any,
    ids: torch.Tensor,
    mask: torch.Tensor,
    past: list[tuple[torch.Tensor, torch.Tensor]],
    adapters: list[str],
) -> tuple[list[tuple[torch.Tensor, torch.Tensor]], torch.Tensor]:
    """Read `ids` behind `past`; returns what to remember and the scores of each row's next token."""
    from transformers import DynamicCache

    cache = DynamicCache()
    for layer, (keys, values) in enumerate(past):
        cache.update(keys, values, layer)
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
    tuned = {"adapter_names": adapters} if hasattr(model, "peft_config") else {}
    with torch.inference_mode():
        out = model(
            input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True,
            logits_to_keep=1, **tuned,
        )  # fmt: skip
    return [(layer.keys, layer.values) for layer in cache.layers], out.logits[:, -1].float()


def _pad_and_cat(old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """Two masks as one, the shorter padded on its left."""
    width = max(old.shape[-1], new.shape[-1])
    return torch.cat([torch.nn.functional.pad(part, (width - part.shape[-1], 0)) for part in (old, new)])


def _stack(
    old: tuple[torch.Tensor, torch.Tensor], new: tuple[torch.Tensor, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(old[0].shape[2], new[0].shape[2])
    parts = [[torch.nn.functional.pad(t, (0, 0, width - t.shape[2], 0)) for t in side] for side in (old, new)]
    return torch.cat([parts[0][0], parts[1][0]]), torch.cat([parts[0][1], parts[1][1]])


def sample(logits: torch.Tensor, row: Row) -> int:
    """Draw a token: the likeliest at temperature 0, else by chance among the likeliest that make up `top_p`."""
    if row.temperature == 0:
        return int(logits.argmax())
    chances = torch.softmax(logits / row.temperature, dim=-1)
    if row.top_p >= 1:
        return int(torch.multinomial(chances, 1, generator=row.generator))
    ordered, tokens = chances.sort(descending=True)
    kept = ordered * (ordered.cumsum(dim=-1) - ordered < row.top_p)
    return int(tokens[torch.multinomial(kept, 1, generator=row.generator)])
