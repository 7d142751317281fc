"""What a team makes of a board: votes, decisions and their versions, the history, undoing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.boards.drawing import board_reply, pin_card, told
from bot.boards.opening import Opened, open_board
from bot.boards.wording import checked_numbers, said_entry, said_tally
from bot.catalogue import Words, mark, mark_name
from bot.commands.boards import BOARD, STAY_SECRET
from bot.commands.pinning import NUMBERS
from bot.commands.spec import Arguments, Command, Kind, Option
from bot.refusals import Refused
from bot.replies import Action, Reply
from core.boards.board import HOME, Board, Vote, named_numbers
from core.boards.changes import Change, Decided, Several, Undone, Voted
from core.boards.deciding import Comparison, Leader, compare, leaders
from core.boards.log import Entry, can_be_undone, fold, has_votes, in_force, is_vote, last_of
from core.errors import NotFound

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.requests import Request

LISTED = 30  # entries of a history
MOST_EACH = 20
LONGEST_WHY = 500  # characters


async def vote(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board vote: for some photos at once, or for one after the other."""
    chosen, numbers = arguments.text("vote"), arguments.text("numbers")
    async with open_board(desk, request, arguments.text("board")) as at:
        wanted = checked_numbers(at.board, numbers) if numbers else ()
        if not chosen or not wanted:
            return await ballot(at, 0, only=wanted)
        sections = {pin.section for pin in at.board.pins if pin.number in wanted}
        if chosen == ONE and len(wanted) > len(sections):
            raise Refused("Only one photo of a section can be the one.")
        board = await cast(at, wanted, _VOTES[chosen])
    words = request.words
    tallies = ", ".join(f"{n}: {said_tally(words, pin.tally) or '–'}" for n in wanted if (pin := board.pin(n)))
    return told(at, words.say("Your vote counts. Now: {tallies}", tallies=tallies))


async def cast(at: Opened, numbers: Sequence[int], choice: Vote | None) -> Board:
    """Vote for pins, in one change."""
    person = at.request.person.id

    def make(board: Board) -> Change | None:
        pins = [pin for number in numbers if (pin := board.pin(number)) and pin.vote_of(person) != choice]
        votes = tuple(Voted(pin.number, choice) for pin in pins)
        return votes[0] if len(votes) == 1 else Several(votes) if votes else None

    return await at.change(make)


async def ballot(at: Opened, after: int, *, only: Sequence[int] = (), in_place: bool = False) -> Reply:
    """Return the next photo that somebody has not voted on yet, with buttons to vote; of `only` also one voted on."""
    words, person = at.request.words, at.request.person.id
    shown = await at.boards.shown(at.board)
    pins = shown.pins
    if not pins:
        raise Refused("Nothing is pinned on “{name}” yet.", name=at.board.name)
    left = [one for one in pins if one.number in only or (not only and one.pin.vote_of(person) is None)]
    place = next((i for i, one in enumerate(pins) if one.number == after), -1)
    turned = (*pins[place + 1 :], *pins[: place + 1])
    following = next((one for one in turned if one in left), None)
    count = sum(one.pin.vote_of(person) is not None for one in pins)
    voted = words.say("{done} of {all} voted on", done=count, all=len(pins))
    if following is None or (following.number == after and len(left) == 1 and in_place):
        if count == len(pins):
            again = words.say("To change a vote: /board vote numbers:3")
            voted = f"{voted}. {again}"
        reply = board_reply(words, shown, workspace=at.request.workspace, text=voted)
        return Reply(reply.text, panel=reply.panel, actions=reply.actions, in_place=in_place)
    key = f"{at.board.id}.{following.number}"
    actions = (
        Action(f"up:{key}", f"▲ {words.say('Yes')}", "main"),
        Action(f"one:{key}", f"★ {words.say('The one')}"),
        Action(f"down:{key}", f"▼ {words.say('No')}"),
        Action(f"skip:{key}", words.say("Later")),
    )
    card = pin_card(at, words, following)  # without who voted how: that would sway
    return Reply(f"“{at.board.name}” · {voted}", (card,), actions=actions, in_place=in_place)


