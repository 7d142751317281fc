"""Files that answers bring: kept in a folder for some days, each under an address that nobody can guess.

A board as a PDF or an archive is too large to lie in a conversation, which is sent to every window that opens.
"""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.replies import File
from bot.retention import DAY_S
from core.file_names import file_name
from core.files import sweep, write_file

KEPT_S = 7 * DAY_S
MOST_FILES = 300  # beyond these the oldest are forgotten before their time
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


class Files:
    """The files of one web chat. Without a folder they go into the conversation itself."""

    def __init__(self, folder: Path | None, *, clock: Callable[[], float] = time.time, kept_s: float = KEPT_S) -> None:
        self._folder = folder
        self._kept_s = kept_s
        self._clock = clock

    async def keep(self, file: File) -> Mapping[str, Any]:
        """Keep a file; return it as the page gets it: its name, and where it is, until when."""
        if self._folder is None:
            return {"name": file.name, "data": base64.b64encode(file.data).decode()}
        token, name = secrets.token_urlsafe(16), file_name(file.name)
        await asyncio.to_thread(self._write, self._folder / token, name, file.data)
        until = int(self._clock() + self._kept_s)
        return {"name": file.name, "href": f"/files/{token}/{quote(name)}", "size": len(file.data), "until": until}

    def path(self, token: str, name: str) -> Path | None:
        """Return where a file lies; None where there is none, or none any more."""
        if self._folder is None or not _TOKEN.fullmatch(token) or name != file_name(name):
            return None
        path = self._folder / token / name
        return path if path.is_file() and path.stat().st_mtime + self._kept_s > self._clock() else None

    async def purge(self) -> None:
        """Forget the files that were kept long enough."""
        if self._folder is not None and self._folder.is_dir():
            await asyncio.to_thread(self._purge, self._folder)

    async def forget(self, files: Iterable[Mapping[str, Any]]) -> None:
        """Forget files, as the page got them."""
        if self._folder is not None:
            tokens = [str(one.get("href", "")).split("/")[2:3] for one in files]
            for token in [one[0] for one in tokens if one and _TOKEN.fullmatch(one[0])]:
                await asyncio.to_thread(shutil.rmtree, self._folder / token, ignore_errors=True)

    def _write(self, folder: Path, name: str, data: bytes) -> None:
        folder.mkdir(mode=0o700, parents=True)
        write_file(folder / name, data, new=folder.parent)
        self._purge(folder.parent)

    def _purge(self, folder: Path) -> None:
        sweep(folder)
        kept = {one: one.stat().st_mtime for one in folder.iterdir() if _TOKEN.fullmatch(one.name)}
        newest = sorted(kept, key=lambda one: -kept[one])
        old = {one for one in kept if kept[one] + self._kept_s <= self._clock()}
        for one in old.union(newest[MOST_FILES:]):
            shutil.rmtree(one, ignore_errors=True)
