"""Pictures and files that people send in Slack, as uploads that are read only when somebody needs their bytes.

They are known by their ids: a file's address is asked for when it is read, and kept nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from bot.requests import Upload
from bot.slack.api import LONGEST_S, Api
from bot.slack.trouble import TROUBLE, Trouble, note_trouble
from core.errors import FetchError

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".bmp", ".tif", ".tiff"})


def upload_of(api: Api, file: str, name: str = "", size: int | None = None) -> Upload:
    """Return a file of Slack's as an upload."""

    async def read() -> bytes:
        try:
            async with asyncio.timeout(LONGEST_S):
                return await api.download(file)
        except TROUBLE as error:
            if note_trouble(error, "read a file") in (Trouble.MISSING, Trouble.CLOSED):
                raise FetchError("Slack does not have this picture any more. Send it again.") from error
            raise FetchError("Slack did not hand the picture over. Try again in a minute.") from error

    return Upload(name, size, read)


def files_of(api: Api, files: Sequence[Mapping[str, Any]]) -> tuple[Upload, ...]:
    """Return what was put into a form."""
    return tuple(_upload(api, file) for file in files if file.get("id"))


def pictures_of(api: Api, message: Mapping[str, Any]) -> tuple[Upload, ...]:
    """Return the pictures of a message, attached or shown by a bot, each once."""
    found: dict[str, Upload] = {}
    for file in filter(is_picture, message.get("files") or ()):
        found[str(file["id"])] = _upload(api, file)
    for number in _shown(message.get("blocks") or ()):
        found.setdefault(number, upload_of(api, number))
    return tuple(found.values())


def is_picture(file: Mapping[str, Any]) -> bool:
    """Tell whether a file says that it is a picture."""
    if not file.get("id") or file.get("mode") == "tombstone":
        return False
    if kind := file.get("mimetype"):
        return str(kind).startswith("image/")
    return PurePosixPath(str(file.get("name") or "")).suffix.lower() in PICTURES


def _upload(api: Api, file: Mapping[str, Any]) -> Upload:
    return upload_of(api, str(file["id"]), str(file.get("name") or ""), int(file.get("size") or 0) or None)


def _shown(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        number = (block.get("slack_file") or {}).get("id") if block.get("type") == "image" else None
        if number:
            yield str(number)
