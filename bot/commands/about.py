"""The library as a whole, the workspace's settings, and help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.catalogue import LANGUAGES, mark, mark_name
from bot.commands.spec import Arguments, Command, Kind, Option
from bot.preferences import CHANNELS, LEVELS, NOWHERE
from bot.replies import MOST_CARDS, Action, Reply
from bot.requests import Request

if TYPE_CHECKING:
    from bot.desk import Desk

EXAMPLES = ("sunset over ocean", "foggy forest -people", "color:teal is:landscape", "tag:night city lights")
LANGUAGE_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "ja": "日本語"}


async def library(desk: Desk, request: Request, arguments: Arguments) -> Reply:  # noqa: ARG001
    """Answer /library."""
    words = request.words
    rows: list[tuple[str, str]] = []
    async with desk.workspaces.use(request.workspace) as workspace:
        for name, each in workspace.libraries.items():
            stats = await each.stats()
            amount = ", ".join(
                (
                    words.plural("{n} photo", "{n} photos", stats.photos),
                    words.plural("{n} photographer", "{n} photographers", stats.photographers),
                    words.plural("{n} tag", "{n} tags", stats.tags),
                )
            )
            label = words.say("Shared collection {name}", name=name) if name else words.say("Photos of this team")
            rows.append((label, f"{amount}; {stats.encoder}"))
    return Reply(words.say("What is here"), details=tuple(rows))


async def settings(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /settings: show them, or change what was given."""
    words, changes = request.words, dict[str, object]()
    for name in ("adding", "editing", "language"):
        if value := arguments.text(name):
            changes[name] = value
    if count := arguments.whole("count", 0):
        changes["count"] = count
    if channels := arguments.text("channels"):
        changes["channels"] = (await desk.settings(request.workspace)).with_channel(channels, request.channel)
    if changes:
        await desk.check(request, "manage")
        await desk.state.write_settings(request.workspace, changes)
    now = await desk.settings(request.workspace)
    places = (
        words.say("everywhere")
        if not now.channels
        else words.plural("in {n} channel", "in {n} channels", len(set(now.channels) - {NOWHERE}))
    )
    return Reply(
        words.say("Settings changed.") if changes else words.say("Settings of this workspace"),
        details=(
            (words.say("Who may add photos"), words.named("choice", LEVELS[now.adding])),
            (words.say("Who may edit and remove"), words.named("choice", LEVELS[now.editing])),
            (words.say("Photos in an answer"), words.number(now.count)),
            (
                words.say("Language of what is posted"),
                LANGUAGE_NAMES.get(now.language, words.say("of whoever posts it")),
            ),
            (words.say("Results may be posted"), places),
        ),
    )


async def help_(desk: Desk, request: Request, arguments: Arguments) -> Reply:  # noqa: ARG001
    """Answer /help."""
    words = request.words
    lines = (
        words.say("Say what you look for, and I show photos by what they mean, each with its photographer's credit."),
        words.say("Only you see an answer until you post it."),
    )
    details = (
        ("/find", words.say("words, a picture, or both: /find sunset over ocean")),
        ("-people", words.say("without; tag:night, by:NAME, is:landscape, color:teal, width:>=3000 are filters")),
        ("/similar", words.say("photos like a picture, a link or a photo's id")),
        ("/photo", words.say("one photo large; /credit gives credits to copy; /tags lists tags")),
        ("/add", words.say("bring a photo in, with its credit; /edit, /tag and /remove keep it in order")),
        ("/board", words.say("mood boards: gather, vote, decide, export; /brief makes one of a brief")),
        ("/library", words.say("what is here; /settings says who may do what")),
        ("/privacy", words.say("what I keep about you; /forget me has it forgotten")),
    )
    actions = tuple(Action(f"find:{example}", example) for example in EXAMPLES)
    return Reply("\n".join(lines), details=details, actions=actions)


LIBRARY = Command(mark_name("command", "library"), mark("What is here, and which encoder finds it"), library)
HELP = Command(mark_name("command", "help"), mark("How to find photos, with examples to press"), help_)
_LEVEL_CHOICES = tuple(LEVELS.values())
SETTINGS = Command(
    mark_name("command", "settings"),
    mark("See or change who may add photos, and how answers look"),
    settings,
    (
        Option(mark_name("option", "adding"), mark("Who may add photos"), choices=_LEVEL_CHOICES),
        Option(mark_name("option", "editing"), mark("Who may edit and remove photos"), choices=_LEVEL_CHOICES),
        Option(
            mark_name("option", "count"), mark("Photos in an answer, 1 to 9"), Kind.WHOLE, lowest=1, highest=MOST_CARDS
        ),
        Option(mark_name("option", "language"), mark("Language of what is posted"), choices=("reader", *LANGUAGES)),
        Option(mark_name("option", "channels"), mark("Where results may be posted"), choices=CHANNELS),
    ),
)
