"""Tells a photo's source that it was chosen, where the source asks for that and a key is set.

Unsplash's API guidelines ask for its download endpoint to be called when somebody picks a photo for use, which counts
for its photographer. The address comes with the photo's record, and so from a stranger: the key is sent to Unsplash's
own API and to nobody else, for nothing but a photo's download.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.store.board_posts import BoardPosts
from bot.tasks import stop
from core.credits import on_unsplash
from core.photos import Photo

HOST = "api.unsplash.com"
PATH = re.compile(r"/photos/[\w-]{1,64}/download")
TIMEOUT_S = 10.0
AGAIN_S = 3600.0

log = logging.getLogger(__name__)


class Chosen:
    """Tells in the background; what could not be told is tried again. Without a key it does nothing."""

    def __init__(self, posts: BoardPosts, key: str | None, *, transport: Any = None) -> None:
        self._posts = posts
        self._key = key
        self._transport = transport
        self._telling: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._awaited = False  # whether somebody waits to tell, who then tells everything

    def choose(self, photos: Iterable[Photo]) -> None:
        """Tell the sources of photos that they were chosen, each once."""
        asking = [photo.download_url for photo in photos if on_unsplash(photo) and photo.download_url]
        urls = [url for url in asking if _is_api(url)]
        if urls and self._key:
            task = asyncio.create_task(self._remember(urls))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def run(self) -> None:
        """Try again, once an hour, what could not be told."""
        while True:
            await self._tell()
            await asyncio.sleep(AGAIN_S)

    async def settle(self) -> None:
        """Wait until all that is being told has been."""
        while self._telling:
            await asyncio.wait(list(self._telling))

    async def close(self) -> None:
        """Stop telling; the rest is told after the next start."""
        await stop(list(self._telling))

    async def _remember(self, urls: list[str]) -> None:
        await self._posts.choose(urls)
        await self._tell()

    async def _tell(self) -> None:
        if not self._key or self._awaited:
            return
        self._awaited = True
        try:
            await self._turn.acquire()
        finally:
            self._awaited = False
        try:
            await self._tell_all()
        finally:
            self._turn.release()

    async def _tell_all(self) -> None:
        headers = {"Authorization": f"Client-ID {self._key}", "Accept-Version": "v1"}
        async with httpx.AsyncClient(timeout=TIMEOUT_S, headers=headers, transport=self._transport) as client:
            for url in await self._posts.untold():
                try:
                    (await client.get(url)).raise_for_status()
                except httpx.InvalidURL:
                    log.warning("a photo's address can't be called")
                except httpx.HTTPStatusError as error:
                    log.warning("a source refused to be told", extra={"status": error.response.status_code})
                    if error.response.status_code not in (404, 410):
                        return  # the key, or the rate: the others would fare no better
                except httpx.HTTPError as error:
                    log.warning("a source could not be told", extra={"error": type(error).__name__})
                    return
                await self._posts.told(url)


def _is_api(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.netloc == HOST and PATH.fullmatch(parts.path) is not None
