"""Trainers as processes of their own, found again by whoever comes after the server that started them."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from . import store
from .jobdir import TRAINER_MODULE, JobDir

SAME_START = 2.0  # seconds by which two readings of one process's start may differ
LAST_CHANCE = 5.0  # seconds between asking a trainer to end and ending it
PACKAGE_ROOT = Path(__file__).resolve().parents[3]


class SubprocessRunner:
    """One process a job, in a session of its own so that it outlives a killed server."""

    def __init__(self, *, threads: int | None = None) -> None:
        self._threads = threads
        self._children: dict[Path, subprocess.Popen[bytes]] = {}

    def start(self, job: Path) -> None:
        """Start a trainer."""
        command = [sys.executable, "-m", TRAINER_MODULE, str(job)]
        with JobDir(job).log.open("ab") as log:
            self._children[job] = subprocess.Popen(  # noqa: S603 - our own module
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        """The server's own, and: waiting threads sleep, or two PyTorch processes slow each other tenfold."""
        path = os.pathsep.join(filter(None, [str(PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
        threads = {"OMP_NUM_THREADS": str(self._threads)} if self._threads else {}
        return {**os.environ, "PYTHONPATH": path, "OMP_WAIT_POLICY": "PASSIVE", **threads}

    def is_running(self, job: Path) -> bool:
        """Whether a trainer lives, a child of ours or one left by an earlier server."""
        child = self._children.get(job)
        if child is not None and child.poll() is None:
            return True
        return _left_behind(job) is not None

    def stop(self, job: Path) -> None:
        """Ask the trainer to end, then end it."""
        child = self._children.get(job)
        found = [process for process in (_left_behind(job), _process(child)) if process is not None]
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(found, timeout=LAST_CHANCE)[1]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if child is not None:
            child.wait()


def _process(child: subprocess.Popen[bytes] | None) -> psutil.Process | None:
    if child is None or child.poll() is not None:
        return None
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(child.pid)
    return None


def _left_behind(job: Path) -> psutil.Process | None:
    """The living process that said it trains this job. A process id alone proves nothing: ids are used again."""
    said = store.read_json(JobDir(job).process)
    if said is None:
        return None
    with suppress(psutil.Error):
        process = psutil.Process(said["pid"])
        same = abs(process.create_time() - said["started"]) < SAME_START
        if same and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None
