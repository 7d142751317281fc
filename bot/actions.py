"""What buttons, menus and forms do: everything that begins with something a reply has shown.

What comes back from a chat is `VERB:TOKEN`, the token of the result that the message shows; nobody can guess one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from bot import board_actions
from bot.cards import card_of
from bot.catalogue import words_for
from bot.commands.finding import asked, buttons, menus, show
from bot.commands.keeping import add_all, ask_to_remove, edit_form, edit_photo
from bot.commands.photos import show_photo
from bot.commands.privacy import ask, forget_now
from bot.commands.spec import Arguments
from bot.preferences import READER
from bot.press import Press
from bot.refusals import Refused
from bot.replies import Audience, Field, File, Form, PhotoCard, Reply
from bot.results import Search, numbered, recall
from core.credits import Format, export_credits
from core.errors import NotFound
from core.photos import Photo
from core.query import Like, Query, parse
from core.workspace import Workspace

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request


async def more(desk: Desk, request: Request, press: Press) -> Reply:
    """Show the next page, in place of this one where the message is one's own."""
    kept, search = await recall(desk.state, request, press.token)
    if search.next_offset is None:
        raise Refused("This is the last page.")
    async with desk.workspaces.use(request.workspace) as workspace:
        following = replace(search, offset=search.next_offset)
        return await show(desk, request, workspace, following, in_place=not kept.posted)


async def like(desk: Desk, request: Request, press: Press) -> Reply:
    """Show photos like the one that was chosen."""
    _, search = await recall(desk.state, request, press.token)
    query = Query(likes=(Like(numbered(search.ids, press.number)),))
    return await _search(desk, request, Search(str(query), count=await _count(desk, request)))


async def less(desk: Desk, request: Request, press: Press) -> Reply:
    """Ask the same again, but less like the photo that was chosen."""
    kept, search = await recall(desk.state, request, press.token)
    query = parse(search.query)
    unlike = Like(numbered(search.ids, press.number), negative=True)
    likes = tuple(one for one in query.likes if one.photo_id != unlike.photo_id)
    again = replace(query, likes=(*likes, unlike))
    steered = Search(str(again), search.shown, await _count(desk, request))
    return await _search(desk, request, steered, in_place=not kept.posted)


async def one(desk: Desk, request: Request, press: Press) -> Reply:
    """Show the chosen photo large."""
    _, search = await recall(desk.state, request, press.token)
    async with desk.workspaces.use(request.workspace) as workspace:
        return await show_photo(desk, request, workspace, await workspace.photo(numbered(search.ids, press.number)))


async def again(desk: Desk, request: Request, press: Press) -> Reply:
    """Show a result again, as it was."""
    _, search = await recall(desk.state, request, press.token)
    async with desk.workspaces.use(request.workspace) as workspace:
        cards = await _cards(workspace, request, search)
    return Reply(
        asked(request, search),
        cards,
        actions=buttons(request, press.token, search),
        menus=menus(request, press.token, cards) if cards else (),
        result=press.token,
    )


async def post(desk: Desk, request: Request, press: Press) -> Reply:
    """Show a private result to everybody in the channel."""
    _, search = await recall(desk.state, request, press.token)
    preferences = await desk.settings(request.workspace)
    if not preferences.may_post(request.channel):
        raise Refused("Results are not posted in this channel here. Ask a manager, who may allow it with /settings.")
    if preferences.language != READER:
        request = replace(request, words=words_for(preferences.language))
    async with desk.workspaces.use(request.workspace) as workspace:
        cards = await _cards(workspace, request, search)
    if not cards:
        raise Refused("These photos are not here any more.")
    token = await desk.state.keep(request.workspace, request.person.id, search.record(), posted=True)
    text = request.words.say("{asked}, found by {person}", asked=asked(request, search), person=request.person.name)
    return Reply(
        text,
        cards,
        actions=buttons(request, token, search, posted=True),
        menus=menus(request, token, cards),
        audience=Audience.CHANNEL,
        result=token,
    )


async def save_credits(desk: Desk, request: Request, press: Press) -> Reply:
    """Give the credits of a page as files."""
    _, search = await recall(desk.state, request, press.token)
    async with desk.workspaces.use(request.workspace) as workspace:
        photos = [photo for _, photo in await _photos(workspace, search)]
        app_name = workspace.own.options.app_name
    if not photos:
        raise Refused("These photos are not here any more.")
    kinds: tuple[tuple[str, Format], ...] = (
        ("CREDITS.txt", "text"),
        ("credits.md", "markdown"),
        ("credits.csv", "csv"),
    )
    return Reply(
        request.words.plural("The credit of {n} photo", "The credits of {n} photos", len(photos)),
        files=tuple(File(name, export_credits(photos, kind, app_name=app_name).encode()) for name, kind in kinds),
    )


async def ask_removal(desk: Desk, request: Request, press: Press) -> Reply:
    """Ask whether the photo shall be taken out."""
    await desk.check(request, "remove")
    _, search = await recall(desk.state, request, press.token)
    async with desk.workspaces.use(request.workspace) as workspace:
        return await ask_to_remove(desk, request, workspace, await workspace.photo(numbered(search.ids, "1")))


