"""Looks at odd strings as chats show them: in replies, forms and names of files, each read as that chat reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.discord.forms import modal_of as discord_modal
from bot.discord.media import Cargo
from bot.discord.render import draw as draw_for_discord
from bot.replies import File, Form, Reply
from bot.slack.answers import Place
from bot.slack.forms import Purpose
from bot.slack.forms import modal_of as slack_modal
from bot.slack.render import draw as draw_for_slack
from bot.web.drawing import draw_form, draw_reply
from bot.web.files import Files
from tests.fakes.discord_schema import walk as walk_discord
from tests.fakes.slack_schema import walk as walk_slack
from tests.torture.odd_things import WORDS, form_of, replies_of
from tests.torture.reading import Read, discord_of, faults_of_names, html_of, seen, slack_of, slack_plain_of, times_in

LINKS = ("http://", "https://")
OWN = frozenset({"Send", "Close", "Note", "Licence"})  # of a form's words
UPLOAD_LIMIT = 10 * 2**20


def in_chats(odd: str, folder: Path) -> Iterator[str]:
    """Yield what is wrong with an odd string in all that chats show."""
    asyncio.get_event_loop_policy()
    for reply in replies_of(odd):
        yield from asyncio.run(_replied(reply, odd))
    yield from _in_forms(form_of(odd), odd)
    yield from _in_files(odd, folder)


async def _replied(reply: Reply, odd: str) -> list[str]:
    return [*await faults_in_discord(reply, odd), *await faults_in_slack(reply, odd), *faults_on_the_page(reply, odd)]


def said(reply: Reply, odd: str) -> int:
    """Return how often an odd string must be read in a reply, in places where nothing is left out."""
    fields = [reply.text, *(part for pair in reply.details for part in pair)]
    fields += [part for card in reply.cards for part in (card.credit.name, card.note)]
    fields += [credit.name for _, credit in reply.panel.credits] if reply.panel else []
    return sum(times_in(field, odd) > 0 for field in fields) if seen(odd) else 0


async def faults_in_discord(reply: Reply, odd: str = "") -> list[str]:
    """Return what is wrong with a reply in Discord."""
    drawn = await draw_for_discord(reply, WORDS, UPLOAD_LIMIT)
    parts = [part for part in walk_discord(drawn.view.to_components()) if isinstance(part, dict)]
    texts = [part["content"] for part in parts if part.get("type") == 10]
    read = [discord_of(text) for text in texts]
    own = {
        "strong": len(reply.cards)
        + len(reply.details)
        + len(reply.copyables)
        + len(reply.panel.credits if reply.panel else ()),
        "code": len(reply.cards) + len(reply.copyables),
    }
    return [*_faults("Discord", read, own, reply, odd), *faults_of_names(list(drawn.cargo.files))]


async def faults_in_slack(reply: Reply, odd: str = "") -> list[str]:
    """Return what is wrong with a reply in Slack."""
    drawn = await draw_for_slack(reply, WORDS, None)
    parts = [part for message in drawn.messages for part in walk_slack(message.blocks) if isinstance(part, dict)]
    read = [slack_of(part["text"]) for part in parts if part.get("type") == "mrkdwn"]
    read += [slack_plain_of(part["text"]) for part in parts if part.get("type") == "plain_text"]
    own = {
        "strong": len(reply.cards)
        + len(reply.details)
        + len(reply.copyables)
        + len(reply.panel.credits if reply.panel else ())
        + len(reply.menus),
        "code": len(reply.cards),
        "block": len(reply.copyables),
    }
    faults = _faults("Slack", read, own, reply, odd)
    for message in drawn.messages:
        faults += [
            f"Slack's notification has {mark}"
            for mark in slack_of(message.text).marks
            if mark.kind in ("mention", "link", "bare")
        ]
    return faults


def _faults(chat: str, read: Sequence[Read], own: dict[str, int], reply: Reply, odd: str) -> list[str]:
    faults = []
    counts: dict[str, int] = {}
    for mark in (mark for one in read for mark in one.marks):
        counts[mark.kind] = counts.get(mark.kind, 0) + 1
        if mark.kind == "link" and not mark.to.startswith(LINKS):
            faults.append(f"{chat} has a link to {mark.to!r}")
    links = 3 * (len(reply.cards) + (len(reply.panel.credits) if reply.panel else 0))
    for kind, count in counts.items():
        if count > {**own, "link": links}.get(kind, 0):
            faults.append(f"{chat} takes it for {kind}")
    if odd and (there := sum(times_in(one.text, odd) for one in read)) < (wanted := said(reply, odd)):
        faults.append(f"{chat} shows it {there} of {wanted} times")
    return faults


def faults_on_the_page(reply: Reply, odd: str = "") -> list[str]:
    """Return what is wrong with a reply in the web chat, which takes only credits for markup."""
    data = json.loads(json.dumps(draw_reply(reply)))
    credits_ = [card["credit"] for card in data["cards"]] + [
        html for _, html in (data["panel"] or {}).get("credits", ())
    ]
    faults = []
    for credit in credits_:
        for mark in html_of(credit).marks:
            if mark.kind not in ("html", "head", "body", "a href rel"):
                faults.append(f"the page takes it for {mark.kind!r}")
            elif mark.kind.startswith("a ") and not mark.to.startswith(LINKS):
                faults.append(f"the page has a link to {mark.to!r}")
    if reply.cards and times_in(html_of(credits_[0]).text, odd) < 1:
        faults.append("the page does not show it whole in a credit")
    return faults


def _in_forms(form: Form, odd: str) -> Iterator[str]:
    """Yield what is wrong with a form: what stands in its entries is what will be sent back."""
    place = Purpose(form.id, Place("U1", "C1"))
    slack: dict[str, Any] = slack_modal(form, place, WORDS)
    discord = discord_modal(form).to_dict()
    for part in walk_slack(slack):
        if isinstance(part, dict) and part.get("type") == "plain_text":
            yield from (f"Slack's form has {mark}" for mark in slack_plain_of(part["text"]).marks)
            if part["text"] not in OWN and times_in(slack_plain_of(part["text"]).text, odd, least=8) < 1:
                yield f"Slack's form says {part['text']!r}"
    values = [part["initial_value"] for part in walk_slack(slack) if isinstance(part, dict) and "initial_value" in part]
    values += [part["value"] for part in walk_discord([discord]) if isinstance(part, dict) and part.get("type") == 4]
    values += [field["value"] for field in draw_form(form)["fields"] if field["kind"] != "choice"]
    yield from (f"a form has {value!r} in an entry" for value in values if value != odd)


def _in_files(odd: str, folder: Path) -> Iterator[str]:
    """Yield what is wrong with the names of files that chats are sent, or that the web chat keeps."""
    cargo = Cargo(1000)
    names = [cargo.add(odd, b"x"), cargo.add(f"{odd}.pdf", b"x")]
    yield from faults_of_names([name for name in names if name])
    files = Files(folder / "files")
    for name in (odd, f"{odd}.pdf"):
        kept = asyncio.run(files.keep(File(name, b"x")))
        yield from faults_of_names([_unquoted(kept["href"])])


def _unquoted(address: str) -> str:
    from urllib.parse import unquote

    return unquote(address.rpartition("/")[2])
