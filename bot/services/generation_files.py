"""OUT.jsonl and OUT.jsonl.journal: results that outlive a kill, and the memory of what was sent.

The journal is written before a request goes out (`sent`) and after its result is safe (`closed`); a `sent` that nothing
follows was under way when the last run died, and may have been paid for. Both are plain lines of JSON.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from bot.errors import BotError
from bot.providers.errors import Interrupted
from bot.services.generation_prompts import PromptLine
from bot.services.generation_types import Result, plus


class BadOutput(BotError):
    """The output files do not belong to this run, or cannot be used."""


@dataclass(slots=True)
class Before:
    """What earlier runs left: finished lines by id, each with the hash of what it answers, and what they cost."""

    hashes: dict[str, str] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    usd: float | None = 0.0
    under_way: dict[str, list[float | None]] = field(default_factory=dict)

    @property
    def under_way_usd(self) -> float | None:
        total: float | None = 0.0
        for shares in self.under_way.values():
            for usd in shares:
                total = plus(total, usd)
        return total


class OutFiles:
    """The three files of one `generate` run, locked for this process. Use it as a context manager."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.journal = out.with_name(out.name + ".journal")
        self.errors = out.with_name(out.stem + ".errors.jsonl")
        self.before = Before()

    def __enter__(self) -> Self:
        if self.out.exists() and self.out.stat().st_size and not self.journal.exists():
            raise BadOutput(
                f"{self.out.name} is there, but not its journal, so nobody can tell what it answers.",
                kept="It was not touched.",
                todo="Choose another name with -o.",
            )
        self._journal = self.journal.open("ab+", buffering=0)
        self._lock()
        self._out = self.out.open("ab+", buffering=0)
        self._recover()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._out.close()
        self._journal.close()

    def start(self) -> None:
        """Begin a run: what was under way is settled as perhaps paid for, and the old list of failures goes."""
        for line_id, shares in self.before.under_way.items():
            self._note(_closed(line_id, "lost", spent_unknown=len(shares), usd=self._sum(shares)))
        self.errors.unlink(missing_ok=True)

    def sending(self, lines: Sequence[PromptLine], usd: Sequence[float | None]) -> None:
        """Remember that these requests go out now, each costing at most so much."""
        notes = (
            {"event": "sent", "id": line.id, "hash": line.hash, "usd": u} for line, u in zip(lines, usd, strict=True)
        )
        self._journal.write(b"".join(orjson.dumps(note) + b"\n" for note in notes))

    def keep(self, results: Sequence[Result], prompts: Mapping[str, PromptLine]) -> None:
        """Write results down, texts first, so that a kill cannot lose them; `sync` makes them outlive a power cut."""
        texts = [_text_line(result, prompts[result.item.id]) for result in results if result.ok]
        if texts:
            self._out.write(b"".join(texts))
        failures = [_error_line(result) for result in results if is_final_failure(result)]
        if failures:
            with self.errors.open("ab") as file:
                file.write(b"".join(failures))
        self._journal.write(b"".join(orjson.dumps(_closed_by(result)) + b"\n" for result in results))

    def sync(self) -> None:
        os.fsync(self._out.fileno())

    def adopt(self, wanted: Mapping[str, str]) -> set[str]:
        """Reuse finished texts whose line was given another id: `wanted` maps hashes to new ids. The new ids served."""
        if not wanted:
            return set()
        copies = [
            (new_id, line)
            for line in self._lines(self._out)
            if (new_id := wanted.get(self.before.hashes.get(str(line.get("id")), ""))) and str(line["id"]) != new_id
        ]
        by_id = dict(copies)
        for new_id, line in by_id.items():
            self._note({"event": "sent", "id": new_id, "hash": self.before.hashes[str(line["id"])], "usd": 0.0})
            self._out.write(orjson.dumps({**line, "id": new_id, "usd": 0.0}) + b"\n")
            self._note(_closed(new_id, "adopted", spent_unknown=0, usd=0.0))
        return set(by_id)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._journal.close()
            raise BadOutput(
                f"Another run is writing {self.out.name} right now.",
                todo="Wait for it, or choose another name with -o.",
            ) from None

    def _recover(self) -> None:
        """Read both files; a last line that was cut off by a crash is taken away."""
        for note in self._lines(self._journal, mend=True):
            self._replay(note)
        for line in self._lines(self._out, mend=True):
            self._count_done(line)

    def _replay(self, note: Mapping[str, Any]) -> None:
        before, line_id = self.before, str(note.get("id"))
        if note.get("event") == "sent":
            before.hashes[line_id] = str(note.get("hash"))
            before.under_way.setdefault(line_id, []).append(note.get("usd"))
        else:
            before.under_way.pop(line_id, None)
            before.usd = plus(before.usd, note.get("lost_usd", 0.0))

    def _count_done(self, line: Mapping[str, Any]) -> None:
        line_id = str(line.get("id"))
        if line_id not in self.before.hashes:
            raise BadOutput(
                f"{self.out.name} has a line “{line_id}” that its journal does not know.",
                kept="Nothing was changed.",
                todo="Choose another name with -o.",
            )
        self.before.done.add(line_id)
        self.before.under_way.pop(line_id, None)
        self.before.usd = plus(self.before.usd, line.get("usd"))

    def _lines(self, file: io.FileIO, *, mend: bool = False) -> Iterator[dict[str, Any]]:
        """The objects of a JSONL file, read without holding it in memory."""
        good = 0
        with open(file.fileno(), "rb", closefd=False) as reader:
            reader.seek(0)
            for raw in reader:
                try:
                    line = orjson.loads(raw) if raw.endswith(b"\n") else None
                except orjson.JSONDecodeError:
                    line = None
                if not isinstance(line, dict):
                    break
                good += len(raw)
                yield line
            rest = reader.read(1)
        if mend and good < os.fstat(file.fileno()).st_size:
            if rest:
                raise BadOutput(f"{self.out.name} is damaged after byte {good}.", todo="Choose another name with -o.")
            file.truncate(good)

    def _note(self, note: Mapping[str, Any]) -> None:
        self._journal.write(orjson.dumps(note) + b"\n")

    @staticmethod
    def _sum(shares: Sequence[float | None]) -> float | None:
        total: float | None = 0.0
        for usd in shares:
            total = plus(total, usd)
        return total


