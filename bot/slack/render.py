"""Replies drawn as Slack's blocks, always within what a message may hold.

A photo and its credit are one piece that no message tears apart. What does not fit into one message goes on in another;
where only one can be had, the credits of a board go along as a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.catalogue import Words
from bot.replies import Copyable, Panel, PhotoCard, Reply
from bot.slack.controls import Block, control_blocks, overflows, words_of
from bot.slack.markup import code, code_block, credit_line, cut, escaped, escaped_within, parts_within, plain
from bot.slack.media import Shown, Shows

MOST_BLOCKS = 50
MOST_CHARACTERS = 12_000  # of all texts of a message; Slack refuses more without naming a number
MOST_MESSAGES = 4  # that one answer is
SECTION = 3000  # characters
FIELDS, FIELD = 10, 2000
ALT_CHARACTERS = 1990
TITLE_CHARACTERS = 150
NOTICE_CHARACTERS = 300
SUFFIX = {"text": "txt", "markdown": "md", "html": "html"}
CREDITS = "credits.md"

Piece = list[Block]  # blocks that stay together


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its blocks, and what a notification says of it."""

    blocks: list[Block]
    text: str

    def body(self) -> dict[str, Any]:
        """Return it as Slack takes it."""
        return {"blocks": self.blocks, "text": self.text, "unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A reply as it is sent: messages, the last with the buttons, and files."""

    messages: tuple[Message, ...]
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class _Page:
    """What a reply is made of, before it is parted into messages."""

    pieces: list[Piece] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def draw(reply: Reply, words: Words, media: Shows | None, *, single: bool = False) -> Drawn:
    """Draw a reply. Without `media` it is text and buttons only; `single` makes it one message."""
    page = _Page(files=[(file.name, file.data) for file in reply.files])
    pictures = await _pictures(reply, media)
    beside = overflows(reply.menus, (card.number for card in reply.cards))
    controls = control_blocks(reply.actions, reply.menus, beside)
    for card in reply.cards:
        page.pieces.append(_card_piece(card, pictures.get(card.number), words, beside.get(str(card.number))))
    if reply.panel:
        _add_panel(page, reply, pictures.get(0), words, room=1 if single else MOST_MESSAGES - 1)
    page.pieces += [[block] for block in _details(reply.details)]
    for copyable in reply.copyables:
        _add_copyable(page, copyable)
    mark = "⚠ " if reply.failed else ""
    text = "\n".join(filter(None, (f"{mark}{reply.text}" if reply.text else "", *page.notes)))
    page.pieces[:0] = [[section(part)] for part in parts_within(text, SECTION)]
    if not page.pieces and not controls:
        page.pieces.append([section(words.say("Done."))])
    notice = plain(cut(" ".join((reply.text or words.say("Done.")).split()), NOTICE_CHARACTERS))
    parted = list(_parted(page.pieces, controls))
    if single and len(parted) > 1:
        parted = [[*parted[0], *controls]]
    return Drawn(tuple(Message(blocks, notice) for blocks in parted), tuple(page.files))


def section(text: str) -> Block:
    """Return a section of text that is escaped already; no address in it becomes a link of its own."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


async def _pictures(reply: Reply, media: Shows | None) -> dict[int, dict[str, Any]]:
    """Return what shows each picture, by its card's number; 0 is the picture of a board."""
    if media is None:
        return {}
    shown = [Shown(card.number, card.picture, card.id, card.credit) for card in reply.cards]
    if reply.panel:
        shown.append(Shown(0, reply.panel.picture, reply.panel.board))
    return await media.sources_of(shown) if shown else {}


def _card_piece(card: PhotoCard, source: dict[str, Any] | None, words: Words, beside: Block | None) -> Piece:
    """Return a photo and its credit, with what can be done with this photo `beside` it."""
    title = " ".join(card.title.split())
    image = {
        "type": "image",
        "title": words_of(" · ".join(filter(None, (str(card.number), title))), TITLE_CHARACTERS),
        "alt_text": cut(card.picture.alt, ALT_CHARACTERS) or title or "-",
        **(source or {}),
    }
    unseen = "" if source else escaped(words.say("its picture is not here"))
    typed = code(card.id[:100]) if card.here else ""
    about = "".join(f" · {one}" for one in (escaped_within(card.note, 300), unseen, typed) if one)
    head = "" if source else f"{escaped_within(title, 200)} · " if title else ""
    lines = list(_whole(f"*{card.number}* {head}", card.credit.text, credit_line(card.credit), about))
    first, *rest = (section(line) for line in lines)
    return [*([image] if source else []), {**first, "accessory": beside} if beside else first, *rest]


def _whole(before: str, text: str, linked: str, after: str) -> Iterator[str]:
    """Yield a credit with what stands around it: never cut, but without links or in parts where it is too long."""
    if len(before) + len(linked) + len(after) <= SECTION:
        yield f"{before}{linked}{after}"
        return
    parts = list(parts_within(text, SECTION - len(before) - len(after)))
    parts[0] = f"{before}{parts[0]}"
    parts[-1] += after
    yield from parts


def _add_panel(page: _Page, reply: Reply, source: dict[str, Any] | None, words: Words, room: int) -> None:
    """Add a board's picture with all credits below it; they go as a file where even without links they don't fit."""
    panel = reply.panel
    if panel is None:
        return
    if source:
        alt = cut(panel.picture.alt, ALT_CHARACTERS) or panel.title or "-"
        page.pieces.append([{"type": "image", "alt_text": alt, **source}])
    most = room * (MOST_CHARACTERS - SECTION) - len(escaped(reply.text))
    linked = [f"*{number}* {credit_line(credit)}" for number, credit in panel.credits]
    bare = [f"*{number}* {escaped(credit.text)}" for number, credit in panel.credits]
    lines = next(
        (one for one in (linked, bare) if _length(one) <= most and max(map(len, one), default=0) < SECTION), None
    )
    if lines is None:
        page.files.append((CREDITS, _listed(panel).encode()))
        page.notes.append(words.say("All credits are in the picture, and with their links in credits.md."))
        lines = [line for line in bare if len(line) < SECTION]
        while _length(lines) > most:
            lines.pop()
    page.pieces += [[section(text)] for text in _joined(lines)]


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _listed(panel: Panel) -> str:
    return "".join(f"{number}. {credit.markdown}\n" for number, credit in panel.credits)


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines together, as many as a section holds."""
    taken: list[str] = []
    for line in lines:
        if taken and _length([*taken, line]) > SECTION:
            yield "\n".join(taken)
            taken = []
        taken.append(line)
    if taken:
        yield "\n".join(taken)


def _details(details: Sequence[tuple[str, str]]) -> Iterator[Block]:
    """Yield labels with their values, in two columns."""
    texts = [f"*{escaped_within(label, 300) or '-'}*\n{escaped_within(value, FIELD - 320)}" for label, value in details]
    taken: list[Block] = []
    for text in texts:
        if taken and (len(taken) == FIELDS or _weight([*taken, {"text": text}]) > MOST_CHARACTERS // 2):
            yield {"type": "section", "fields": taken}
            taken = []
        taken.append({"type": "mrkdwn", "text": text, "verbatim": True})
    if taken:
        yield {"type": "section", "fields": taken}


def _add_copyable(page: _Page, copyable: Copyable) -> None:
    """Add a text to copy, as a block of code, or as a file where it does not fit into one."""
    block = code_block(copyable.text)
    whole = f"*{escaped(copyable.label)}*\n{block}"
    if block is None or len(whole) > SECTION:
        page.files.append((f"{copyable.label}.{SUFFIX[copyable.kind]}", copyable.text.encode()))
    else:
        page.pieces.append([section(whole)])


def _parted(pieces: Sequence[Piece], controls: Piece) -> Iterator[list[Block]]:
    """Yield the blocks of each message; buttons stand in the last, below all that they are about."""
    blocks: list[Block] = []
    for piece in _holdable(pieces):
        both = [*blocks, *piece]
        if blocks and (len(both) + len(controls) > MOST_BLOCKS or _weight([*both, *controls]) > MOST_CHARACTERS):
            yield blocks
            blocks = []
        blocks = [*blocks, *piece]
    yield [*blocks, *controls]


def _holdable(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield pieces, each of which a message holds; one that none would hold is torn after all."""
    for piece in pieces:
        if _weight(piece) > MOST_CHARACTERS // 2:
            yield from ([block] for block in piece)
        else:
            yield piece


def _weight(part: Any) -> int:
    """Return how many characters all texts in blocks have."""
    if isinstance(part, dict):
        return sum(map(_weight, part.values())) + (len(part["text"]) if isinstance(part.get("text"), str) else 0)
    return sum(map(_weight, part)) if isinstance(part, list) else 0
