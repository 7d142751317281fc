"""What is done to boards, in words: tallies, lines of a history, what differs between versions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.catalogue import Words, mark
from bot.refusals import Refused
from bot.said import shortened
from core.boards import changes
from core.boards.board import TOP, Board, Section, Tally, named_numbers
from core.boards.changes import Change
from core.boards.log import Entry, is_vote
from core.boards.picture_words import Words as PictureWords

VOTES = {"up": mark("up"), "down": mark("down"), "one": mark("the one")}
MOST_SAID = 8  # of changes that belong together
MOST_NUMBERS = 500  # as many as a board holds
_RANGE = re.compile(r"(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?")


def read_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of pins that somebody typed: "3 7-9, 12". Raises Refused."""
    found: dict[int, None] = {}
    for part in filter(None, re.split(r"[\s,;]+", re.sub(r"\s*[-–]\s*", "-", text.strip()))):
        match = _RANGE.fullmatch(part.removeprefix("#"))
        if match is None:
            raise Refused("{text!r} is no number of a photo on the board. Write, for example: 3 7-9", text=part[:20])
        first, last = sorted((int(match[1]), int(match[2] or match[1])))
        if last - first >= MOST_NUMBERS:
            raise Refused("{text!r} are too many numbers at once; {most} are taken.", text=part, most=MOST_NUMBERS)
        found |= dict.fromkeys(range(first, last + 1))
    if not found:
        raise Refused("Say the numbers of photos on the board, for example: 3 7-9")
    return tuple(found)


def checked_numbers(board: Board, text: str) -> tuple[int, ...]:
    """Return numbers that somebody typed, all of which are on the board. Raises Refused."""
    numbers = read_numbers(text)
    standing = {pin.number for pin in board.pins}
    if missing := [number for number in numbers if number not in standing]:
        raise Refused("There is no photo {numbers} on “{name}”.", numbers=named_numbers(missing[:10]), name=board.name)
    return numbers


def section_named(board: Board, title: str) -> Section:
    """Return the section with a title, as people type it; a dash means none. Raises Refused."""
    if title.strip() in ("-", "–"):
        return Section(TOP, "")
    wanted = " ".join(title.split()).casefold()
    found = next((one for one in board.sections if wanted in (one.title.casefold(), one.id)), None)
    if found is None:
        raise Refused(
            "There is no section {title!r} on “{name}”. Its sections: {sections}",
            title=title[:40],
            name=board.name,
            sections=", ".join(one.title for one in board.sections) or "–",
        )
    return found


def picture_words(words: Words) -> PictureWords:
    """Return what a board's picture says, in this language."""
    return PictureWords(
        version=words.say("Version {version}"),
        picked=words.say("Picked for version {version}: {numbers}"),
        gone=words.say("Not in the library any more"),
        no_picture=words.say("No picture"),
        nothing=words.say("Nothing here yet"),
        begin=words.say("Search for what it should feel like, and pin the photos you like."),
    )


def said_tally(words: Words, tally: Tally) -> str:
    """Return votes in a few signs: "★ 1  ▲ 3  ▼ 1"; nothing where nobody voted."""
    pairs = (("★", tally.one), ("▲", tally.up), ("▼", tally.down))
    return "  ".join(f"{sign} {words.number(count)}" for sign, count in pairs if count)


def said_entry(words: Words, entry: Entry, board: Board, log: Sequence[Entry], *, undone: bool) -> str:
    """Return one line of a history: its number, who, what, and whether it still holds.

    Where votes are secret nobody is named who voted, nor who took a vote back, which only the voter can.
    """
    stamp, change = entry.stamp, entry.change
    about = (
        log[change.revision - 1].change
        if isinstance(change, changes.Undone) and change.revision <= len(log)
        else change
    )
    secret = board.secret and is_vote(about)
    who = (not secret and stamp.author.name) or words.say("somebody")
    line = f"{stamp.revision} · {who}: {said_change(words, entry.change, board)}"
    return words.say("{line} (undone)", line=line) if undone else line


def said_change(words: Words, change: Change, board: Board) -> str:  # noqa: C901 - one case for each kind
    """Return what a change did."""
    match change:
        case changes.Made():
            return words.say("made the board “{name}”", name=change.name)
        case changes.Renamed():
            return words.say("named it “{name}”", name=change.name)
        case changes.Placed():
            return words.say("showed it in a channel") if change.channel else words.say("took it out of a channel")
        case changes.Briefed():
            return words.say("wrote the brief: {text}", text=shortened(change.text))
        case changes.Sectioned():
            return words.say("section “{title}”", title=change.title)
        case changes.Retitled():
            return words.say("section “{title}” has another title or wish", title=change.title)
        case changes.Unsectioned():
            return words.say("took a section away")
        case changes.Pinned():
            return words.say("pinned {numbers}", numbers=named_numbers(change.numbers))
        case changes.Unpinned():
            return words.say("took {numbers} off", numbers=named_numbers(change.numbers))
        case changes.Moved():
            return words.say("moved {numbers}", numbers=named_numbers(change.numbers))
        case changes.Noted():
            return words.say("note on {number}: {text}", number=change.number, text=shortened(change.text) or "–")
        case changes.Voted():
            return _said_vote(words, change, secret=board.secret)
        case changes.VotingSet():
            return words.say("made the votes secret") if change.secret else words.say("made the votes open")
        case changes.Decided():
            return words.say("decided: {numbers}", numbers=named_numbers(change.picks))
        case changes.Archived():
            return words.say("archived it") if change.archived else words.say("took it out of the archive")
        case changes.Deleted():
            return words.say("deleted it")
        case changes.Undone():
            return words.say("undid {number}", number=change.revision)
        case changes.Lost():
            return words.say("did something that is lost")
        case changes.Several():
            return _said_several(words, change, board)
        case changes.Forgotten():
            return words.say("asked to be forgotten, and is not named any more")
    return change.kind


def _said_several(words: Words, change: changes.Several, board: Board) -> str:
    if board.secret and is_vote(change):
        return words.say("voted")
    said = "; ".join(said_change(words, one, board) for one in change.changes[:MOST_SAID])
    return f"{said}; …" if len(change.changes) > MOST_SAID else said


def _said_vote(words: Words, change: changes.Voted, *, secret: bool) -> str:
    if secret:
        return words.say("voted")
    if change.vote is None:
        return words.say("took a vote for {number} back", number=change.number)
    return words.say("voted on {number}: {vote}", number=change.number, vote=words.say(VOTES[change.vote]))


def said_version(words: Words, board: Board) -> str:
    """Return which version a board is, "" before the first decision."""
    decision = board.decision
    if decision is None:
        return ""
    if not board.touched:
        return words.say("version {version}, decided", version=decision.version)
    return words.say("version {version}, not decided yet", version=board.version)


def said_decision(words: Words, board: Board) -> str:
    """Return what was decided last, "" before the first decision."""
    decision = board.decision
    if decision is None:
        return ""
    picks = named_numbers(decision.picks)
    said = words.say("Version {version}, picked: {picks}", version=decision.version, picks=picks)
    return f"{said}. {decision.why}" if decision.why else said
