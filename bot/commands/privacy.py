"""What is kept about who asks, and that it is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.catalogue import Words, mark, mark_name
from bot.commands.spec import Arguments, Command
from bot.privacy import Kept
from bot.replies import Action, Reply
from bot.requests import CHATS, Request
from bot.retention import Retention
from bot.uploads import WAITING_S

if TYPE_CHECKING:
    from bot.desk import Desk


async def privacy(desk: Desk, request: Request, arguments: Arguments) -> Reply:  # noqa: ARG001
    """Answer /privacy: what is kept about who asks, how much of it, and for how long."""
    words = request.words
    kept = await desk.privacy.kept(request.person.id)
    lines = (
        words.say("This is all that I keep about you. Nobody else sees this answer."),
        words.say(
            "A picture that you search with is not kept; of it there are only the numbers by which it was compared."
        ),
        words.say("Photos that you added are your team's: nothing says that it was you who added them."),
    )
    return Reply(
        "\n".join((*lines, *_unread(words, kept))),
        details=_rows(words, request.chat, kept, desk.retention),
        actions=(Action("forget:", words.say("Forget me…"), "danger"),),
    )


async def forget_me(desk: Desk, request: Request, arguments: Arguments) -> Reply:  # noqa: ARG001
    """Answer /forget me: ask whether it is meant."""
    return await ask(desk, request)


async def ask(desk: Desk, request: Request) -> Reply:
    """Ask whether a person wants to be forgotten, and say what that means."""
    words, kept = request.words, await desk.privacy.kept(request.person.id)
    lines = [
        words.say(
            "Shall I forget you? I do so for this workspace and for boards that it shares; another workspace of Slack "
            "does not know that you are the same, so ask there as well. This can't be undone."
        )
        if request.chat == "slack"
        else words.say(
            "Shall I forget you? I do so everywhere I know you from {chat}, not only here. This can't be undone.",
            chat=CHATS.get(request.chat, request.chat),
        ),
        words.say("Your searches are deleted, so buttons under their answers stop working, in posted ones as well."),
        words.say("What you did on boards stays there without your name; nobody can tell that it was you."),
    ]
    if kept.own_photos or kept.own_boards:
        lines.append(words.say("The photos and boards that are yours alone are deleted, with their files."))
    action = Action("forgotten:", words.say("Forget me"), "danger")
    return Reply("\n".join(lines), details=_rows(words, request.chat, kept, desk.retention), actions=(action,))


async def forget_now(desk: Desk, request: Request) -> Reply:
    """Forget who asks; say what was forgotten, and what stays."""
    words, kept = request.words, await desk.privacy.forget(request.person.id)
    stays = [
        words.say("What stays, and why:"),
        words.say("On boards, what was done, without your name: pins, votes, notes and decisions are your team's."),
        words.say("Photos that you added, and your credit where you are their photographer: they are your team's."),
    ]
    if request.chat == "web":
        stays.append(words.say("You are still logged in, as somebody new."))
    else:
        chat = CHATS.get(request.chat, request.chat)
        stays.append(words.say("Messages in {chat}: they are kept by {chat}, which lets you delete them.", chat=chat))
    return Reply(
        "\n".join((words.say("You are forgotten. This is what I knew:"), *stays, *_unread(words, kept))),
        details=_rows(words, request.chat, kept, desk.retention),
        in_place=True,
        passing=True,
    )


def _rows(words: Words, chat: str, kept: Kept, retention: Retention) -> tuple[tuple[str, str], ...]:
    """Return what is kept, each with how much of it and for how long. What there is none of stands there, too."""

    def days(count: int, number: int) -> str:
        return words.say("{count}, each for {days} days", count=words.number(count), days=number)

    done = words.plural("{n} change", "{n} changes", kept.changes)
    where = words.plural("on {n} board", "on {n} boards", kept.boards)
    rows = [
        (words.say("Your searches and their answers"), days(kept.results, retention.results_days)),
        (
            words.say("What you did on boards, with your name"),
            words.say("{done} {where}, as long as a board is there", done=done, where=where),
        ),
        (words.say("Boards of other teams that yours joined by your hand"), words.number(kept.links)),
        (
            words.say("Pictures that wait in memory for a form"),
            words.say("{count}, for {minutes} minutes", count=words.number(kept.waiting), minutes=WAITING_S // 60),
        ),
    ]
    if chat == "web":
        rows += [
            (words.say("Your conversation, and what you posted"), days(kept.entries, retention.history_days)),
            (words.say("The name that you gave yourself"), words.number(kept.names)),
            (words.say("Browsers in which you are logged in"), days(kept.sessions, retention.sessions_days)),
        ]
    if chat == "discord":
        photos = words.plural("{n} photo", "{n} photos", kept.own_photos)
        boards = words.plural("{n} board", "{n} boards", kept.own_boards)
        rows.append((words.say("What you keep in direct messages with me"), f"{photos}, {boards}"))
    return tuple(rows)


def _unread(words: Words, kept: Kept) -> tuple[str, ...]:
    """Return what is to be said where not all could be looked at."""
    if not kept.unread:
        return ()
    text = words.plural(
        "{n} library could not be looked at just now. Ask again later.",
        "{n} libraries could not be looked at just now. Ask again later.",
        kept.unread,
    )
    return (text,)


PRIVACY = Command(mark_name("command", "privacy"), mark("See what is kept about you, and for how long"), privacy)
FORGET_ME = Command(
    mark_name("command", "forget me"), mark("Have everything forgotten that is kept about you"), forget_me
)
