"""What the text that somebody is typing may become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.replies import MOST_CHOICES, Choice

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request


async def complete_tag(desk: Desk, request: Request, typed: str) -> Sequence[Choice]:
    """Return tags; of several between commas the last is completed."""
    before, comma, last = typed.rpartition(",")
    async with desk.workspaces.use(request.workspace) as workspace:
        counts = (await workspace.tags(last.strip()))[:MOST_CHOICES]
    return [_counted(request, f"{before}{comma} {name}" if comma else name, count) for name, count in counts]


async def complete_photographer(desk: Desk, request: Request, typed: str) -> Sequence[Choice]:
    """Return photographers."""
    async with desk.workspaces.use(request.workspace) as workspace:
        counts = (await workspace.photographers(typed.strip()))[:MOST_CHOICES]
    return [_counted(request, name, count) for name, count in counts]


async def complete_photo(desk: Desk, request: Request, typed: str) -> Sequence[Choice]:
    """Return photos by their ids."""
    async with desk.workspaces.use(request.workspace) as workspace:
        ids = await workspace.ids(typed.strip(), limit=MOST_CHOICES)
    return [Choice(photo_id, photo_id) for photo_id in ids if len(photo_id) <= 100]


def _counted(request: Request, value: str, count: int) -> Choice:
    photos = request.words.plural("{n} photo", "{n} photos", count)
    return Choice(value[:100], f"{value[:70]} · {photos}", photos)
