"""`python -m bot.local.workspace`: one process, one line of JSON on standard output when it is ready."""

import argparse
import asyncio
import contextlib
import ipaddress
import json
import signal
import socket
import sys
from pathlib import Path

from aiohttp import web

from bot.local.workspace import manifest
from bot.local.workspace.ids import new_secret
from bot.local.workspace.server import Options, build
from bot.local.workspace.world import WORLD, Tokens

SHUTDOWN_SECONDS = 2.0


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.local.workspace", description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help="the app's manifest (YAML or JSON)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--bot-token", default="xoxb-local")
    parser.add_argument("--app-token", default="xapp-local")
    parser.add_argument("--control-token", default=None, help="default: a random one, printed")
    parser.add_argument("--page-token", default=None, help="needed to listen beyond this machine; opens the page")
    parser.add_argument("--public-url", default=None, help="address in links and file URLs, if not the one it binds")
    parser.add_argument("--request-url", default=None, help="deliver over HTTP to this URL instead of Socket Mode")
    parser.add_argument("--signing-secret", default="")
    parser.add_argument("--rate-multiplier", type=float, default=1.0, help="of Slack's rate limits; 0 for none")
    return parser.parse_args(argv)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def options(args: argparse.Namespace) -> Options:
    tokens = Tokens(args.bot_token, args.app_token, args.control_token or new_secret(), args.page_token)
    return Options(
        manifest=manifest.load(args.manifest),
        tokens=tokens,
        request_url=args.request_url,
        signing_secret=args.signing_secret,
        rate_multiplier=args.rate_multiplier,
    )


async def serve(args: argparse.Namespace) -> None:
    """Run until SIGTERM or SIGINT."""
    chosen = options(args)
    listener = socket.create_server((args.host, args.port))
    url = args.public_url or f"http://{args.host}:{listener.getsockname()[1]}"
    app = build(chosen)
    app[WORLD].state.base_url = url
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    sys.stdout.write(json.dumps(ready(chosen, url)) + "\n")
    sys.stdout.flush()
    await _asked_to_stop()
    await runner.cleanup()


def ready(chosen: Options, url: str) -> dict[str, str]:
    tokens = chosen.tokens
    page = f"{url}/?token={tokens.page}" if tokens.page else f"{url}/"
    api = {"url": url, "api_url": f"{url}/api/", "page_url": page}
    return {**api, "bot_token": tokens.bot, "app_token": tokens.app, "control_token": tokens.control}


async def _asked_to_stop() -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()


def main() -> None:
    args = arguments()
    if not is_loopback(args.host) and not args.page_token:
        sys.exit("This server lets anyone act as its people. To listen beyond this machine, give it a --page-token.")
    asyncio.run(serve(args))


if __name__ == "__main__":
    main()
