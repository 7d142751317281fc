"""What a message of Slack's says and shows, replies of every kind to draw, and the chat connected to a desk."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from bot.replies import Action, Choice, Copyable, File, Live, Menu, Panel, PhotoCard, Picture, Reply
from bot.slack.api import Hosts
from bot.slack.client import SlackChat, SlackOptions
from bot.slack.credentials import SlackSecrets
from bot.slack.render import Message
from bot.slack.server import EVENTS
from core.credits import credit_for
from core.photos import Photo, Photographer
from tests.bot.discord.rehearsal import FORM, JPEG, Asked, RehearsedDesk, card, page
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.fakes.slack_schema import walk

__all__ = ["FORM", "JPEG", "Asked", "RehearsedDesk", "card", "page"]
PUBLIC = "https://moda.example"
BY_SOCKET = SlackSecrets(BOT_TOKEN, APP_TOKEN)


@asynccontextmanager
async def connected(
    fake: FakeSlack, desk: Any, secrets: SlackSecrets = BY_SOCKET, **given: Any
) -> AsyncIterator[SlackChat]:
    """Connect a chat to a Slack on this machine."""
    hosts = Hosts(f"{fake.http}/api/", f"{fake.http}/files/", f"{fake.http}/respond/", f"{fake.http}/authorize")
    chat = SlackChat(desk, SlackOptions(port=0, pause_s=0.01, public_url=PUBLIC, hosts=hosts), **given)
    running = asyncio.create_task(chat.run(secrets))
    try:
        async with asyncio.timeout(5):
            while not chat.connected and not running.done():  # noqa: ASYNC110 - the chat tells nobody else
                await asyncio.sleep(0.01)
        if not running.done() and secrets.app_token:
            await fake.until(lambda: fake.sockets)
        fake.endpoint = None if secrets.app_token else f"{chat.address}{EVENTS}"
        yield chat
    finally:
        await chat.close()
        await running


def photo_card(number: int = 1, name: str = "Ann <Day> & Co", **given: Any) -> PhotoCard:
    """Return the card of a photo whose credit has links, and a name that would be markup."""
    photographer = Photographer(name=name, profile_url=f"https://example.org/{number}?a=1&b=2")
    photo = Photo(id=f"id_{number}", source="local", photographer=photographer, licence="CC-BY-4.0")
    return card(number, credit=credit_for(photo), **given)


def panel(count: int, name: str = "Ann") -> Panel:
    """Return the picture of a board with so many photos."""
    credits_of = tuple((number, photo_card(number, f"{name} {number}").credit) for number in range(1, count + 1))

    async def load(most: int) -> bytes:
        return JPEG + bytes([count % 256])

    return Panel("b1", 1, "Autumn", Picture("board.jpg", "A board", None, load), credits_of)


def board(count: int = 3, **given: Any) -> Reply:
    """Return a board's message."""
    actions = (Action("vote:b1", "Vote", "main"),)
    return Reply("“Autumn”", panel=panel(count), actions=actions, live=Live("slack:T0TEAM", "b1", 1, "en"), **given)


def every_kind() -> dict[str, Reply]:
    """Return replies of every kind, with as much in them as there may be."""
    long, odd = "x" * 5000, "<!channel> & *bold* _it_ `code` @here :wave: > quote"
    choices = tuple(Choice(str(n) * 100, f"Choice {n} {'y' * 90}", "z" * 200) for n in range(1, 26))
    actions = tuple(Action(f"do:{n}", f"Button {n} {'y' * 70}", ("plain", "main", "danger")[n % 3]) for n in range(30))
    photos = tuple(photo_card(n, f"{odd} {n}", title=odd * 3, note=odd) for n in range(1, 10))
    unsplash = tuple(card(n, url=f"https://images.unsplash.com/{n}") for n in range(1, 10))
    numbered = tuple(Choice(str(n), odd) for n in range(1, 10))
    beside = tuple(Menu(f"do{n}:x", odd, numbered, 9 if n == 6 else 1, beside=odd * 3) for n in range(7))
    return {
        "nothing": Reply(),
        "words": Reply(odd),
        "long words": Reply(long * 3),
        "refusal": Reply(odd, failed=True),
        "photos": Reply(odd, photos),
        "photos with menus": Reply(odd, photos, menus=beside, actions=actions),
        "photos elsewhere": Reply("", unsplash),
        "photos without pictures": Reply("", tuple(card(n, data=None) for n in range(1, 10))),
        "endless credits": Reply("", tuple(photo_card(n, f"{n} {'&' * 4000}") for n in range(1, 10))),
        "alt text": Reply("", (card(1, picture=Picture("a.jpg", "a" * 4000, "https://example.org/a.jpg")),)),
        "board": board(),
        "large board": board(120),
        "huge board": board(2000),
        "details": Reply("", details=tuple((odd + long, odd * 200) for _ in range(25))),
        "copyables": Reply(
            "", copyables=(Copyable("HTML", "<b>&</b>"), Copyable("Long", long), Copyable("Odd", "```"))
        ),
        "files": Reply("", files=(File("credits.csv", b"a,b"), File("<!here>.txt", b"x"))),
        "buttons": Reply(
            "", actions=(*actions, Action("", "Link", url="https://example.org"), Action("do:1", "Again"))
        ),
        "menus": Reply("", menus=(Menu("one:x", odd * 5, choices), Menu("some:x", odd * 5, choices, 9))),
        "all": Reply(long, photos, panel(400), (("a", "b"),) * 9, (Copyable("Text", "t"),), (), actions),
    }


Seen: TypeAlias = "Mapping[str, Any] | Message"  # a message as Slack has it, or as it is drawn


def texts(message: Seen) -> str:
    """Return all that a message says, as people see it."""
    parts = [part for part in walk(_blocks(message)) if part.get("type") in ("mrkdwn", "plain_text")]
    seen = re.sub(r"<https?://[^|>]+\|([^>]*)>", r"\1", "\n".join(part["text"] for part in parts))
    for sign, escape in (("<", "&lt;"), (">", "&gt;"), ("", "\u2060"), ("&", "&amp;")):
        seen = seen.replace(escape, sign)
    return seen


def images(message: Seen) -> list[dict[str, Any]]:
    """Return the pictures that a message shows."""
    return [block for block in _blocks(message) if block["type"] == "image"]


def action_ids(message: Seen) -> list[str]:
    """Return the ids of a message's buttons and menus."""
    return [part["action_id"] for part in walk(_blocks(message)) if "action_id" in part]


def _blocks(message: Seen) -> list[dict[str, Any]]:
    return message.blocks if isinstance(message, Message) else message["blocks"]
