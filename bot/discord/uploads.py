"""Pictures that people send in Discord, as uploads that are read only when somebody needs their bytes.

Attachments have URLs that are signed and expire, so they are never kept. Pictures that a message only links to are read
from Discord's own copies of them: a message can't make this program fetch from anywhere else, and an address of another
host is not read, whoever says that it is a picture's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

import discord

from bot.discord.trouble import TROUBLE, Trouble, note_trouble
from bot.requests import Upload
from core.errors import FetchError

MOST_BYTES = 64 * 2**20
LONGEST_S = 60.0
FILES = (".discordapp.com", ".discordapp.net")  # how the hosts of Discord's files end
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".bmp", ".tif", ".tiff"})


class Reader(Protocol):
    """What brings bytes from Discord: the client's `http`."""

    async def get_from_cdn(self, url: str) -> bytes:
        """Return what lies at a URL of Discord's."""


def upload_at(reader: Reader, url: str, name: str = "", size: int | None = None) -> Upload:
    """Return the upload that lies at a URL of Discord's."""

    async def read() -> bytes:
        if not _is_discords(url):
            raise FetchError("This picture does not lie in Discord. Upload it here.")
        if size is not None and size > MOST_BYTES:
            raise FetchError(
                "The picture has {size:.0f} MB; more than {most:.0f} MB are not read.",
                size=size / 2**20,
                most=MOST_BYTES / 2**20,
            )
        try:
            async with asyncio.timeout(LONGEST_S):
                return await reader.get_from_cdn(url)
        except TROUBLE as error:
            if note_trouble(error, "read a picture") in (Trouble.MISSING, Trouble.FORBIDDEN):
                raise FetchError("Discord does not have this picture any more. Send it again.") from error
            raise FetchError("Discord did not hand the picture over. Try again in a minute.") from error

    return Upload(name, size, read)


def upload_of(reader: Reader, attachment: discord.Attachment) -> Upload:
    """Return an attachment as an upload."""
    return upload_at(reader, attachment.url, attachment.filename, attachment.size)


def pictures_of(reader: Reader, message: discord.Message) -> tuple[Upload, ...]:
    """Return the pictures of a message, and of what it forwards: attached, embedded, or shown by a bot, each once."""
    found: dict[str, Upload] = {}
    parts: tuple[discord.Message | discord.MessageSnapshot, ...] = (message, *message.message_snapshots)
    for part in parts:
        for attachment in filter(is_picture, part.attachments):
            found.setdefault(_place(attachment.url), upload_of(reader, attachment))
        for embed in part.embeds:
            _add(found, reader, embed.image.proxy_url or embed.thumbnail.proxy_url)
        for item in _shown(part.components):
            _add(found, reader, item.proxy_url if (item.content_type or "image/").startswith("image/") else None)
    return tuple(found.values())


def is_picture(attachment: discord.Attachment) -> bool:
    """Tell whether an attachment says that it is a picture."""
    if attachment.content_type:
        return attachment.content_type.startswith("image/")
    return PurePosixPath(attachment.filename).suffix.lower() in PICTURES


def _is_discords(url: str) -> bool:
    """Tell whether Discord keeps what lies at a URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    own = url.startswith(f"{discord.Asset.BASE}/")  # where the library itself reads from
    return own or (parts.scheme == "https" and parts.netloc == host and host.endswith(FILES))


def _add(found: dict[str, Upload], reader: Reader, url: str | None) -> None:
    if url:
        found.setdefault(_place(url), upload_at(reader, url, PurePosixPath(urlsplit(url).path).name))


def _place(url: str) -> str:
    """Return a URL's path: a gallery shows an attachment from another host, with another signature."""
    return urlsplit(url).path


def _shown(components: Iterable[object]) -> Iterator[discord.UnfurledMediaItem]:
    for component in components:
        if isinstance(component, discord.MediaGalleryComponent):
            yield from (item.media for item in component.items)
        elif isinstance(component, discord.ThumbnailComponent):
            yield component.media
        elif isinstance(component, discord.Container | discord.SectionComponent):
            yield from _shown(component.children)
            if isinstance(component, discord.SectionComponent):
                yield from _shown([component.accessory])
