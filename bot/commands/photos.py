"""Single photos: all that is known of one, credits ready to copy, and lists of tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.cards import card_of, title_of
from bot.catalogue import Words, mark, mark_name
from bot.commands.completing import complete_photo, complete_tag
from bot.commands.spec import Arguments, Command, Option
from bot.replies import MOST_CARDS, Action, Copyable, Reply
from bot.results import Search
from bot.said import shortened
from core.colours import name_of
from core.credits import export_credits, licence_name
from core.photos import Photo
from core.query import Query
from core.workspace import Workspace

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

SHOWN_TAGS = 25
TAGS_LISTED = 60


async def photo(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /photo."""
    async with desk.workspaces.use(request.workspace) as workspace:
        return await show_photo(desk, request, workspace, await workspace.photo(arguments.text("photo")))


async def show_photo(
    desk: Desk, request: Request, workspace: Workspace, shown: Photo, text: str = "", *, in_place: bool = False
) -> Reply:
    """Answer with one photo, large, with all that is known of it."""
    words = request.words
    search = Search.of_photo(shown.id)
    token = await desk.state.keep(request.workspace, request.person.id, search.record())
    actions = [Action(f"like:{token}", words.say("Similar photos"), "main")]
    actions += [Action(f"post:{token}", words.say("Post to the channel"))]
    actions += [Action(f"pin:{token}", words.say("Add to a board…"))]
    if workspace.library_of(shown) is workspace.own and await desk.may(request, "edit"):
        actions += [
            Action(f"edit:{token}", words.say("Edit")),
            Action(f"remove:{token}", words.say("Remove"), "danger"),
        ]
    credit = workspace.credit(shown)
    return Reply(
        text or title_of(shown) or shown.id,
        (card_of(workspace, words, shown, large=True),),
        details=details_of(words, shown),
        copyables=(
            Copyable("Markdown", credit.markdown, "markdown"),
            Copyable("HTML", credit.html, "html"),
            Copyable(words.say("Plain text"), " ".join(filter(None, (credit.text, credit.url)))),
        ),
        actions=tuple(actions),
        in_place=in_place,
        result=token,
    )


def details_of(words: Words, shown: Photo) -> tuple[tuple[str, str], ...]:
    """Return what is known of a photo, as label and value."""
    colours = ", ".join(f"{colour.hex} {name_of(colour.hex)} {colour.share:.0%}" for colour in shown.colours)
    size = f"{shown.width} × {shown.height}" if shown.width and shown.height else ""
    rows = (
        (words.say("Id"), shown.id),
        (words.say("Description"), shown.description if shown.description != title_of(shown) else ""),
        (words.say("Tags"), ", ".join(dict.fromkeys(tag.name for tag in shown.tags[:SHOWN_TAGS]))),
        (words.say("Colours"), colours),
        (words.say("Size"), size),
        (words.say("Place"), shown.place),
        (words.say("Taken"), words.day(shown.taken_at) if shown.taken_at else ""),
        (words.say("Published"), words.day(shown.published_at) if shown.published_at else ""),
        (words.say("Licence"), licence_name(shown.licence)[0] if shown.licence else ""),
        (words.say("Source"), shown.page_url or shown.source),
    )
    return tuple((label, value) for label, value in rows if value)


async def credit(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /credit."""
    ids = list(dict.fromkeys(re.split(r"[\s,;]+", arguments.text("photos").strip())))
    async with desk.workspaces.use(request.workspace) as workspace:
        photos = [await workspace.photo(photo_id) for photo_id in ids[:100] if photo_id]
        app_name = workspace.own.options.app_name
    if not photos:
        return Reply(request.words.say("Give the ids of photos, with blanks between them."), failed=True)
    return Reply(
        request.words.plural("The credit of {n} photo", "The credits of {n} photos", len(photos)),
        copyables=(
            Copyable("Markdown", export_credits(photos, "markdown", app_name=app_name), "markdown"),
            Copyable("HTML", export_credits(photos, "html", app_name=app_name), "html"),
            Copyable(request.words.say("Plain text"), export_credits(photos, "text", app_name=app_name)),
        ),
    )


async def tags(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /tags."""
    words, prefix = request.words, arguments.text("prefix")
    async with desk.workspaces.use(request.workspace) as workspace:
        counts = await workspace.tags(prefix, current=True)
    if not counts:
        if prefix:
            text = words.say("No tag begins with “{prefix}”. See all with /tags.", prefix=shortened(prefix))
            return Reply(text, failed=True)
        return Reply(words.say("There are no tags here yet. Give one with /tag add."), failed=True)
    listed = ", ".join(f"{name} ({words.number(count)})" for name, count in counts[:TAGS_LISTED])
    if len(counts) > TAGS_LISTED:
        more = words.plural("and {n} more tag", "and {n} more tags", len(counts) - TAGS_LISTED)
        listed = f"{listed}, {more}"
    names = [name for name, _ in counts[:MOST_CARDS]]
    actions = tuple(Action(f"find:{Query.tagged(name)}"[:100], name[:80]) for name in names[:5])
    return Reply(listed, actions=actions)


PHOTO = Command(
    mark_name("command", "photo"),
    mark("Show one photo large, with all that is known of it"),
    photo,
    (Option(mark_name("option", "photo"), mark("The photo's id"), required=True, complete=complete_photo),),
)
CREDIT = Command(
    mark_name("command", "credit"),
    mark("Credits of photos as Markdown, HTML and plain text"),
    credit,
    (Option(mark_name("option", "photos"), mark("Ids of photos, with blanks between them"), required=True),),
)
TAGS = Command(
    mark_name("command", "tags"),
    mark("List the tags that photos have"),
    tags,
    (Option(mark_name("option", "prefix"), mark("What the tag begins with"), complete=complete_tag),),
    example="sun",
)
