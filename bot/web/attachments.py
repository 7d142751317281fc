"""What people send ahead of the message that it belongs to: pictures, and files of text. In memory only."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import PurePath

from bot.commands.spec import Command, Kind
from bot.refusals import Refused
from bot.requests import Upload, Value

UPLOAD_S = 30 * 60  # how long an upload waits to be used
MOST_UPLOADS = 20  # of one person at a time: what a form waits with, and the next message's
MOST_BYTES = 256 * 2**20  # of everybody's together; beyond that the oldest make room
TEXTS = frozenset({".txt", ".md", ".json"})  # endings of files that are no pictures


class Attachments:
    """All that waits to be used."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, str, str, bytes]] = {}  # by token, the oldest first

    def keep(self, person: str, name: str, data: bytes) -> str:
        """Keep a file for a while, in place of the person's oldest where too many wait; return its token."""
        now = self._clock()
        self._kept = {token: one for token, one in self._kept.items() if now - one[0] < UPLOAD_S}
        own = [token for token, one in self._kept.items() if one[1] == person]
        if len(own) >= MOST_UPLOADS:
            self._kept.pop(own[0])
        token = secrets.token_urlsafe(16)
        self._kept[token] = (now, person, name, data)
        held = sum(len(one[3]) for one in self._kept.values())
        while held > MOST_BYTES and len(self._kept) > 1:
            held -= len(self._kept.pop(next(iter(self._kept)))[3])
        return token

    def held(self, person: str) -> int:
        """Return how many files of a person wait."""
        return sum(one[1] == person for one in self._kept.values())

    def forget(self, person: str) -> None:
        """Let no file of a person wait any more."""
        self._kept = {token: one for token, one in self._kept.items() if one[1] != person}

    def get(self, person: str, tokens: Sequence[object]) -> tuple[Upload, ...]:
        """Return those of a person's files that are still there."""
        found = []
        for token in tokens[: MOST_UPLOADS + 1]:
            _, owner, name, data = self._kept.get(str(token), (0.0, "", "", b""))
            if owner == person:
                found.append(Upload(name, len(data), self._reader(str(token))))
        return tuple(found)

    def _reader(self, token: str) -> Callable[[], Awaitable[bytes]]:
        """Return what reads a file while it is here: a form that waits for long must not keep it in memory."""

        async def read() -> bytes:
            if token not in self._kept:
                raise Refused("The picture did not wait for so long. Send it again.")
            return self._kept[token][3]

        return read


def is_text(upload: Upload) -> bool:
    """Tell whether a file is no picture but text."""
    return PurePath(upload.name).suffix.lower() in TEXTS


def given_with(command: Command | None, uploads: Sequence[Upload]) -> Mapping[str, Value]:
    """Return what came with a command, by the options that take it. Raises Refused where none does."""
    takes = {option.kind: option.name for option in command.options} if command is not None else {}
    texts = tuple(one for one in uploads if is_text(one))
    pictures = tuple(one for one in uploads if not is_text(one))
    values: dict[str, Value] = {}
    if texts and Kind.FILE not in takes:
        raise Refused("A file of text belongs to /brief or to /board import.")
    if texts:
        values[takes[Kind.FILE]] = texts
    if pictures:
        values[takes.get(Kind.IMAGE, "image")] = pictures
    return values