async def decide(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board decide: settle on the photos that were named, or on those that lead."""
    async with open_board(desk, request, arguments.text("board")) as at:
        numbers, why = arguments.text("numbers"), arguments.text("why")[:LONGEST_WHY]
        picks = checked_numbers(at.board, numbers) if numbers else ()
        return await decide_on(at, picks, why, each=arguments.whole("each", 1))


async def decide_on(at: Opened, picks: tuple[int, ...], why: str, *, each: int = 1) -> Reply:
    """Settle on photos, on those that lead where none are named, and say why."""
    words = at.request.words

    def make(board: Board) -> Decided:
        if picks:
            return Decided(picks, why)
        leading = leaders(board, each=each)
        if not leading:
            raise Refused(
                "No photo has more votes for it than against it. Vote first, or name the numbers: "
                "/board decide numbers:3"
            )
        reason = "; ".join(_because(words, leader) for leader in leading)
        return Decided(tuple(leader.pin.number for leader in leading), " ".join(filter(None, (why, reason))))

    board = await at.change(make)
    decision = board.decision
    if decision is None:
        raise Refused("This board is not here any more.")
    at.desk.chosen.choose([pin.photo for number in decision.picks if (pin := board.pin(number))])
    text = words.say(
        "Version {version} of “{name}” is decided: {numbers}",
        version=decision.version,
        name=board.name,
        numbers=named_numbers(decision.picks),
    )
    export = Action(f"export:{board.id}", words.say("Export…"), "main")
    return told(at, f"{text}\n{decision.why}".strip(), more=(export,))


async def compared(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board compare: how two versions differ, or the last one and the board as it is."""
    words = request.words
    async with open_board(desk, request, arguments.text("board")) as at:
        decisions = at.board.decisions
        if not decisions:
            raise Refused("There is no version of “{name}” yet. /board decide makes the first.", name=at.board.name)
        to = arguments.whole("to", at.board.version)
        start = arguments.whole("from", max(1, to - 1))
        if to == start:
            raise Refused(
                "There is only one version of “{name}” so far: nothing was changed since.", name=at.board.name
            )
        boards = [await _version(at, version) for version in (start, to)]
    rows = _differences(words, compare(*boards))
    heading = words.say("“{name}”, from version {start} to {to}", name=at.board.name, start=start, to=to)
    if not rows:
        nothing = words.say("Nothing differs.")
        return Reply(f"{heading}\n{nothing}")
    return Reply(heading, details=rows)


async def _version(at: Opened, version: int) -> Board:
    decisions = at.board.decisions
    if version == len(decisions) + 1 and at.board.touched:
        return at.board
    if not 1 <= version <= len(decisions):
        raise Refused("“{name}” has the versions 1 to {last}.", name=at.board.name, last=at.board.version)
    return await at.boards.shelf.board(at.board.id, revision=decisions[version - 1].revision)


async def history(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board history: what was done, by whom, the latest first."""
    words = request.words
    async with open_board(desk, request, arguments.text("board"), be_it_deleted=True) as at:
        log = await at.boards.shelf.log(at.board.id)
    holding = {entry.stamp.revision for entry in in_force(log)}
    lines = [
        said_entry(words, entry, at.board, log, undone=entry.stamp.revision not in holding)
        for entry in reversed(log[-LISTED:])
    ]
    more = words.plural("and {n} earlier change", "and {n} earlier changes", len(log) - LISTED)
    heading = words.say("What was done to “{name}”. /board undo takes a change back.", name=at.board.name)
    return Reply("\n".join([heading, *lines, *([more] if len(log) > LISTED else [])]))


async def undo(desk: Desk, request: Request, arguments: Arguments) -> Reply:
    """Answer /board undo: the person's own last change, or the one that was named."""
    async with open_board(desk, request, arguments.text("board"), be_it_deleted=True) as at:
        return await undo_change(at, arguments.whole("change", 0))


async def undo_change(at: Opened, number: int) -> Reply:
    """Undo a change by its number; 0 is the person's own last one."""
    words, person = at.request.words, at.request.person.id
    log = await at.boards.shelf.log(at.board.id)
    if number:
        entry = next((one for one in in_force(log) if one.stamp.revision == number), None)
    else:
        entry = last_of(log, person)
    if entry is None:
        raise NotFound("There is nothing to undo. See what was done with /board history.")
    if not can_be_undone(entry):
        raise Refused("That the board was made can't be undone. /board delete deletes it.")
    _check_undo(at, log, entry)
    line = said_entry(words, entry, at.board, log, undone=False)
    await at.change(lambda _: Undone(entry.stamp.revision))
    return told(at, words.say("Undone: {line}", line=line))


def _check_undo(at: Opened, log: Sequence[Entry], entry: Entry) -> None:
    """Raise Refused where undoing would do what somebody may not do otherwise: what comes of it counts."""
    meant = entry
    while isinstance(meant.change, Undone):  # to undo that something was undone is to do it again
        meant = log[meant.change.revision - 1]
    if is_vote(meant.change) and meant.stamp.author.id != at.request.person.id:
        raise Refused("Only who voted can take a vote back.")
    now, stamp = at.board, replace(entry.stamp, revision=len(log) + 1)
    after = fold(now.id, [*log, Entry(stamp, Undone(entry.stamp.revision))])
    if _kept_by_keeper(now) != _kept_by_keeper(after) or (at.side != HOME and now.channel != after.channel):
        at.check_keeper()
    if now.secret and not after.secret and has_votes(log):
        raise Refused(STAY_SECRET)


def _kept_by_keeper(board: Board) -> tuple[str, str, bool, bool, bool]:
    """Return what of a board only its keeper changes."""
    return board.name, board.brief, board.secret, board.archived, board.deleted


def _because(words: Words, leader: Leader) -> str:
    tally = said_tally(words, leader.tally)
    where = f"{leader.section.title}: " if leader.section.title else ""
    line = f"{where}{leader.pin.number} ({tally})"
    return words.say("{line}, first among equals", line=line) if leader.tied else line


def _differences(words: Words, found: Comparison) -> tuple[tuple[str, str], ...]:
    rows = (
        (words.say("Added"), named_numbers(found.added)),
        (words.say("Taken off"), named_numbers(found.removed)),
        (words.say("In another section"), named_numbers(found.moved)),
        (words.say("Other notes"), named_numbers(found.noted)),
        (words.say("Other votes"), named_numbers(found.voted)),
        (words.say("Picked now"), named_numbers(found.picked)),
        (words.say("Not picked any more"), named_numbers(found.dropped)),
        (words.say("New sections"), ", ".join(found.sections_added)),
        (words.say("Sections gone"), ", ".join(found.sections_removed)),
        (words.say("Brief"), words.say("another one") if found.briefed else ""),
    )
    return tuple(row for row in rows if row[1])


UP, DOWN, ONE, NONE = (
    mark_name("choice", "up"),
    mark_name("choice", "down"),
    mark_name("choice", "the one"),
    mark_name("choice", "no vote"),
)
_VOTES: dict[str, Vote | None] = {UP: "up", DOWN: "down", ONE: "one", NONE: None}
_SOME = Option(NUMBERS.name, NUMBERS.description)
VOTE = Command(
    mark_name("command", "board vote"),
    mark("Vote on the photos of a board"),
    vote,
    (
        _SOME,
        Option(mark_name("option", "vote"), mark("What you think of them"), choices=tuple(_VOTES)),
        BOARD,
    ),
)
DECIDE = Command(
    mark_name("command", "board decide"),
    mark("Settle on photos: those that lead, or those you name"),
    decide,
    (
        _SOME,
        Option(mark_name("option", "why"), mark("Why these")),
        Option(mark_name("option", "each"), mark("How many of each section"), Kind.WHOLE, lowest=1, highest=MOST_EACH),
        BOARD,
    ),
)
COMPARE = Command(
    mark_name("command", "board compare"),
    mark("See how two versions of a board differ"),
    compared,
    (
        Option(mark_name("option", "from"), mark("The earlier version"), Kind.WHOLE, lowest=1, highest=999),
        Option(mark_name("option", "to"), mark("The later version"), Kind.WHOLE, lowest=1, highest=999),
        BOARD,
    ),
)
HISTORY = Command(
    mark_name("command", "board history"), mark("See what was done to a board, by whom"), history, (BOARD,)
)
UNDO = Command(
    mark_name("command", "board undo"),
    mark("Take back your last change, or another"),
    undo,
    (
        Option(mark_name("option", "change"), mark("Its number in the history"), Kind.WHOLE, lowest=1, highest=99_999),
        BOARD,
    ),
)
