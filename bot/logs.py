"""Structured logs: one JSON object a line, with one number from the command to its answer.

At no level is anything logged that somebody typed, nobody's name, no secret and no address with anything behind its
host. A person is a pseudonym, made with a key that this process makes and tells nobody: it says which lines are about
the same person, and after the next start nobody can tell whom. What an error says may quote whatever it was about, so
of errors there are the kind, the code that a machine gave them, and the lines of code.

Other packages are heard from WARNING on, whatever level is set: below it they log whole requests.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import urlsplit

from bot.json_lines import json_line
from bot.requests import Request, own_workspace
from core.errors import ModaclipError

OWN = ("bot", "core", "config")  # the packages that are heard at the level that is set
_KEY = secrets.token_bytes(32)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)
_CODES = ("sqlstate", "sqlite_errorname", "status", "code")  # what a machine calls an error, by where it stands
_context: ContextVar[dict[str, str] | None] = ContextVar("log_context", default=None)
_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object. What is among the `hidden` texts stands in none, wherever it comes from."""

    def __init__(self, hidden: Collection[str] = ()) -> None:
        super().__init__()
        self._hidden = [text for text in hidden if text]

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "what": _said(record),
            **(_context.get() or {}),
            **{name: _shown(value) for name, value in vars(record).items() if name not in _KNOWN},
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["trace"] = trace_of(record.exc_info[1])
        return json_line({name: self._cleared(value) for name, value in line.items()})

    def _cleared(self, value: object) -> object:
        """Return a value with what is to be hidden taken out of every text in it."""
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, Mapping):
            return {str(self._cleared(name)): self._cleared(one) for name, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._cleared(one) for one in value]
        text = _URL.sub(_host_alone, str(value))
        for hidden in self._hidden:
            text = text.replace(hidden, "…")
        return text


def start_logging(level: str = "INFO", stream: TextIO | None = None, *, hidden: Collection[str] = ()) -> None:
    """Send the logs of the whole program to a stream (standard error unless given); `hidden` are its secrets."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(hidden))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for package in OWN:
        logging.getLogger(package).setLevel(level)
    keep_jobs_quiet()


def keep_jobs_quiet() -> None:
    """Leave out what the queue logs: a line holds a whole batch, or an address, and what matters is said elsewhere."""
    for noisy in ("procrastinate", "psycopg"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


def kind_of(error: BaseException) -> str:
    """Return an error's kind with the code that a machine gave it: "OSError ENOSPC"; nothing that it quotes."""
    if isinstance(error, ModaclipError):
        return f"{type(error).__name__}: {error.gist}"
    codes = [getattr(error, name, None) for name in _CODES]
    if isinstance(error, OSError) and error.errno is not None:
        codes.insert(0, errno.errorcode.get(error.errno))
    said = next((str(code) for code in codes if isinstance(code, int) or _is_code(code)), "")
    return f"{type(error).__name__} {said}".strip()


def trace_of(error: BaseException) -> str:
    """Return where an error came from, with those that led to it, the first first."""
    lines: list[str] = []
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        frames = "".join(traceback.format_list(traceback.extract_tb(following.__traceback__)))
        lines.insert(0, f"{frames}{kind_of(following)}")
        if isinstance(following, BaseExceptionGroup):
            lines[0] += "".join(f"\n| {trace_of(one)}" for one in following.exceptions)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return "\n".join(lines)


def pseudonym_of(person: str) -> str:
    """Return what a person is called in the logs of this process."""
    chat, _, account = person.partition(":")
    return f"{chat}:{hashlib.blake2b(account.encode(), key=_KEY, digest_size=6).hexdigest()}"


@contextmanager
def answering(what: str, request: Request) -> Iterator[str]:
    """Give everything that is logged meanwhile the number of this request, which is yielded."""
    number, person = secrets.token_hex(4), pseudonym_of(request.person.id)
    own = request.workspace == own_workspace(request.person.id)
    workspace = own_workspace(person) if own else request.workspace
    about = {"request": number, "doing": what, "chat": request.chat, "workspace": workspace, "person": person}
    reset = _context.set(about)
    try:
        yield number
    finally:
        _context.reset(reset)


def _said(record: logging.LogRecord) -> str:
    """Return what a record says. Where it is filled with an error, that stands as its kind."""
    if isinstance(record.args, tuple) and any(isinstance(one, BaseException) for one in record.args):
        return str(record.msg) % tuple(_shown(one) for one in record.args)
    return record.getMessage()


def _shown(value: object) -> object:
    return kind_of(value) if isinstance(value, BaseException) else value


def _host_alone(match: re.Match[str]) -> str:
    """Return an address without what may stand before and behind its host: a password, a token, what was typed."""
    try:
        parts = urlsplit(match[0])
        return f"{parts.scheme}://{parts.hostname or ''}/…"
    except ValueError:
        return "…"


def _is_code(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z0-9_]{2,40}", value) is not None
