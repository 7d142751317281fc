"""Structured logs: one JSON object a line, with one number from the command to its answer.

At INFO nothing is logged that somebody typed, no token and no URL with a signature; what is said of a person is the id
that the chat knows them by.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

from bot.requests import Request

_context: ContextVar[dict[str, str] | None] = ContextVar("log_context", default=None)
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "what": record.getMessage(),
            **(_context.get() or {}),
            **{name: value for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def start_logging(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send the logs of the whole program to a stream (standard error unless given)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # they log whole events, signed URLs, and (slack_sdk at DEBUG) tokens
    for noisy in ("discord", "httpx", "httpcore", "aiohttp.access", "PIL", "asyncio", "slack_bolt", "slack_sdk"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    keep_jobs_quiet()


def keep_jobs_quiet() -> None:
    """Leave out what the queue logs: a line holds a whole batch, or an address, and what matters is said elsewhere."""
    for noisy in ("procrastinate", "psycopg"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


@contextmanager
def answering(what: str, request: Request) -> Iterator[str]:
    """Give everything that is logged meanwhile the number of this request, which is yielded."""
    number = secrets.token_hex(4)
    about = {"request": number, "doing": what, "chat": request.chat, "workspace": request.workspace}
    reset = _context.set(about | {"person": request.person.id})
    try:
        yield number
    finally:
        _context.reset(reset)
