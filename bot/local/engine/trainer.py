"""The trainer's process: `python -m bot.local.engine.trainer JOBDIR` trains one job, or carries on with it."""

import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from . import store
from .jobdir import JobDir

ALREADY_TRAINING = 75  # another process holds the lock; this one had nothing to do
GENTLE = 15  # the server shall answer as if it were alone


def main(arguments: list[str]) -> int:
    """Train the job in the given directory. What goes wrong with the job itself is written there."""
    job = JobDir(Path(arguments[0]).resolve())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    held = _only_trainer(job)
    if held is None:
        return ALREADY_TRAINING
    with held:
        me = psutil.Process()
        store.write_json(job.process, {"pid": me.pid, "started": me.create_time()})
        with suppress(OSError, AttributeError):  # Windows knows no niceness
            os.nice(GENTLE)
        return _train(job)


def _train(job: JobDir) -> int:
    from .lora import train

    began = time.monotonic()
    try:
        train(job)
    except MemoryError:
        job.finish("There was not enough memory to train. Use fewer or shorter examples, or a smaller batch_size.")
        return 1
    job.finish()
    logging.info("trained in %.1f s", time.monotonic() - began)
    return 0


def _only_trainer(job: JobDir) -> IO[bytes] | None:
    """Hold the job's lock until this process ends. None when another trainer has it."""
    handle = job.lock.open("wb")
    try:
        import fcntl
    except ImportError:  # Windows; there the server's own check has to do
        return handle
    try:
        fcntl.flock(handle.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
