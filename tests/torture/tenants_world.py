"""Teams at one desk, what each may see, and what is looked at after everything that somebody does.

Every text of a team holds one of two words that no other team has: one that others may know and type (in ids, titles
and the names of boards), and one that nobody outside ever types. All its photos have one hue. So whatever shows where
it should not is noticed, be it a sentence, a file or a picture.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.boards.live import Pace
from bot.chosen import Chosen
from bot.desk import Desk
from bot.metrics import Metrics
from bot.replies import Reply
from bot.requests import Level, own_workspace
from bot.store.board_links import Link
from bot.store.state import State
from bot.uploads import Uploads
from bot.workspaces import Places, Workspaces
from core.boards.board import Board
from core.enrich import Vocabulary
from core.errors import NotFound
from core.library import Library, LibraryOptions
from core.photos import Photo
from core.store import StoreOptions
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder
from tests.torture.tenants_seeing import drawings_in, owners_in, owners_said, photos_in, texts_in, words_found
from tests.torture.tenants_teams import BRAND, HUE, KNOWN, READERS, SECRETS, TEAMS, Actor, draw, record_of, with_brand

DRAWN_EACH = 8  # replies; to draw a board takes long
MOST_READ = 100  # photos of a team, and more than it has
BEFORE = 12  # steps that a fault is told with


@dataclass(slots=True)
class KnownBoard:
    """A board as the model has it."""

    home: str
    joined: set[str] = field(default_factory=set)
    holds: set[str] = field(default_factory=set)  # whose texts may stand on it: all that ever were on a side of it
    code: str | None = None  # that works now

    @property
    def seen_from(self) -> set[str]:
        """The teams that see it."""
        return {self.home, *self.joined}


@dataclass(frozen=True, slots=True)
class Having:
    """What may change only where somebody does something, of one team."""

    photos: Mapping[str, Photo]  # by id
    settings: str
    boards: Mapping[str, Board]


class World:
    """Everything at one desk. `faults` is what should not have been."""

    def __init__(self, folder: Path, store: StoreOptions) -> None:
        self.folder = folder
        self._store = store
        self.desk: Desk
        self.boards: dict[str, KnownBoard] = {}
        self.typed: dict[str, set[str]] = {team: set() for team in TEAMS}
        self.faults: list[str] = []
        self.steps: list[str] = []
        self.looked_at = 0  # texts and pictures
        self.states: dict[str, Having] = {}
        self._replies = 0

    # What each may see

    def texts_allowed(self, team: str) -> set[str]:
        """Return whose texts a team may be shown."""
        boards = [one.holds for one in self.boards.values() if team in one.seen_from]
        return with_brand({team}).union(*boards)

    def photos_allowed(self, team: str) -> set[str]:
        """Return whose photos a team may be shown: not those of a side that has left a board."""
        sides = [with_brand(one.seen_from) for one in self.boards.values() if team in one.seen_from]
        return with_brand({team}).union(*sides)

    def readable(self, team: str) -> set[str]:
        """Return whose photos a team has of its own accord."""
        return with_brand({team})

    def note(self, fault: str) -> None:
        """Write a fault down, with what was done before."""
        self.faults.append(f"{fault}; after {' | '.join(self.steps[-BEFORE:])}")

    async def look_at(self, team: str, value: object, *, where: str) -> None:
        """Look at something that a team was shown: all its texts and photos, and each eighth drawing."""
        texts = list(texts_in(value))
        self.look_at_texts(team, texts, where=where)
        if isinstance(value, Reply):
            self._replies += 1
            self.look_at_pictures(team, await photos_in(value), self.photos_allowed(team), where=where)
            if self._replies % DRAWN_EACH == 0 or value.files:  # of a photo that is gone the colour may be left in it
                self.look_at_pictures(team, await drawings_in(value), self.texts_allowed(team), where=where)

    def look_at_texts(self, team: str, texts: Sequence[str], *, where: str) -> None:
        """Look at texts, and at the colours that are said in them."""
        self.looked_at += len(texts)
        allowed = self.texts_allowed(team)
        hidden = [word for owner, word in SECRETS.items() if owner not in allowed]
        known = [word for owner, word in KNOWN.items() if owner not in allowed]
        if found := [*words_found(texts, hidden), *words_found(texts, known, self.typed[team])]:
            said = [text[:80] for text in texts if any(word in text.lower() for word in found)][:3]
            self.note(f"{team} was shown {found} in {where}: {said}")
        if strangers := owners_said(texts, HUE) - allowed:
            self.note(f"{team} was told the colours of {strangers} in {where}")

    def look_at_pictures(self, team: str, pictures: Sequence[bytes], allowed: Collection[str], *, where: str) -> None:
        """Look whose photos pictures show."""
        self.looked_at += len(pictures)
        for picture in pictures:
            if strangers := owners_in(picture, HUE) - set(allowed):
                self.note(f"{team} was shown a picture of {strangers} in {where}")

    # What may change

    async def read_states(self) -> dict[str, Having]:
        """Return what each team has now."""
        found: dict[str, Having] = {}
        for team in TEAMS:
            async with self.desk.workspaces.use(team) as workspace:
                own = workspace.own
                boards: dict[str, Board] = {}
                for board_id in [one.id for one in await own.boards.all(archived=None)] + [
                    board_id for board_id, one in self.boards.items() if one.home == team
                ]:
                    if board_id not in boards:
                        try:
                            boards[board_id] = await own.boards.board(board_id)
                        except NotFound:
                            continue
                settings = repr(await self.desk.settings(team))
                photos = await own.photos(await own.ids("", limit=MOST_READ))
                found[team] = Having(photos, settings, boards)
        return found

    async def check_changes(self, actor: Actor, brought: Collection[str] = ()) -> None:
        """Look what somebody has changed, and whether they may. `brought` are whose texts a new board may hold."""
        before, now = self.states, await self.read_states()
        self.states = now
        for team in TEAMS:
            old, new = before[team], now[team]
            changed = {board_id for board_id, one in new.boards.items() if one != old.boards.get(board_id)}
            if team != actor.team:
                self._check_apart(actor, team, old, new, changed)
            for board_id in changed - set(self.boards):
                self.boards[board_id] = KnownBoard(actor.team, holds=with_brand({actor.team}).union(brought))
            for board_id in changed & set(old.boards):
                self._check_keeper(actor, old.boards[board_id], new.boards[board_id])
        self._check_rights(actor, before[actor.team], now[actor.team])
        await self._check_links()

    async def forgotten(self, person: str) -> None:
        """Look what forgetting somebody has changed: what was theirs alone, and boards on which they did something."""
        own = own_workspace(person)
        for board_id in [one for one, board in self.boards.items() if board.home == own]:
            del self.boards[board_id]
        for board in self.boards.values():
            board.joined.discard(own)
        before, now = self.states, await self.read_states()
        self.states = now
        for team in set(TEAMS) - {own}:
            old, new = before[team], now[team]
            for board_id, board in old.boards.items():
                now_there = new.boards.get(board_id)  # its log may name them where the board itself does no more
                same = now_there is not None and replace(now_there, revision=board.revision) == board
                if not same and repr(person) not in repr(board):
                    self.note(f"board {board_id} of {team} changed, for {person} was forgotten")
            if new.photos != old.photos or new.settings != old.settings:
                self.note(f"photos or settings of {team} changed, for {person} was forgotten")
        if repr(person) in repr([one.boards for one in now.values()]):
            self.note(f"{person} still stands on a board, and was forgotten")

    def _check_apart(self, actor: Actor, team: str, old: Having, new: Having, changed: set[str]) -> None:
        shared = {one for one in changed if one in self.boards and actor.team in self.boards[one].seen_from}
        if new.photos != old.photos or new.settings != old.settings or changed - shared:
            self.note(f"{actor} changed photos, settings or boards of {team}")

    def _check_keeper(self, actor: Actor, old: Board, new: Board) -> None:
        kept = [(one.name, one.brief, one.secret, one.archived, one.deleted) for one in (old, new)]
        home = self.boards[new.id].home == actor.team
        trusted = old.made_by.id == actor.request.person.id or actor.level >= Level.MODERATOR
        if kept[0] != kept[1] and not (home and trusted):
            self.note(f"{actor} changed what of a board only its keeper may: {kept}")

    def _check_rights(self, actor: Actor, old: Having, new: Having) -> None:
        settings = old.settings
        needs = {
            name: next(level for level in Level if f"{name}={level!r}" in settings) for name in ("adding", "editing")
        }
        if set(new.photos) - set(old.photos) and actor.level < needs["adding"]:
            self.note(f"{actor} added a photo and may not")
        if set(old.photos) - set(new.photos) and actor.level < needs["editing"]:
            self.note(f"{actor} removed a photo and may not")
        edited = any(_said_of(new.photos[one]) != _said_of(old.photos[one]) for one in new.photos.keys() & old.photos)
        if edited and actor.level < needs["editing"]:
            self.note(f"{actor} edited a photo and may not")
        if new.settings != old.settings and actor.level < Level.MANAGER:
            self.note(f"{actor} changed settings and may not")

    async def _check_links(self) -> None:
        for board_id, one in self.boards.items():
            links: list[Link] = await self.desk.boards.links.of_board(board_id)
            if {link.workspace for link in links} != one.joined or {link.home for link in links} - {one.home}:
                self.note(f"board {board_id} of {one.home} is linked with {links}, and should be with {one.joined}")
                one.joined = {link.workspace for link in links}

    # Setting up

    async def begin(self) -> None:
        """Give every team photos, boards and people."""
        for number, team in enumerate(TEAMS):
            async with self.desk.workspaces.use(team) as workspace:
                for place, title in enumerate((f"{KNOWN[team]} a", f"{SECRETS[team]} b", "Same one")):
                    picture = draw(HUE[team], seed=100 * number + place, light=1 - 0.15 * place)
                    await workspace.add(picture, "photo.jpg", record_of(team, title))
        self.states = await self.read_states()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Be open. Opened again it is the same after a restart."""
        used = ColourEncoder()
        options = LibraryOptions(
            make_encoder=lambda *_: used, vocabulary=Vocabulary((*HUES, *LIGHTS)), store=self._store
        )
        shared = self.folder / "brand.lib"
        if not await Library.exists(shared, options):
            await Library.create(shared, used.name, options)
            async with Library.open(shared, options) as library:
                for seed in (1, 2):
                    await library.add(draw(HUE[BRAND], seed=9000 + seed), "b.jpg", record_of(BRAND, f"brimzo {seed}"))
        places = Places(self.folder / "teams", {BRAND: shared}, {TEAMS[-1]: self.folder / "web"}, {BRAND: READERS})
        async with (
            options.make_stores() as stores,
            State.open(self.folder / "state.db", stores=stores) as kept,
            Workspaces(places, options, lambda: used.name, stores=stores, open_at_once=8) as workspaces,
        ):
            uploads = Uploads(options.intake.limits, replace(options.fetch, attempts=1))
            pace = Pace(0.0, 0.01, 0.0, 0.01)
            self.desk = Desk(workspaces, kept, uploads, Metrics(), pace=pace)
            self.desk.chosen = Chosen(self.desk.live.posts, None)
            await self.desk.live.follow_others()
            try:
                yield
            finally:
                await self.desk.close()


