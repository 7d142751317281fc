"""Keeping the photos: adding with a credit, correcting, tagging, taking out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.catalogue import Words, mark, mark_name
from bot.commands.completing import complete_photo, complete_tag
from bot.commands.photos import show_photo
from bot.commands.spec import Arguments, Command, Kind, MessageCommand, Option
from bot.refusals import Refused
from bot.replies import Action, Field, Form, Reply
from bot.requests import Upload
from bot.results import Search
from core.curation import Record
from core.errors import BadRecord
from core.photos import Photo
from core.sources.text import tag_names
from core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.desk import Desk
    from bot.requests import Request

# What people write where they don't know who took a photo, besides the word of their own language.
UNKNOWN = frozenset({"unknown", "?", "-", "n/a", "anonymous", "unbekannt", "inconnu", "desconocido", "不明"})


async def open_add(desk: Desk, request: Request, arguments: Arguments) -> Form | None:
    """Ask for the credit of a new photo, unless it was given. Raises Refused for who may not add."""
    await desk.check(request, "add")
    if arguments.text("photographer") and (arguments.uploads() or arguments.text("link")):
        return None
    link = arguments.text("link")
    uploads = arguments.uploads() or ((desk.uploads.linked(link),) if link else ())
    token = desk.uploads.wait(request, uploads)
    title = request.words.say("Add a photo")
    return credit_form(request.words, f"add:{token}", title, arguments, with_picture=not uploads)


def credit_form(words: Words, form_id: str, heading: str, arguments: Arguments, *, with_picture: bool = False) -> Form:
    """Return the form that asks for the credit of a new photo; with `with_picture` for its picture, too."""
    link = arguments.text("link")
    credit = _credit_fields(
        words, arguments.text("photographer"), arguments.text("source") or link, arguments.text("licence")
    )
    tags = Field("tags", words.say("Tags, with commas between them"), value=arguments.text("tags"), most=500)
    title = Field("title", words.say("Title"), value=arguments.text("title"), most=200)
    picture = Field("image", words.say("Picture"), "picture", required=True)
    return Form(form_id, heading, (picture, *credit, tags) if with_picture else (*credit, title, tags))


async def add(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /add where everything was given."""
    await desk.check(request, "add")
    link = arguments.text("link")
    uploads = arguments.uploads() or ((desk.uploads.linked(link),) if link else ())
    return await add_all(desk, request, uploads, arguments)


async def add_all(desk: Desk, request: Request, uploads: Sequence[Upload], arguments: Arguments) -> Reply:
    """Take pictures in, all under the same credit."""
    words = request.words
    async with desk.workspaces.use(request.workspace) as workspace:
        added = await _take_in(desk, request, workspace, uploads, arguments)
        new = [photo for photo, is_new in added if is_new]
        if not new:
            text = words.say("This photo is here already, as {id}.", id=added[0][0].id)
        else:
            text = words.plural("Added {n} photo: {ids}", "Added {n} photos: {ids}", len(new), ids=_ids(new))
        return await show_photo(desk, request, workspace, (new or [added[0][0]])[0], text)


async def bring(
    desk: Desk, request: Request, workspace: Workspace, uploads: Sequence[Upload], arguments: Arguments
) -> list[Photo]:
    """Take pictures in, all under the same credit, and return their photos; those that are here already stay."""
    return [photo for photo, _ in await _take_in(desk, request, workspace, uploads, arguments)]


async def _take_in(
    desk: Desk, request: Request, workspace: Workspace, uploads: Sequence[Upload], arguments: Arguments
) -> list[tuple[Photo, bool]]:
    words, record = request.words, record_of(request.words, arguments)
    if not record.photographer and not _is_unknown(words, arguments.text("photographer")):
        raise BadRecord("Say who took the photo, or “unknown” if nobody knows. No photo comes in without a credit.")
    if not uploads:
        raise Refused("Give a picture or a link to one.")
    brought = await desk.uploads.read(uploads)
    return [await workspace.add(one.data, one.name, record) for one in brought]


async def open_edit(desk: Desk, request: Request, arguments: Arguments) -> Form | None:
    """Ask what to correct, with what stands there, unless something was given."""
    await desk.check(request, "edit")
    if any(arguments.text(name) for name in ("photographer", "source", "licence", "title", "place")):
        return None
    async with desk.workspaces.use(request.workspace) as workspace:
        return await edit_form(desk, request, workspace, await workspace.photo(arguments.text("photo")))


async def edit_form(desk: Desk, request: Request, workspace: Workspace, photo: Photo) -> Form:
    """Return the form that corrects a photo's record. Raises Refused for a photo of a shared collection."""
    _check_own(workspace, photo)
    words, search = request.words, Search.of_photo(photo.id)
    token = await desk.state.keep(request.workspace, request.person.id, search.record())
    credit = _credit_fields(
        words,
        photo.photographer.name or words.named("photographer", "unknown"),
        photo.page_url or "",
        photo.licence or "",
    )
    title = Field("title", words.say("Title"), value=photo.title or "", most=200)
    place = Field("place", words.say("Place"), value=photo.place or "", most=200)
    return Form(f"edit:{token}", words.say("Edit a photo"), (title, *credit, place))


