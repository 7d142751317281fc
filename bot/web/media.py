"""What the page is shown beside its connection, and sends: pictures of photos and boards, files, uploads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import get_args
from urllib.parse import quote

from aiohttp import web

from bot.press import whole_number
from bot.requests import Request
from bot.web.attachments import Attachments
from bot.web.board_pictures import BoardPictures, Shows
from bot.web.files import Files
from bot.web.pictures import SIZES, SMALL, Pictures, kind_of
from core.errors import ModaclipError
from core.sources.text import sound

# the browser asks each time, and gets nothing where it has it: an id may become another photo's
CACHING = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
SHOWS: Mapping[str, Shows] = {f"{one}.{'png' if one == 'palette' else 'jpg'}": one for one in get_args(Shows)}


class Media:
    """Answers what is asked for by address. `asked` tells who asks, and raises where nobody is logged in."""

    def __init__(
        self,
        asked: Callable[[web.Request], Awaitable[Request]],
        same_origin: Callable[[web.Request], bool],
        pictures: Pictures,
        boards: BoardPictures,
        files: Files,
        attachments: Attachments,
    ) -> None:
        self._asked = asked
        self._same_origin = same_origin
        self._pictures = pictures
        self._boards = boards
        self._files = files
        self._attachments = attachments

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what is answered here."""
        return [
            web.post("/uploads", self._upload),
            web.get("/pictures/{id:.+}", self._picture),
            web.get("/boards/{id}/{name}", self._board),
            web.get("/files/{token}/{name}", self._file),
        ]

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        asked = await self._asked(request)
        if not self._same_origin(request):
            raise web.HTTPForbidden
        try:
            data = await request.read()
        except web.HTTPRequestEntityTooLarge:
            text = asked.words.say("This picture is too large. At most 64 MB are taken.")
            return web.json_response({"error": text}, status=413)
        token = self._attachments.keep(asked.person.id, request.query.get("name", "")[:200], data)
        return web.json_response({"id": token})

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        asked = await self._asked(request)
        photo_id, size = request.match_info["id"], request.query.get("size", SMALL)
        size = size if size in SIZES else SMALL
        try:
            tag = await self._pictures.tag(asked, photo_id, size)
            if _is_known(request, tag):
                return web.Response(status=304, headers=_headers(tag))
            data = None if tag is None else await self._pictures.get(asked, photo_id, size, tag)
        except ModaclipError as error:
            raise web.HTTPNotFound from error
        return _shown(data, tag)

    async def _board(self, request: web.Request) -> web.StreamResponse:
        asked = await self._asked(request)
        shows = SHOWS.get(request.match_info["name"])
        if shows is None:
            raise web.HTTPNotFound
        try:
            wanted = await self._boards.wanted(
                asked.workspace,
                sound(request.match_info["id"]),
                shows,
                revision=whole_number(request.query.get("revision", "")),
                dark="dark" in request.query,
            )
        except ModaclipError as error:
            raise web.HTTPNotFound from error
        if _is_known(request, wanted.tag):
            return web.Response(status=304, headers=_headers(wanted.tag))
        return _shown(await self._boards.draw(wanted), wanted.tag)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        await self._asked(request)
        name = request.match_info["name"]
        path = self._files.path(request.match_info["token"], name)
        if path is None:
            raise web.HTTPNotFound
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "private, no-store",
        }
        return web.FileResponse(path, headers=headers)


def _headers(tag: str | None) -> Mapping[str, str]:
    return {**CACHING, "ETag": f'"{tag}"'}


def _is_known(request: web.Request, tag: str | None) -> bool:
    """Tell whether the browser has a picture already."""
    return any(known.value == tag for known in request.if_none_match or ())


def _shown(data: bytes | None, tag: str | None) -> web.Response:
    if data is None:
        raise web.HTTPNotFound
    return web.Response(body=data, content_type=kind_of(data), headers=_headers(tag))
