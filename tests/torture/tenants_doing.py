"""What people do: every command with every option, what is pressed and filled in, completed and asked for by address.

Who does it knows the ids, tags, names and buttons of all other teams, and uses them. Only what is kept is their own.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote

from bot import board_actions
from bot.actions import ACTIONS, FORMS, OPENS
from bot.boards.drawing import PIN
from bot.boards.seeing import side_of
from bot.boards.watching import REST_S, look
from bot.commands import COMMANDS
from bot.commands.spec import Command
from bot.press import Press
from bot.replies import Audience, Form, Reply
from bot.requests import Level, Value
from bot.web.board_pictures import BoardPictures, Shows
from bot.web.board_talk import COMMANDS as PAGE_COMMANDS
from bot.web.board_talk import BoardTalk
from bot.web.boards import board_data
from bot.web.files import Files
from bot.web.pictures import SIZES, SMALL, Pictures
from core.errors import ModaclipError
from tests.torture.tenants_hands import Hands
from tests.torture.tenants_teams import ACTORS, KNOWN, SECRET, TEAMS, Actor
from tests.torture.tenants_typing import Typing
from tests.torture.tenants_world import World

MOST_PRESSED, MOST_BOARDS, MOST_PHOTOS = 150, 6, 12
BOARD_VERBS = frozenset(board_actions.ACTIONS) - {"pin"} | {"decide"}
TOKEN_VERBS = frozenset({*ACTIONS, *OPENS, *FORMS}) - BOARD_VERBS - {"forget", "forgotten"}  # of who presses
TO_ALL = frozenset({"board new", "board join", "board import", "brief", "post", "place", "watch"})  # may be for all
SLOW = frozenset({"pdf", "zip", "png"})


@dataclass(frozen=True, slots=True)
class Offered:
    """Something that can be pressed or filled in, and to whom it was shown."""

    id: str
    actor: Actor
    choices: tuple[str, ...] = ()
    posted: bool = False


class Doing:
    """All that is done in a world."""

    def __init__(self, world: World, hands: Hands) -> None:
        self.world = world
        self.hands = hands
        self._typing = Typing(world)
        self._offered: list[Offered] = []
        self._forms: list[Offered] = []
        self._joined_by: dict[tuple[str, str], str] = {}
        self._days = 0

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Be connected to the desk that is open now."""
        self._pictures, self._board_pictures = Pictures(self.world.desk), BoardPictures(self.world.desk)
        async with self.hands.connected():
            yield

    async def begin(self) -> None:
        """Give every team a board with photos and a note, some of the same name, and let two share one."""
        for number, team in enumerate(TEAMS):
            actor = next(one for one in ACTORS if one.team == team and one.level is Level.MANAGER)
            name = "Same" if number % 2 else f"{KNOWN[team]} board 1"
            for command, values in (
                ("board new", {"name": name, "brief": f"{SECRET[team]} calm beach at dawn"}),
                ("board add", {"photos": f"{KNOWN[team]}-a same-one"}),
                ("board note", {"number": 1, "text": f"{SECRET[team]} note"}),
            ):
                await self._command(actor, _named(command), values)
        home, guest = (
            next(one for one in ACTORS if one.team == team and one.level is Level.MANAGER) for team in TEAMS[:2]
        )
        await self._command(home, _named("board share"), {"board": next(iter(self.world.boards))})
        await self._command(guest, _named("board join"), {"code": self._typing.codes[-1]})

    async def reach(self) -> None:
        """Let everybody do once what must never work: with others' buttons, ids and boards, and above their level."""
        for number, team in enumerate(TEAMS):
            shown, other, third = (one for one in ACTORS if one.team == team)
            strangers = [one for one in ACTORS if one.team == TEAMS[number - 1]]
            await self._command(shown, _named("find"), {"query": "sort:new"})
            for one in [one for one in self._offered if one.actor == shown and one.choices][-3:]:
                for actor in (other, *strangers):
                    await self._press(actor, one, one.id, one.choices[:1])
            board_id = next(board_id for board_id, one in self.world.boards.items() if one.home == team)
            for actor in (strangers[0], third):
                self._typing.say(actor, board_id, f"{KNOWN[team]}-a")
                await self.ask_for(actor, f"{PIN}{board_id}.1")
                await self.ask_for(actor, f"{KNOWN[team]}-a")
                await self.show_page(actor, board_id)
                for command, values in (
                    ("board edit", {"board": board_id, "votes": "secret"}),
                    ("photo", {"photo": f"{KNOWN[team]}-a"}),
                    ("edit", {"photo": f"{KNOWN[team]}-a", "place": f"{SECRET[actor.team]} place"}),
                ):
                    await self._command(actor, _named(command), values)
            for actor in (shown, other, third):
                await self._command(actor, _named("settings"), {"count": 3 + number % 3})
                await self._command(actor, _named("library"), {})
        await self._reach_for_what_was_shared()

    async def _reach_for_what_was_shared(self) -> None:
        """Let the sharing of boards end, by who may; and those who saw them look for them again."""
        shared = {board_id: sorted(one.joined) for board_id, one in self.world.boards.items() if one.joined}
        for board_id, teams in shared.items():
            for actor in [one for one in ACTORS if one.team in teams]:  # what only its keeper may
                await self._command(
                    actor, _named("board edit"), {"board": board_id, "name": f"{KNOWN[actor.team]} board"}
                )
            for actor in [one for one in ACTORS if one.team == self.world.boards[board_id].home]:
                await self.leave(actor, random.Random(0))
            for actor in [one for one in ACTORS if one.team in teams]:
                self._typing.say(actor, board_id)
                await self.ask_for(actor, f"{PIN}{board_id}.1")
                await self.show_page(actor, board_id)
                await self._command(actor, _named("board show"), {"board": board_id})
                await self._command(actor, _named("board list"), {})

    # Things that are done

    async def command(self, actor: Actor, chance: random.Random) -> None:
        """Give any command."""
        command = chance.choice(COMMANDS)
        if command.name in ("brief", "board import", "board new") and self._has_enough(actor):
            return
        values = {
            option.name: value
            for option in command.options
            if (option.required or chance.random() < 0.4)
            and (value := self._typing.value(command, option, actor, chance)) is not None
        }
        brought = self._typing.brought if command.name == "board import" else frozenset()
        await self._command(actor, command, values, brought)

    async def press(self, actor: Actor, chance: random.Random) -> None:
        """Press something: what was shown to oneself, to another, in another team; sometimes with another id in it."""
        if not self._offered:
            return
        one = self._some(self._offered, actor, chance)
        if one.id.startswith("find:") and one.actor.team != actor.team:  # that is to type it, and all that is in it
            return
        pressed, is_altered = self._altered(one.id, chance)
        chosen = [chance.choice(one.choices)] if one.choices else []
        await self._press(actor, one, pressed, chosen, is_altered=is_altered)

    async def _press(
        self, actor: Actor, one: Offered, pressed: str, chosen: Sequence[str], *, is_altered: bool = False
    ) -> None:
        self._step(actor, f"press {pressed} {chosen} of {one.actor.team} {one.actor.account}")
        press, reply = Press.read(pressed), await self.hands.press(actor, pressed, chosen)
        if not isinstance(reply, Form) or press.verb != "decide":  # that form holds nothing of the board
            self._check_refused(one, actor, press, reply, is_altered)
        if press.verb == "unlink" and isinstance(reply, Reply):
            reply = await self._unlinked(actor, press, reply)
        if press.verb == "forgotten" and isinstance(reply, Reply) and not reply.failed:
            await self.world.forgotten(self.hands.person(actor))
        await self._shown(actor, reply, press.verb)

    async def submit(self, actor: Actor, chance: random.Random) -> None:
        """Fill in a form."""
        if not self._forms:
            return
        one = self._some(self._forms, actor, chance)
        form, is_altered = self._altered(one.id, chance)
        values = {name: self._typing.form_value(name, actor, chance) for name in one.choices}
        self._step(actor, f"submit {form} {values} of {one.actor.team} {one.actor.account}")
        given = {name: value for name, value in values.items() if name != "image"}
        reply = await self.hands.submit(actor, form, given)
        self._check_refused(one, actor, Press.read(form), reply, is_altered)
        await self._shown(actor, reply, f"form {Press.read(form).verb}")

    async def complete(self, actor: Actor, chance: random.Random) -> None:
        """Let what is typed be completed."""
        options = [(one.name, option.name) for one in COMMANDS for option in one.options if option.complete]
        name, option = chance.choice(options)
        other = chance.choice(TEAMS)
        typed = chance.choice(("", SECRET[other][:3], KNOWN[other][:3], KNOWN[other], "same", "brand/", "common", "%"))
        self._step(actor, f"complete {name} {option} {typed!r}")
        self._typing.say(actor, KNOWN[other] if typed == KNOWN[other] else "")
        found = await self.hands.complete(actor, name, option, typed)
        await self.world.look_at(actor.team, list(found), where=f"what {name} {option} {typed!r} may become")

    async def recent(self, actor: Actor, chance: random.Random) -> None:
        """See what oneself has looked for."""
        self._step(actor, "recent")
        await self.world.look_at(actor.team, list(await self.world.desk.recent(actor.request)), where="recent queries")

    async def ask_for_picture(self, actor: Actor, chance: random.Random) -> None:
        """Ask for a picture by its address, as the page does."""
        board_id = self._typing.board_id(chance)
        asked = chance.choice((self._typing.photo_id(actor, chance), f"{PIN}{board_id}.{chance.randint(1, 4)}"))
        await self.ask_for(actor, asked, chance.choice(list(SIZES)))

    async def ask_for(self, actor: Actor, asked: str, size: str = SMALL) -> None:
        """Ask for one picture."""
        board_id = asked.removeprefix(PIN).rpartition(".")[0]
        self._step(actor, f"picture {asked}")
        try:
            data = await self.hands.fetch(actor, f"/pictures/{quote(asked)}", {"size": size})
            if data is None and (tag := await self._pictures.tag(actor.request, asked, size)) is not None:
                data = await self._pictures.get(actor.request, asked, size, tag)
        except ModaclipError as error:
            self._typing.say(actor, asked)
            self.world.look_at_texts(actor.team, [str(error)], where=f"why there is no picture {asked}")
            return
        if asked.startswith(PIN) and not self._sees(actor, board_id):
            self.world.note(f"{actor} was given {asked}")
        allowed = self.world.photos_allowed(actor.team)
        self.world.look_at_pictures(actor.team, [data] if data else [], allowed, where=f"picture {asked}")

    async def ask_for_board(self, actor: Actor, chance: random.Random) -> None:
        """Ask for a board's page and its picture, as the page does."""
        shows, revision = chance.choice(("preview", "palette", "collage")), chance.choice((None, 1, 3))
        await self.show_page(actor, self._typing.board_id(chance), shows, revision, drawn=chance.random() < 0.3)

    async def show_page(
        self,
        actor: Actor,
        board_id: str,
        shows: Shows = "collage",
        revision: int | None = None,
        *,
        drawn: bool = False,
    ) -> None:
        """Ask for one board's page, and perhaps for its picture."""
        self._step(actor, f"page of {board_id}")
        query = {} if revision is None else {"revision": str(revision)}
        there = f"/boards/{quote(board_id)}/{shows}.{'png' if shows == 'palette' else 'jpg'}"
        fetched = await self.hands.fetch(actor, there, query) if drawn or not self._sees(actor, board_id) else None
        if fetched is not None:
            self.world.look_at_pictures(actor.team, [fetched], self.world.texts_allowed(actor.team), where=there)
            if not self._sees(actor, board_id):
                self.world.note(f"{actor} was given {there}")
        try:
            wanted = await self._board_pictures.wanted(actor.team, board_id, shows, revision=revision)
        except ModaclipError as error:
            self.world.look_at_texts(actor.team, [str(error)], where="why there is no board")
            return
        if not self._sees(actor, board_id):
            self.world.note(f"{actor} was given the page of {board_id}")
        await self.world.look_at(actor.team, board_data(wanted.shown, actor.request), where="a board's page")
        if drawn and (data := await self._board_pictures.draw(wanted)) is not None:
            allowed = self.world.texts_allowed(actor.team)
            self.world.look_at_pictures(actor.team, [data], allowed, where=f"the {shows} of a board's page")

    async def work_on_page(self, actor: Actor, chance: random.Random) -> None:
        """Send what a board's page sends: the list of boards, a board, a command, a press."""
        sent: list[object] = []

        async def send(message: object) -> None:
            sent.append(message)

        async def show_form(form: Form, _: object) -> None:
            sent.append(form)

        files = Files(None)
        talk = BoardTalk(self.world.desk, lambda: actor.request, None, files, self._page, send, show_form)  # type: ignore[arg-type]
        what = chance.choice(("board", "boards", "board_command", "board_press"))
        message: dict[str, object] = {"id": self._typing.board_id(chance), "board": self._typing.board_id(chance)}
        if what == "board_command":
            name = chance.choice(("board show", "board note", "board vote", "board history", "board suggest"))
            options = [one for one in PAGE_COMMANDS[name].options if one.required or one.name == "board"]
            values = {one.name: self._typing.value(PAGE_COMMANDS[name], one, actor, chance) for one in options}
            message |= {"command": name, "values": values}
        elif what == "board_press" and self._offered:
            message |= {"id": self._altered(self._some(self._offered, actor, chance).id, chance)[0], "chosen": ["1"]}
        self._step(actor, f"page {what} {message}")
        if not await self.hands.page(actor, {**message, "do": what}):
            await talk.handlers[what](message)
        self._typing.say(actor, str(message.get("id")), str(message.get("board")))
        await self._after(actor)
        await self.world.look_at(actor.team, sent, where=f"what {what} sent to the page")

    async def share(self, actor: Actor, chance: random.Random) -> None:
        """Share a board of one's own, and let somebody of another team join it, or try to with an older code."""
        own = [board_id for board_id, one in self.world.boards.items() if one.home == actor.team]
        if not own:
            return
        await self._command(actor, _named("board share"), {"board": chance.choice(own)})
        other = chance.choice([one for one in ACTORS if one.team != actor.team])
        code = self._typing.codes[-1] if chance.random() < 0.8 else chance.choice(self._typing.codes)
        await self._command(other, _named("board join"), {"code": code})

    async def leave(self, actor: Actor, chance: random.Random) -> None:
        """Press what ends the sharing of a board: on either side, or somewhere else."""
        linked = [(board_id, team) for board_id, one in self.world.boards.items() for team in sorted(one.joined)]
        if not linked:
            return
        board_id, team = chance.choice(linked)
        pressed = f"unlink:{board_id}.{side_of(team)}"
        self._step(actor, f"press {pressed}")
        reply = await self.hands.press(actor, pressed, ())
        assert isinstance(reply, Reply)
        await self._shown(actor, await self._unlinked(actor, Press.read(pressed), reply), "unlink")

    async def look_for_news(self) -> None:
        """Let a day pass, and look for new photos of boards that are watched."""
        self._step(ACTORS[0], "a day passes")
        self._days += 1
        later = self._days * 2 * REST_S + 2e9
        await look(self.world.desk, clock=lambda: later)
        await self._after(ACTORS[0])

    # What is done with what comes of it

    async def _command(
        self, actor: Actor, command: Command, values: Mapping[str, Value], brought: frozenset[str] = frozenset()
    ) -> None:
        self._step(actor, f"/{command.name} {_said(values)}")
        given = await self.hands.command(actor, command.name, values)
        if isinstance(given.answer, Reply) and not given.answer.failed:
            self._done(actor, given.name, given.values, given.answer)
        await self._shown(actor, given.answer, given.name, brought)

    def _done(self, actor: Actor, name: str, values: Mapping[str, Value], reply: Reply) -> None:
        """Bring the model up to date after a command that was done."""
        if name == "board join":
            board_id = reply.panel.board if reply.panel else ""
            board, typed = self.world.boards.get(board_id), _letters(str(values["code"]))
            if board is None or board.code != typed or board.home == actor.team:
                self.world.note(f"{actor} joined {board_id} with {typed}")
            else:
                board.code = None
                board.joined.add(actor.team)
                board.holds |= self.world.readable(actor.team)
                self._joined_by[board_id, actor.team] = actor.request.person.id
        elif name == "board share" and reply.copyables:
            board_id = next(one.id for one in reply.actions if one.id.startswith("place:")).removeprefix("place:")
            code = reply.copyables[0].text.removeprefix("/board join ")
            self._typing.codes = [*self._typing.codes[-5:], code]
            self.world.boards[board_id].code = _letters(code)
            if self.world.boards[board_id].home != actor.team:
                self.world.note(f"{actor} shared {board_id}")
        elif name == "board export" and values["format"] == "json":
            board_id = next((one for one in self.world.boards if one == values.get("board")), "")
            if board_id in self.world.boards:
                self._typing.exported = [
                    *self._typing.exported[-8:],
                    (frozenset(self.world.boards[board_id].holds), reply.files[0].data),
                ]

    async def _unlinked(self, actor: Actor, press: Press, reply: Reply) -> Reply:
        """Bring the model up to date; return the answer without its text, which says once more what was left."""
        await self.hands.look()
        await self.world.look_at(actor.team, reply, where="the answer to unlink")
        if reply.failed:
            return reply
        board_id, _, side = press.rest.rpartition(".")
        board = self.world.boards[board_id]
        team = next((one for one in TEAMS if side_of(one) == side), "")
        joined_by = self._joined_by.get((board_id, team))
        made_by = self.world.states[board.home].boards[board_id].made_by.id
        person, trusted = actor.request.person.id, actor.level >= Level.MODERATOR
        may_leave = actor.team == team and (trusted or person == joined_by)
        may_end = actor.team == board.home and (trusted or person == made_by)
        if team not in board.joined or not (may_leave or may_end):
            self.world.note(f"{actor} ended the sharing of {board_id} with {team}")
        board.joined.discard(team)
        return replace(reply, text="")

    def _check_refused(self, one: Offered, actor: Actor, press: Press, reply: Reply | Form, is_altered: bool) -> None:
        """Look that whom something was not shown to gets nothing with it."""
        done = isinstance(reply, Form) or not reply.failed
        if not done or press.verb not in TOKEN_VERBS | BOARD_VERBS:
            return
        if press.verb in BOARD_VERBS:
            board_id = press.rest.partition(".")[0]
            if press.verb != "unlink" and not self._sees(actor, board_id):
                self.world.note(f"{actor} did {press.verb} with a board that is not theirs")
        elif is_altered or one.actor.team != actor.team:
            self.world.note(f"{actor} did {press.verb} with a token of {one.actor}, altered: {is_altered}")
        elif not one.posted and one.actor.account != actor.account:
            self.world.note(f"{actor} did {press.verb} with what only {one.actor} was shown")

    async def _shown(self, actor: Actor, reply: Reply | Form, what: str, brought: frozenset[str] = frozenset()) -> None:
        """Look at an answer, and remember what it offers."""
        await self._after(actor, brought)
        await self.world.look_at(actor.team, reply, where=f"the answer to {what}")
        if isinstance(reply, Form):
            self._forms = [*self._forms[-MOST_PRESSED:], Offered(reply.id, actor, tuple(f.name for f in reply.fields))]
            return
        to_all = reply.audience is Audience.CHANNEL
        if to_all and what not in TO_ALL:
            self.world.note(f"the answer to {what} was for all")
        offered = [Offered(one.id, actor, posted=to_all) for one in reply.actions]
        offered += [Offered(one.id, actor, tuple(c.value for c in one.choices), to_all) for one in reply.menus]
        self._offered = [*self._offered, *offered][-MOST_PRESSED:]
        await self.hands.show_live(actor, reply)

    async def _after(self, actor: Actor, brought: frozenset[str] = frozenset()) -> None:
        """Look what has changed, and at the messages that were drawn anew for it."""
        await self.world.check_changes(actor, brought)
        await self.hands.look()

    # Choosing

    def _some(self, offered: list[Offered], actor: Actor, chance: random.Random) -> Offered:
        """Return something that was offered: half of the time to oneself."""
        own = [one for one in offered if one.actor == actor]
        return chance.choice(own) if own and chance.random() < 0.5 else chance.choice(offered)

    def _altered(self, pressed: str, chance: random.Random) -> tuple[str, bool]:
        """Return what is pressed, sometimes with another token or board in it; and whether that was done."""
        verb, _, rest = pressed.partition(":")
        if verb not in TOKEN_VERBS | BOARD_VERBS or chance.random() < 0.8:
            return pressed, False
        first, dot, number = rest.partition(".")
        if chance.random() < 0.5:
            other = f"{first[:-1]}{'A' if first[-1:] != 'A' else 'B'}"
        else:
            other = self._typing.board_id(chance) if verb in BOARD_VERBS else f"{first[1:]}{first[:1]}"
        return f"{verb}:{other}{dot}{number}", other != first

    def _sees(self, actor: Actor, board_id: str) -> bool:
        board = self.world.boards.get(board_id)
        return board is not None and actor.team in board.seen_from

    def _has_enough(self, actor: Actor) -> bool:
        return len(self.world.states[actor.team].boards) >= MOST_BOARDS

    def _step(self, actor: Actor, what: str) -> None:
        self.world.steps.append(f"{actor.team} {actor.account} {actor.level.name}: {what}")

    @property
    def _page(self) -> object:
        """Who is told of what is for all on a page."""
        return _Everybody()


class _Everybody:
    async def say(self, reply: Reply, author: str = "") -> None:
        """Take what is said to everybody."""


def _named(name: str) -> Command:
    return next(command for command in COMMANDS if command.name == name)


def _letters(code: str) -> str:
    return "".join(filter(str.isalnum, code.upper()))


def _said(values: Mapping[str, Value]) -> str:
    return " ".join(f"{name}:{value}" if isinstance(value, str | int) else name for name, value in values.items())