async def edit(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /edit where something was given."""
    await desk.check(request, "edit")
    return await edit_photo(desk, request, arguments.text("photo"), arguments)


async def edit_photo(desk: Desk, request: Request, photo_id: str, arguments: Arguments) -> Reply:
    """Correct the record of a photo."""
    async with desk.workspaces.use(request.workspace) as workspace:
        async with desk.changing_photos(request.workspace):  # boards are shown with the credit as it is now
            photo = await workspace.edit(photo_id, record_of(request.words, arguments, cleared=True))
        return await show_photo(desk, request, workspace, photo, request.words.say("Changed {id}.", id=photo.id))


async def remove(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /remove: ask whether it is meant."""
    await desk.check(request, "remove")
    async with desk.workspaces.use(request.workspace) as workspace:
        return await ask_to_remove(desk, request, workspace, await workspace.photo(arguments.text("photo")))


async def ask_to_remove(desk: Desk, request: Request, workspace: Workspace, photo: Photo) -> Reply:
    """Ask whether a photo shall be taken out."""
    _check_own(workspace, photo)
    words = request.words
    shown = await show_photo(desk, request, workspace, photo)
    token = shown.result or ""
    return Reply(
        words.say("Take {id} out of the library? Its tags and its record go with it.", id=photo.id),
        shown.cards,
        actions=(Action(f"removed:{token}", words.say("Remove"), "danger"), Action(f"keep:{token}", words.say("Keep"))),
    )


async def tag_add(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /tag add."""
    return await _retag(desk, request, arguments, adds=True)


async def tag_remove(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /tag remove."""
    return await _retag(desk, request, arguments, adds=False)


async def _retag(desk: Desk, request: Request, arguments: Arguments, *, adds: bool) -> Reply:
    await desk.check(request, "add" if adds else "edit")
    names = tag_names(arguments.text("tags"))
    if not names:
        return Reply(request.words.say("Say which tag."), failed=True)
    async with desk.workspaces.use(request.workspace) as workspace:
        photo_id = arguments.text("photo")
        photo = await workspace.retag(photo_id, **{"add" if adds else "remove": names})
        told = dict.fromkeys(tag.name for tag in photo.tags)
        text = request.words.say("Tags of {id}: {tags}", id=photo.id, tags=", ".join(told) or "–")
        return await show_photo(desk, request, workspace, photo, text)


def record_of(words: Words, arguments: Arguments, *, cleared: bool = False) -> Record:
    """Return what somebody filled in. With `cleared`, an entry that was emptied takes away what stood there."""

    def given(name: str) -> str | None:
        text = arguments.text(name)
        return text if text or (cleared and arguments.has(name)) else None

    photographer = given("photographer")
    if photographer is not None and _is_unknown(words, photographer):
        photographer = ""
    tags = tuple(name for name in arguments.text("tags").split(",") if name.strip())
    return Record(
        photographer=photographer,
        title=given("title"),
        place=given("place"),
        licence=given("licence"),
        page_url=given("source"),
        tags=tags,
    )


def _credit_fields(words: Words, photographer: str, source: str, licence: str) -> tuple[Field, Field, Field]:
    """Return the entries of a form that make a photo's credit, with what stands there already."""
    unknown, example = words.say("Write “unknown” if nobody knows"), words.say("For example: CC BY 4.0")
    return (
        Field("photographer", words.say("Photographer"), required=True, value=photographer, hint=unknown, most=200),
        Field("source", words.say("Link to where it is from"), value=source, most=500),
        Field("licence", words.say("Licence"), value=licence, hint=example, most=80),
    )


def _check_own(workspace: Workspace, photo: Photo) -> None:
    if workspace.library_of(photo) is not workspace.own:
        raise Refused("{id} belongs to a shared collection, which only its keeper changes.", id=photo.id)


def _is_unknown(words: Words, name: str) -> bool:
    return name.strip().casefold() in UNKNOWN | {words.named("photographer", "unknown").casefold()}


def _ids(photos: Sequence[Photo]) -> str:
    return ", ".join(photo.id for photo in photos)


_PHOTO = Option(mark_name("option", "photo"), mark("The photo's id"), required=True, complete=complete_photo)
CREDIT_OPTIONS = (
    Option(mark_name("option", "photographer"), mark("Who took it, or: unknown")),
    Option(mark_name("option", "source"), mark("A link to where it is from")),
    Option(mark_name("option", "licence"), mark("Its licence, for example: CC BY 4.0")),
    Option(mark_name("option", "title"), mark("What it is called")),
)
_TAGS = Option(
    mark_name("option", "tags"), mark("Tags, with commas between them"), required=True, complete=complete_tag
)
ADD = Command(
    mark_name("command", "add"),
    mark("Add a photo to the library, with its credit"),
    add,
    (
        Option(mark_name("option", "image"), mark("The picture"), Kind.IMAGE),
        Option(mark_name("option", "link"), mark("Or a link to the picture")),
        *CREDIT_OPTIONS,
        Option(mark_name("option", "tags"), mark("Tags, with commas between them"), complete=complete_tag),
    ),
    open_add,
)
EDIT = Command(
    mark_name("command", "edit"),
    mark("Correct what is said of a photo"),
    edit,
    (_PHOTO, *CREDIT_OPTIONS, Option(mark_name("option", "place"), mark("Where it was taken"))),
    open_edit,
)
REMOVE = Command(mark_name("command", "remove"), mark("Take a photo out of the library"), remove, (_PHOTO,))
TAG_ADD = Command(mark_name("command", "tag add"), mark("Give a photo tags"), tag_add, (_PHOTO, _TAGS))
TAG_REMOVE = Command(mark_name("command", "tag remove"), mark("Take tags from a photo"), tag_remove, (_PHOTO, _TAGS))
ADD_TO_LIBRARY = MessageCommand(mark_name("menu", "Add to library"), "add")