def is_final_failure(result: Result) -> bool:
    """Failed for good; what was only interrupted is asked for again by the next run."""
    return not result.ok and not isinstance(result.error, Interrupted)


def _closed(line_id: str, outcome: str, *, spent_unknown: int, usd: float | None) -> dict[str, Any]:
    return {"event": "closed", "id": line_id, "outcome": outcome, "lost": spent_unknown, "lost_usd": usd}


def _closed_by(result: Result) -> dict[str, Any]:
    outcome = "done" if result.ok else result.error.kind if result.error else "failed"
    usd = result.spent_unknown_usd
    # A text that was declined is paid for without standing in OUT.jsonl
    if not result.ok and result.answer is not None:
        usd = plus(usd, result.usd)
    return _closed(result.item.id, outcome, spent_unknown=result.spent_unknown, usd=usd)


def _text_line(result: Result, line: PromptLine) -> bytes:
    answer = result.answer
    assert answer is not None  # noqa: S101 - only texts come here
    usage = None
    if answer.usage is not None:
        usage = {"prompt_tokens": answer.usage.prompt_tokens, "completion_tokens": answer.usage.completion_tokens}
    written = {
        "id": result.item.id,
        "prompt": line.prompt,
        "completion": answer.text,
        "model": answer.model,
        "finish_reason": answer.finish_reason,
        "usage": usage,
        "usd": result.usd,
    }
    return orjson.dumps(written) + b"\n"


def _error_line(result: Result) -> bytes:
    error = result.error
    assert error is not None  # noqa: S101 - only failures come here
    failed = {"id": result.item.id, "status": error.status, "error": str(error), "kind": error.kind}
    return orjson.dumps(failed) + b"\n"
