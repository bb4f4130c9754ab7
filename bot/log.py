"""Structured logs: one line an event, with the trace id that runs from the Slack event to the provider call."""

from __future__ import annotations

import logging
import re
import sys
import uuid
from typing import Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

SECRETS = re.compile(r"\b(xox[a-z]-|xapp-|sk-)[A-Za-z0-9-]{6,}")


def new_trace() -> str:
    """A fresh id, short enough to be read out over the phone."""
    return uuid.uuid4().hex[:12]


def current_trace() -> str:
    return str(structlog.contextvars.get_contextvars().get("trace_id", ""))


def without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank anything that looks like a token, wherever it stands."""
    return {key: SECRETS.sub(r"\1…", value) if isinstance(value, str) else value for key, value in event.items()}


def set_up(style: Literal["text", "json"], level: int = logging.INFO) -> None:
    """Send our logs and the libraries' to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # a plain traceback: one with local variables would print tokens
        without_secrets,
    ]
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    last = structlog.processors.JSONRenderer() if style == "json" else plain
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),  # today's, should it be replaced
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
