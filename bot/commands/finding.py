"""Finding photos: by words, by pictures, by photos that are here, in any mix."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.boards.opening import read_likes
from bot.cards import cards_of, choices_of
from bot.catalogue import mark, mark_name
from bot.commands.completing import complete_photo, complete_photographer, complete_tag
from bot.commands.spec import Arguments, Command, Kind, MessageCommand, Option
from bot.replies import MOST_CARDS, Action, Menu, Reply
from bot.results import Search
from bot.said import said
from core.query import Filter, Like, Query, parse
from core.workspace import Embedded, Found, Workspace

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

LINK = re.compile(r"https?://\S+", re.IGNORECASE)


async def find(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /find."""
    query = parse(arguments.text("query"))
    tags = [Filter("tag", name.strip().lower()) for name in arguments.text("tag").split(",") if name.strip()]
    by = arguments.text("by")
    filters = (*query.filters, *tags, *([Filter("by", by)] if by else []))
    async with desk.workspaces.use(request.workspace) as workspace:
        shown = await embed(desk, workspace, arguments)
        count = arguments.whole("count", (await desk.settings(request.workspace)).count)
        return await show(desk, request, workspace, Search(str(replace(query, filters=filters)), shown, count))


async def similar(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /similar."""
    photo, words = arguments.text("photo"), parse(arguments.text("words"))
    async with desk.workspaces.use(request.workspace) as workspace:
        shown = list(await embed(desk, workspace, arguments))
        if LINK.fullmatch(photo):
            brought = await desk.uploads.fetch(photo)
            shown.append(await workspace.embed(brought.data, brought.name))
        elif photo:
            words = replace(words, likes=(*words.likes, Like((await workspace.photo(photo)).id)))
        elif not shown:
            return Reply(
                request.words.say("Give a picture, a link to one, or the id of a photo that is here."), failed=True
            )
        count = (await desk.settings(request.workspace)).count
        return await show(desk, request, workspace, Search(str(words), tuple(shown), count))


async def embed(desk: Desk, workspace: Workspace, arguments: Arguments) -> tuple[Embedded, ...]:
    """Return the pictures that came with a command, as they are asked with."""
    brought = await desk.uploads.read(arguments.uploads())
    return tuple([await workspace.embed(one.data, one.name) for one in brought])


async def show(desk: Desk, request: Request, workspace: Workspace, search: Search, *, in_place: bool = False) -> Reply:
    """Run a search and answer with a page of it."""
    words = request.words
    if not await workspace.count():
        return Reply(words.say("There are no photos here yet. Bring the first with /add."), failed=True)
    with desk.metrics.stage("find"):
        query, boards = await read_likes(desk, request, parse(search.query))
        found = await workspace.find(
            query,
            shown=(*search.shown, *boards),
            limit=max(1, min(search.count, MOST_CARDS)),
            offset=search.offset,
            as_of=search.as_of,
        )
    ids = tuple(hit.photo.id for hit in found.hits)
    kept = replace(search, as_of=found.as_of, ids=ids, next_offset=found.next_offset)
    token = await desk.state.keep(request.workspace, request.person.id, kept.record())
    cards = cards_of(workspace, words, found.hits)
    return Reply(
        heading(request, search, found),
        cards,
        actions=buttons(request, token, kept),
        menus=menus(request, token, cards) if cards else (),
        in_place=in_place,
        result=token,
    )


def heading(request: Request, search: Search, found: Found) -> str:
    """Return what an answer begins with: what was asked, and what should be known about the answer."""
    words, lines = request.words, [asked(request, search)]
    if not found.hits:
        lines.append(words.say("No photo meets all of these conditions. Take one away, or ask for less."))
    elif not found.matches:
        lines.append(words.say("Nothing here matches. These come closest."))
    elif search.offset:
        last = search.offset + len(found.hits)
        lines.append(words.say("Photos {first} to {last}", first=search.offset + 1, last=last))
    return "\n".join([*lines, *(said(words, notice) for notice in found.notices)])


def asked(request: Request, search: Search) -> str:
    """Return what was asked, as a heading."""
    pictures = len(search.shown)
    if pictures and search.query:
        return request.words.plural(
            "Your picture and “{query}”", "Your {n} pictures and “{query}”", pictures, query=search.query
        )
    if pictures:
        return request.words.plural("Like your picture", "Like your {n} pictures", pictures)
    query = parse(search.query)
    likes = tuple(like for like in query.likes if not like.negative)
    if likes and query == Query(likes=likes):
        return request.words.say("Like {ids}", ids=", ".join(like.photo_id for like in likes))
    return f"“{search.query}”"


def buttons(request: Request, token: str, search: Search, *, posted: bool = False) -> tuple[Action, ...]:
    """Return the buttons under a page of photos."""
    words = request.words
    if not search.ids:
        return ()
    actions = [Action(f"more:{token}", words.say("Next page"), "main")] if search.next_offset is not None else []
    actions += [Action(f"mix:{token}", words.say("Mix with words"))]
    actions += [] if posted else [Action(f"post:{token}", words.say("Post to the channel"))]
    return (*actions, Action(f"credits:{token}", words.say("Save the credits")))


def menus(request: Request, token: str, cards: Sequence[object]) -> tuple[Menu, ...]:
    """Return the menus under a page of photos: what to do with one of them."""
    words, choices = request.words, choices_of(cards)  # type: ignore[arg-type]
    pin = words.say("Add to a board…")
    return (
        Menu(f"photo:{token}", words.say("Show one large…"), choices, beside=words.say("Show it large")),
        Menu(f"similar:{token}", words.say("More like…"), choices, beside=words.say("More like this one")),
        Menu(f"less:{token}", words.say("Less like…"), choices, beside=words.say("Less like this one")),
        Menu(f"pin:{token}", pin, choices, len(choices), beside=pin),
    )


FIND = Command(
    mark_name("command", "find"),
    mark("Find photos by words, filters and pictures"),
    find,
    (
        Option(mark_name("option", "query"), mark("What it shows: sunset over ocean -people is:landscape")),
        Option(mark_name("option", "image"), mark("A picture that it shall be like"), Kind.IMAGE),
        Option(mark_name("option", "tag"), mark("Only photos with this tag"), complete=complete_tag),
        Option(mark_name("option", "by"), mark("Only photos by this photographer"), complete=complete_photographer),
        Option(mark_name("option", "count"), mark("How many photos, 1 to 9"), Kind.WHOLE, lowest=1, highest=MOST_CARDS),
    ),
    example="sunset over ocean",
)
SIMILAR = Command(
    mark_name("command", "similar"),
    mark("Find photos like one that you have, or like one that is here"),
    similar,
    (
        Option(mark_name("option", "image"), mark("A picture"), Kind.IMAGE),
        Option(mark_name("option", "photo"), mark("A link to a picture, or a photo's id"), complete=complete_photo),
        Option(mark_name("option", "words"), mark("What should be different: but at night")),
    ),
)
FIND_SIMILAR = MessageCommand(mark_name("menu", "Find similar photos"), "similar")