class Outlet:
    """A chat that takes every message; a message's place is its team's name and a number.

    Messages are looked at after the step that caused them, when it is known what the step has changed.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[str, Reply]] = []

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:
        """Take a message anew."""
        return await self.post(place.rpartition("/")[0], "", reply, language)

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:
        """Take a message."""
        self.taken.append((workspace, reply))
        return True

    def waiting(self, person: str) -> int:
        """Return 0: nothing is kept here."""
        return 0

    async def forget(self, person: str) -> None:
        """Do nothing, as nothing is kept."""


@contextmanager
def log_looked_at(world: World) -> Iterator[None]:
    """Look at everything that is logged meanwhile: nothing that somebody said stands there, and nothing unexpected."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said = repr(vars(record)).lower()
            if found := [word for word in (*SECRETS.values(), *KNOWN.values()) if word in said]:
                world.note(f"{found} stood in the log: {record.getMessage()}")
            if record.exc_info:
                world.note(f"unexpected: {record.exc_info[1]!r}")

    logger, handler = logging.getLogger("bot"), Handler(logging.INFO)
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
        logger.setLevel(level)


def _said_of(photo: Photo) -> object:
    """Return what only who may edit changes of a photo: all but its tags, which who may add gives, too."""
    return replace(photo, tags=())
