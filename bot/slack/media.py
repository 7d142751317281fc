"""Pictures of a message: shown from their source where its terms ask for that, else uploaded to Slack once.

A picture that was uploaded is shown by its id as long as the program remembers it, so that a page that is turned back,
or a board that is drawn anew, sends nothing twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from typing import Any

from bot.replies import Picture
from bot.slack.api import Api
from bot.slack.trouble import TROUBLE, note_trouble

MOST_REMEMBERED = 5000
PICTURE_BYTES = 8 * 2**20  # that one picture may have
URL_CHARACTERS = 3000
LOAD_S = 60.0

log = logging.getLogger(__name__)


class Media:
    """Brings pictures to Slack."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._sent: OrderedDict[str, str] = OrderedDict()  # ids of files, by the hash of what is in them

    async def source_of(self, picture: Picture, of: str) -> dict[str, Any] | None:
        """Return what an image block shows; None where the picture can't be had."""
        url = picture.url
        if url and url.startswith(("https://", "http://")) and len(url) <= URL_CHARACTERS:
            return {"image_url": url}
        data = await _load(picture, of)
        if data is None:
            return None
        digest = hashlib.sha256(data).hexdigest()
        if (known := self._sent.get(digest)) is not None:
            self._sent.move_to_end(digest)
            return {"slack_file": {"id": known}}
        try:
            (file,) = await self._api.upload([(picture.name, data)])
            if not await self._api.wait_for_picture(file):
                return None
        except TROUBLE as error:
            note_trouble(error, "upload a picture")
            return None
        self._sent[digest] = file
        while len(self._sent) > MOST_REMEMBERED:
            self._sent.popitem(last=False)
        return {"slack_file": {"id": file}}

    def forget(self) -> None:
        """Upload everything anew from now on: somebody may have deleted what was uploaded before."""
        self._sent.clear()


async def _load(picture: Picture, of: str) -> bytes | None:
    if picture.load is None:
        return None
    try:
        async with asyncio.timeout(LOAD_S):
            data = await picture.load(PICTURE_BYTES)
    except Exception:  # a photo's credit without its picture is better than no answer
        log.warning("a picture could not be read", extra={"of": of}, exc_info=True)
        return None
    return data if data and len(data) <= PICTURE_BYTES else None
