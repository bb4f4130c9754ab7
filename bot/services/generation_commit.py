"""Group commit: many small writes become few."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
# As many rows as one short transaction holds.
MOST_ROWS = 200
# With more rows than this waiting, whoever makes them has to wait too.
MOST_WAITING = 4 * MOST_ROWS


class GroupCommit(Generic[T]):
    """Writes rows in groups: what arrives while one group is being written, and `linger` seconds more, is the next one.

    After a write has failed nothing more is written, and everybody is told: `error` is what it raised.
    """

    def __init__(
        self,
        write: Callable[[Sequence[T]], Awaitable[None]],
        *,
        linger: float = 0.0,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> None:
        self.error: BaseException | None = None
        self._write = write
        self._linger = linger
        self._on_error = on_error
        self._rows: list[T] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._enough = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def add(self, row: T) -> None:
        """Queue a row to be written soon."""
        self._rows.append(row)
        if len(self._rows) >= MOST_ROWS:
            self._enough.set()
        self._start()

    async def put(self, row: T) -> None:
        """Queue a row and wait until it is safe. Raises what writing raised."""
        self.add(row)
        await self._all_written()

    async def room(self) -> None:
        """Wait while too many rows are queued."""
        while len(self._rows) >= MOST_WAITING and self.error is None:
            await self._all_written()

    async def flush(self) -> None:
        """Write what is queued, now. Raises what writing raised."""
        self._enough.set()
        while self._rows and self.error is None:
            self._start()
            await self._all_written()
        if self._task is not None:
            await asyncio.wait({self._task})
        if self.error is not None:
            raise self.error

    async def _all_written(self) -> None:
        """Until the group that is made of the rows queued by now is written."""
        if self.error is None:
            written = asyncio.get_running_loop().create_future()
            self._waiters.append(written)
            await written
        if self.error is not None:
            raise self.error

    def _start(self) -> None:
        if self._task is None and self.error is None:
            self._task = asyncio.create_task(self._write_groups())
            self._task.add_done_callback(self._ended)

    async def _write_groups(self) -> None:
        while self._rows:
            await self._linger_a_little()
            rows, self._rows = self._rows, []
            waiters, self._waiters = self._waiters, []
            self._enough.clear()
            try:
                for start in range(0, len(rows), MOST_ROWS):
                    await self._write(rows[start : start + MOST_ROWS])
            except BaseException as error:
                self.error = error
                raise
            finally:
                self._tell(waiters)

    async def _linger_a_little(self) -> None:
        if self._linger and not self._enough.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._enough.wait(), self._linger)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        # Asking for it marks the exception as seen; `error` was set where it was raised
        if task.cancelled() or task.exception() is not None:
            self.error = self.error or asyncio.CancelledError()
            self._tell(self._waiters)
            if self._on_error:
                self._on_error(self.error)
        elif self._rows:
            self._start()

    @staticmethod
    def _tell(waiters: list[asyncio.Future[None]]) -> None:
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
