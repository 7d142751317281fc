"""What somebody asks for, whatever chat they sit in: who, where, in which language, and what they may do.

Every chat turns its own events into these and nothing else; no command knows which chat it was typed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from bot.catalogue import Words
from bot.replies import Reply
from core.credits import one_line


class Level(IntEnum):
    """How far somebody is trusted in a workspace; each chat derives it from its own roles."""

    MEMBER = 0
    MODERATOR = 1  # may manage other people's messages
    MANAGER = 2  # may manage the workspace itself


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that came with a request. `read` fetches it, and raises ModaclipError when that can't be done."""

    name: str  # its file name, "" where it has none
    size: int | None  # bytes, where the chat says so before it is read
    read: Callable[[], Awaitable[bytes]]


Value: TypeAlias = str | int | Upload | Sequence[Upload]
Values: TypeAlias = Mapping[str, Value]  # by the name of an option or of a form's field; what was left out is absent


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. `id` is unique over all chats, "discord:80351110224678912"; `name` is what they call themselves."""

    id: str
    name: str

    def __post_init__(self) -> None:
        """Leave out of the name what can't be seen, or would turn around what stands behind it."""
        object.__setattr__(self, "name", one_line(self.name))


def own_workspace(person: str) -> str:
    """Return the workspace that is a person's alone, where their chat has such: "discord:@80351110224678912"."""
    chat, _, number = person.partition(":")
    return f"{chat}:@{number}"


async def tell_nobody(reply: Reply) -> None:
    """Let nobody know that a request waits."""


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that somebody did: a command, a press of a button, a form sent."""

    chat: str  # "discord", "slack", "web"
    workspace: str  # whose photos these are: "discord:GUILD", "discord:@PERSON" for direct messages, "web:main"
    channel: str  # where it was asked, unique over all chats
    person: Person
    words: Words  # everything said in the person's language
    level: Level = Level.MEMBER
    team: str = ""  # what people call the workspace; "" where it has no name
    upload_limit: int = 10 * 2**20  # bytes that one answer may carry in files
    tell: Callable[[Reply], Awaitable[None]] = field(default=tell_nobody)  # shows what the answer is waiting for


CHATS = {"discord": "Discord", "slack": "Slack", "web": "Web"}


def title_of(request: Request) -> str:
    """Return what a workspace is called where others hear of it: "Acme (Slack)"."""
    team, chat = one_line(request.team)[:60], CHATS.get(request.chat, request.chat)
    return f"{team} ({chat})" if team else chat