async def remove(desk: Desk, request: Request, press: Press) -> Reply:
    """Take the photo out."""
    await desk.check(request, "remove")
    _, search = await recall(desk.state, request, press.token)
    async with desk.workspaces.use(request.workspace) as workspace, desk.changing_photos(request.workspace):
        photo = await workspace.remove(numbered(search.ids, "1"))
    return Reply(request.words.say("Removed {id}.", id=photo.id), in_place=True)


async def keep(desk: Desk, request: Request, press: Press) -> Reply:
    """Leave the photo where it is."""
    await recall(desk.state, request, press.token)
    return Reply(request.words.say("It stays."), in_place=True)


async def forget(desk: Desk, request: Request, press: Press) -> Reply:  # noqa: ARG001
    """Ask whether who presses wants to be forgotten."""
    return await ask(desk, request)


async def forgotten(desk: Desk, request: Request, press: Press) -> Reply:  # noqa: ARG001
    """Forget who presses."""
    return await forget_now(desk, request)


async def open_mix(desk: Desk, request: Request, press: Press) -> Form:
    """Ask for words to mix a result with."""
    await recall(desk.state, request, press.token)
    words = request.words
    hint = words.say("but at night, with people, -cars")
    return Form(
        f"mix:{press.token}",
        words.say("Mix with words"),
        (
            Field("words", words.say("What shall be different?"), required=True, hint=hint, most=200),
            Field("number", words.say("Like photo number (or leave empty)"), most=1),
        ),
    )


async def mix(desk: Desk, request: Request, press: Press, arguments: Arguments) -> Reply:
    """Ask again with more words, or for one of the photos with words."""
    _, search = await recall(desk.state, request, press.token)
    extra, number = parse(arguments.text("words")), arguments.text("number")
    if number:
        query = replace(extra, likes=(*extra.likes, Like(numbered(search.ids, number))))
        mixed = Search(str(query), count=await _count(desk, request))
    else:
        query = parse(f"{search.query} {extra}")
        mixed = Search(str(query), search.shown, await _count(desk, request))
    return await _search(desk, request, mixed)


async def add(desk: Desk, request: Request, press: Press, arguments: Arguments) -> Reply:
    """Take in the pictures that waited for this form."""
    await desk.check(request, "add")
    waited = desk.uploads.take(request, press.token)
    return await add_all(desk, request, waited or arguments.uploads(), arguments)


async def open_edit(desk: Desk, request: Request, press: Press) -> Form:
    """Ask what to correct."""
    await desk.check(request, "edit")
    _, search = await recall(desk.state, request, press.token)
    async with desk.workspaces.use(request.workspace) as workspace:
        return await edit_form(desk, request, workspace, await workspace.photo(numbered(search.ids, "1")))


async def edit(desk: Desk, request: Request, press: Press, arguments: Arguments) -> Reply:
    """Correct the photo's record."""
    await desk.check(request, "edit")
    _, search = await recall(desk.state, request, press.token)
    return await edit_photo(desk, request, numbered(search.ids, "1"), arguments)


async def _count(desk: Desk, request: Request) -> int:
    return (await desk.settings(request.workspace)).count


async def _search(desk: Desk, request: Request, search: Search, *, in_place: bool = False) -> Reply:
    async with desk.workspaces.use(request.workspace) as workspace:
        return await show(desk, request, workspace, search, in_place=in_place)


async def _cards(workspace: Workspace, request: Request, search: Search) -> tuple[PhotoCard, ...]:
    large = len(search.ids) == 1
    photos = await _photos(workspace, search)
    return tuple(card_of(workspace, request.words, photo, number, large=large) for number, photo in photos)


async def _photos(workspace: Workspace, search: Search) -> list[tuple[int, Photo]]:
    """Return the photos of a result that are still here, under their numbers."""
    photos = []
    for number, photo_id in enumerate(search.ids, 1):
        with suppress(NotFound):
            photos.append((number, await workspace.photo(photo_id)))
    return photos


Act: TypeAlias = "Callable[[Desk, Request, Press], Awaitable[Reply]]"
ACTIONS: Mapping[str, Act] = {
    "more": more,
    "similar": like,
    "like": like,
    "less": less,
    "photo": one,
    "show": again,
    "post": post,
    "credits": save_credits,
    "remove": ask_removal,
    "removed": remove,
    "keep": keep,
    "forget": forget,
    "forgotten": forgotten,
    **board_actions.ACTIONS,
}
OPENS: Mapping[str, Callable[[Desk, Request, Press], Awaitable[Form | None]]] = {
    "mix": open_mix,
    "edit": open_edit,
    **board_actions.OPENS,
}
FORMS: Mapping[str, Callable[[Desk, Request, Press, Arguments], Awaitable[Reply]]] = {
    "mix": mix,
    "add": add,
    "edit": edit,
    **board_actions.FORMS,
}
