"""`python -m bot.local.engine`: the engine as a process of its own."""

import argparse
import asyncio
import ipaddress
import json
import logging
import os
import signal
import sys
from pathlib import Path

from . import fetch
from .app import Settings, build_app, serve
from .generate import TorchBackend
from .runner import SubprocessRunner
from .source import ModelSource


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. The first line on standard output says where: `{"url": ..., "model": ...}`."""
    options = _parser().parse_args(arguments)
    if not options.token and not _is_loopback(options.host):
        sys.stderr.write(f"Others could reach {options.host}: give a --token, or listen on 127.0.0.1.\n")
        return 2
    # PyTorch's waiting threads spin by default; beside a browser, a bot and a trainer that slows everybody tenfold.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(_serve(options))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.local.engine", description="A small fine-tuning server.")
    parser.add_argument("--home", type=Path, required=True, help="where files, jobs and tuned models are kept")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--token", default="", help="what clients send as their API key")
    parser.add_argument(
        "--model", default=fetch.STARTER, help="a directory, a name on the Hugging Face hub, or the starter"
    )
    parser.add_argument(
        "--threads", type=int, default=None, help="processor cores to use, for writing and for training"
    )
    return parser


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _serve(options: argparse.Namespace) -> None:
    source = ModelSource(options.model)
    settings = Settings(home=options.home.resolve(), model=source.wire_name, token=options.token or None)
    backend = TorchBackend(source, threads=options.threads)
    app = build_app(settings, backend, SubprocessRunner(threads=options.threads), progress=lambda: source.progress)
    runner, url = await serve(app, options.host, options.port)
    sys.stdout.write(json.dumps({"url": url, "model": settings.model}) + "\n")
    sys.stdout.flush()
    try:
        await _told_to_stop()
    finally:
        await runner.cleanup()


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:  # Windows; Ctrl-C still raises
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(stop.set))
    await stop.wait()


if __name__ == "__main__":
    raise SystemExit(main())
