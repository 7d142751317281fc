"""Pictures of a message: shown from their source where its terms ask for that, else uploaded to Slack once.

A picture that was uploaded is shown by its id as long as the program remembers it, so that a page that is turned back,
or a board that is drawn anew, sends nothing twice. What one person alone shall see is shared with that person first:
see `bot.slack.shares`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.replies import Picture
from bot.slack.api import Api
from bot.slack.trouble import TROUBLE, note_trouble
from core.photos import Credit

MOST_REMEMBERED = 5000
MOST_THREADS = 5000  # people; a thread that is forgotten is begun anew
PICTURE_BYTES = 8 * 2**20  # that one picture may have
URL_CHARACTERS = 3000
LOAD_S = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of an answer."""

    number: int  # of its card; 0 for the picture of a board
    picture: Picture
    of: str  # whose picture it is, for the log
    credit: Credit | None = None  # None where the picture itself holds the credits


class Shows(Protocol):
    """Brings pictures to where they are seen."""

    async def sources_of(self, shown: Sequence[Shown], /) -> dict[int, dict[str, Any]]:
        """Return what image blocks show, by the pictures' numbers; those that can't be had are left out."""


class Media:
    """Brings pictures to Slack, for messages that the bot posts."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._sent: OrderedDict[str, str] = OrderedDict()  # ids of files, by the hash of what is in them
        self._threads: OrderedDict[str, tuple[str, str]] = OrderedDict()  # channel and thread, by the person
        self.beginning = asyncio.Lock()

    async def sources_of(self, shown: Sequence[Shown], /) -> dict[int, dict[str, Any]]:
        """Return what image blocks show, by the pictures' numbers; those that can't be had are left out."""
        found = await asyncio.gather(*(self.source_of(one.picture, one.of) for one in shown))
        return {one.number: source for one, source in zip(shown, found, strict=True) if source}

    async def source_of(self, picture: Picture, of: str) -> dict[str, Any] | None:
        """Return what an image block shows; None where the picture can't be had."""
        if elsewhere := source_elsewhere(picture):
            return elsewhere
        data = await load_picture(picture, of)
        if data is None:
            return None
        digest = digest_of(data)
        if (known := self.known(digest)) is not None:
            return source_here(known)
        try:
            (file,) = await self._api.upload([(picture.name, data)])
            if not await self._api.wait_for_picture(file):
                return None
        except TROUBLE as error:
            note_trouble(error, "upload a picture")
            return None
        self.keep(digest, file)
        return source_here(file)

    def known(self, key: str) -> str | None:
        """Return the id of a file that was kept under a key."""
        if key in self._sent:
            self._sent.move_to_end(key)
        return self._sent.get(key)

    def keep(self, key: str, file: str) -> None:
        """Remember a file; the one that was asked for the longest time ago is forgotten for it."""
        self._sent[key] = file
        while len(self._sent) > MOST_REMEMBERED:
            self._sent.popitem(last=False)

    def thread(self, person: str) -> tuple[str, str] | None:
        """Return the channel and the thread in which pictures are shared with somebody."""
        if person in self._threads:
            self._threads.move_to_end(person)
        return self._threads.get(person)

    def keep_thread(self, person: str, channel: str, thread: str) -> None:
        """Remember a thread; that of who asked the longest time ago is forgotten for it."""
        self._threads[person] = (channel, thread)
        while len(self._threads) > MOST_THREADS:
            self._threads.popitem(last=False)

    def forget_thread(self, person: str) -> None:
        """Begin a thread anew, next time: nothing was taken in this one."""
        self._threads.pop(person, None)

    def forget_person(self, person: str) -> None:
        """Forget what was shared with somebody, and where."""
        self.forget_thread(person)
        for key in [key for key in self._sent if key.startswith(f"{person}:")]:
            del self._sent[key]

    def forget(self) -> None:
        """Upload everything anew from now on: somebody may have deleted what was uploaded before."""
        self._sent.clear()
        self._threads.clear()


def source_elsewhere(picture: Picture) -> dict[str, Any] | None:
    """Return what shows a picture from its own source, where that is asked for."""
    url = picture.url
    if url and url.startswith(("https://", "http://")) and len(url) <= URL_CHARACTERS:
        return {"image_url": url}
    return None


def source_here(file: str) -> dict[str, Any]:
    """Return what shows a file of Slack's."""
    return {"slack_file": {"id": file}}


def digest_of(data: bytes) -> str:
    """Return what a picture is known by."""
    return hashlib.sha256(data).hexdigest()


async def load_picture(picture: Picture, of: str) -> bytes | None:
    """Return a picture's bytes; None where it can't be had, or is too large."""
    if picture.load is None:
        return None
    try:
        async with asyncio.timeout(LOAD_S):
            data = await picture.load(PICTURE_BYTES)
    except Exception:  # a photo's credit without its picture is better than no answer
        log.warning("a picture could not be read", extra={"of": of}, exc_info=True)
        return None
    return data if data and len(data) <= PICTURE_BYTES else None
