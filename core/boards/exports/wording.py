"""What all forms of a board say of it and of each photo, in plain English and without any markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from core.boards.board import Tally, named_numbers
from core.boards.licences import conflicts, licence_of
from core.boards.showing import ShownBoard, ShownPin
from core.credits import one_line
from core.errors import Message

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
HOLLOW = "#e3e1dc"  # of a photo whose colour nobody knows


def paragraphs(text: str) -> list[str]:
    """Return the lines of a text that say something."""
    return [line for line in map(one_line, text.splitlines()) if line]


def title_of(pin: ShownPin) -> str:
    """Return what a photo is called, else "Untitled"."""
    return one_line(pin.photo.title) or "Untitled"


def alt_of(pin: ShownPin) -> str:
    """Return what is to be read out for a photo."""
    return one_line(pin.photo.description) or title_of(pin)


def licence_name_of(pin: ShownPin) -> str:
    """Return the name of a photo's licence, else "licence unknown"."""
    licence = licence_of(pin.photo)
    return one_line(licence.name) if licence else "licence unknown"


def licence_url_of(pin: ShownPin) -> str | None:
    """Return where a photo's licence can be read."""
    licence = licence_of(pin.photo)
    return licence.url if licence else None


def credit_line(pin: ShownPin) -> str:
    """Return a credit as text, with the licence where the credit only links to it or leaves it out."""
    text, licence = one_line(pin.credit.text), licence_of(pin.photo)
    if licence is None or licence.name in text or text.endswith(licence.name.removesuffix(" License")):
        return text
    return f"{text}, {one_line(licence.name)}"


def votes(tally: Tally) -> str:
    """Return votes as they are read; nothing where nobody voted."""
    counted = ((tally.one, "the one"), (tally.up, "up"), (tally.down, "down"))
    return ", ".join(f"{number} {kind}" for number, kind in counted if number)


def state(shown: ShownBoard) -> str:
    """Return which version it is, and whether it is decided."""
    board = shown.board
    if board.decision and not board.touched:
        return f"Version {board.version}, decided {day(board.decision.at)}"
    return f"Version {max(board.version, 1)}, not decided yet"


def day(moment: datetime | None) -> str:
    """Return a day as it is written in a letter; nothing for none."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}" if moment else ""


_MONTHS = "January February March April May June July August September October November December".split()


def made_on(shown: ShownBoard) -> str:
    """Return the day on which a board is handed on."""
    return day(shown.made_at or max((pin.pin.at for pin in shown.pins), default=shown.board.made_at))


def decision(shown: ShownBoard) -> tuple[str, str] | None:
    """Return what was picked last, and why; None before the first decision."""
    last = shown.board.decision
    if last is None:
        return None
    here = {pin.number for pin in shown.pins}
    picks = [number for number in last.picks if number in here]
    head = f"Version {last.version}, {day(last.at)}"
    return (f"{head}: {named_numbers(picks)}" if picks else head), last.why


def counted(shown: ShownBoard) -> str:
    """Return how many photos and photographers there are."""
    names = len({pin.credit.name for pin in shown.pins})
    photos = len(shown.pins)
    return f"{photos} photo{'s' * (photos != 1)} by {names} photographer{'s' * (names != 1)}"


def colour_of(pin: ShownPin) -> str:
    """Return the average colour of a photo."""
    return safe_hex(pin.photo.average_colour) or HOLLOW


def safe_hex(colour: str | None) -> str | None:
    """Return a colour as style sheets take it, or None for what is none."""
    return colour.lower() if colour and _HEX.fullmatch(colour) else None


def palette(shown: ShownBoard) -> list[str]:
    """Return the colours of a board."""
    return [colour for one in shown.palette if (colour := safe_hex(one.hex))]


def by_licence(shown: ShownBoard) -> list[tuple[str, str | None, Sequence[int]]]:
    """Return each licence that occurs: its name, where it can be read, and the photos that have it."""
    found: dict[tuple[str, str | None], list[int]] = {}
    for pin in shown.pins:
        found.setdefault((licence_name_of(pin), licence_url_of(pin)), []).append(pin.number)
    return [(name, url, numbers) for (name, url), numbers in found.items()]


def checks(shown: ShownBoard) -> tuple[Message, ...]:
    """Return what is to be checked before the board is used."""
    return conflicts(shown)


def gone(pin: ShownPin) -> str:
    """Return what stands in place of a photo that can't be shown."""
    return "This photo is gone from the library" if pin.gone else "No picture here"
