"""Pictures that people bring: read when they are needed, from the chat or from a public address, and never kept.

A form that asks for a picture's credit is answered a minute after the picture was given; until then it waits here, in
memory.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from bot.refusals import Refused
from bot.requests import Request, Upload
from core.errors import BadImage
from core.fetch import Fetcher, FetchOptions
from core.images import ImageLimits

WAITING_S = 15 * 60
MOST_WAITING = 1000
MOST_OF_PERSON = 20  # forms; beyond that the first one's pictures make room
MOST_AT_ONCE = 10
Owner: TypeAlias = tuple[str, str]  # a workspace and a person in it: many sit in several


@dataclass(frozen=True, slots=True)
class Brought:
    """One picture's bytes, and what its file was called."""

    data: bytes
    name: str


class Uploads:
    """Reads uploads and links, within the limits of the library."""

    def __init__(
        self, limits: ImageLimits, fetch: FetchOptions, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._fetch = fetch
        self._clock = clock
        self._waiting: dict[str, tuple[float, Owner, Sequence[Upload]]] = {}

    async def read(self, uploads: Sequence[Upload]) -> list[Brought]:
        """Return the pictures' bytes. Raises BadImage for one that is too large, and what the chat raises."""
        if len(uploads) > MOST_AT_ONCE:
            raise Refused(
                "These are {n} pictures; at most {most} are taken at once.", n=len(uploads), most=MOST_AT_ONCE
            )
        for upload in uploads:
            if upload.size is not None and upload.size > self._limits.max_bytes:
                raise BadImage(
                    "The file is {size:.0f} MB; at most {most:.0f} MB are taken.",
                    size=upload.size / 2**20,
                    most=self._limits.max_bytes / 2**20,
                )
        return [Brought(await upload.read(), upload.name) for upload in uploads]

    async def fetch(self, url: str) -> Brought:
        """Return the picture at a public address. Raises FetchError."""
        async with Fetcher(self._fetch) as fetcher:
            data = await fetcher.fetch(url, max_bytes=self._limits.max_bytes)
        return Brought(data, _file_name(url))

    def linked(self, url: str) -> Upload:
        """Return the picture at a public address as if it had been uploaded; it is fetched when it is read."""

        async def read() -> bytes:
            return (await self.fetch(url)).data

        return Upload(_file_name(url), None, read)

    def wait(self, request: Request, uploads: Sequence[Upload]) -> str:
        """Let pictures wait for the form that asks who brings them about them; return the form's token."""
        self.forget_old()
        own = [token for token, (_, owner, _) in self._waiting.items() if owner == _owner(request)]
        if len(own) >= MOST_OF_PERSON:
            del self._waiting[own[0]]
        if len(self._waiting) >= MOST_WAITING:
            raise Refused("Too many pictures wait for their forms. Try again in a few minutes.")
        token = secrets.token_urlsafe(9)
        self._waiting[token] = (self._clock(), _owner(request), uploads)
        return token

    def take(self, request: Request, token: str) -> Sequence[Upload]:
        """Return the pictures that wait for this form. Raises Refused when they are gone, or are another's.

        Those of others go on waiting for them.
        """
        since, owner, uploads = self._waiting.get(token, (0.0, None, ()))
        if owner != _owner(request) or self._clock() - since > WAITING_S:
            raise Refused("The picture did not wait for so long. Send it again.")
        del self._waiting[token]
        return uploads

    def held(self, person: str) -> int:
        """Return for how many forms pictures of a person wait."""
        return sum(owner[1] == person for _, owner, _ in self._waiting.values())

    async def forget(self, person: str) -> None:
        """Let nothing of a person wait any more."""
        self._waiting = {token: entry for token, entry in self._waiting.items() if entry[1][1] != person}

    def forget_old(self) -> int:
        """Let go of what has waited too long; return for how many forms."""
        before, now = len(self._waiting), self._clock()
        self._waiting = {token: entry for token, entry in self._waiting.items() if now - entry[0] < WAITING_S}
        return before - len(self._waiting)


def _owner(request: Request) -> Owner:
    return request.workspace, request.person.id


def _file_name(url: str) -> str:
    """Return what the file at an address is called; "" where it is no address."""
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""
