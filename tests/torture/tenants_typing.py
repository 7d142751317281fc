"""What people type: anybody's ids, tags, names and codes where they ask, their own words where something is kept."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping

from bot.commands.spec import Command, Option
from bot.requests import Value
from core.images import hash_bytes
from tests.torture.tenants_teams import HUE, KNOWN, READERS, SECRET, TEAMS, Actor, draw, upload
from tests.torture.tenants_world import World

MOST_PHOTOS = 12
SLOW = frozenset({"pdf", "zip", "png"})
LAST = ("query", "words", "text", "name", "title", "code", "photos", "tags", "prefix")  # what is typed without its name


def line(command: str, values: Mapping[str, Value]) -> str:
    """Return a command as it is typed in a line; files come beside it."""
    given = {option: value for option, value in values.items() if isinstance(value, str | int)}
    named = [f'{option}:"{value}"' for option, value in given.items() if option not in LAST]
    return " ".join([command, *named, *(str(value) for option, value in given.items() if option in LAST)])


class Typing:
    """Values for options and forms. What somebody types is noted, for it may be said again."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.codes: list[str] = ["2222-3333-4444"]
        self.exported: list[tuple[frozenset[str], bytes]] = []  # boards as files, and whose texts stand in them
        self.brought: frozenset[str] = frozenset()  # whose texts stand in the file that was given last
        self._made = 0

    def value(self, command: Command, option: Option, actor: Actor, chance: random.Random) -> Value | None:
        """Return something for an option. What is kept is in one's own words; what is asked for is anybody's."""
        if option.choices:
            choices = [one for one in option.choices if one not in SLOW or chance.random() < 0.15]
            return chance.choice(choices)
        if command.name == "board import" and option.name == "file":
            return self._board_file(actor, chance)
        if option.lowest is not None:
            return chance.randint(option.lowest, min(option.highest or 9, 9))
        make: Callable[[], Value | None] = {
            "photo": lambda: self.photo_id(actor, chance),
            "photos": lambda: " ".join(self.photo_id(actor, chance) for _ in range(chance.randint(1, 3))),
            "query": lambda: self._query(actor, chance),
            "words": lambda: self._query(actor, chance),
            "tag": lambda: self._tag(actor, chance),
            "prefix": lambda: chance.choice(("", self._tag(actor, chance), SECRET[chance.choice(TEAMS)][:3])),
            "by": lambda: self.say(actor, f"{KNOWN[chance.choice(TEAMS)]} photographer"),
            "board": lambda: self._board_ref(actor, chance),
            "code": lambda: chance.choice((*self.codes, self.board_id(chance))),
            "numbers": lambda: chance.choice(("1", "1-2", "2 3", "1-9")),
            "name": lambda: chance.choice(("Same", f"{KNOWN[actor.team]} board {chance.randint(1, 3)}")),
            "image": lambda: self._picture(actor, chance),
            "file": lambda: None,
            "link": lambda: "http://127.0.0.1:9/a.jpg" if chance.random() < 0.1 else None,
            "source": lambda: f"https://example.org/{SECRET[actor.team]}",
            "section": lambda: chance.choice(
                ("-", f"{SECRET[actor.team]} part", f"{KNOWN[chance.choice(TEAMS)]} part")
            ),
            "tags": lambda: f"common, {SECRET[actor.team]}tag",
            "licence": lambda: "CC0",
        }.get(option.name, lambda: self._own_text(actor, chance))
        value = make()
        if isinstance(value, str):
            self.say(actor, value)
        return value

    def _own_text(self, actor: Actor, chance: random.Random) -> str:
        word = chance.choice((SECRET[actor.team], KNOWN[actor.team]))
        return f"{word} {chance.choice(('bright', 'dark', 'calm beach at dawn', 'red'))} {chance.randint(1, 99)}"

    def form_value(self, name: str, actor: Actor, chance: random.Random) -> str:
        if name == "number":
            return chance.choice(("", "1", "9"))
        if name == "numbers":
            return chance.choice(("", "1", "1-2"))
        if name == "source":
            return f"https://example.org/{SECRET[actor.team]}"
        return f"{KNOWN[actor.team]} board {chance.randint(1, 3)}" if name == "name" else self._own_text(actor, chance)

    def photo_id(self, actor: Actor, chance: random.Random) -> str:
        own, other = actor.team, chance.choice(TEAMS)
        ids = [f"{KNOWN[own]}-a", f"{SECRET[own]}-b", "same-one"]
        ids += [f"{KNOWN[other]}-a", f"{KNOWN[other]}-{chance.choice('xyz')}", SECRET[other][:3], KNOWN[other][:4]]
        ids += [f"{other}/{KNOWN[other]}-a", "brand/same-one", f"brand/{KNOWN[other]}-a", f"{KNOWN[other]}-a ".upper()]
        ids += ["brand/brimzo-1"] if own in READERS else []
        return self.say(actor, chance.choice(ids)).strip()

    def _tag(self, actor: Actor, chance: random.Random) -> str:
        return self.say(
            actor, chance.choice((f"{KNOWN[chance.choice(TEAMS)]}tag", f"{SECRET[actor.team]}tag", "common"))
        )

    def _query(self, actor: Actor, chance: random.Random) -> str:
        ref = self._board_ref(actor, chance)
        tag, photo, other = self._tag(actor, chance), self.photo_id(actor, chance), chance.choice(TEAMS)
        who = self.say(actor, f"{KNOWN[other]} photographer")
        return chance.choice(
            (
                *("sort:new", "sort:random", chance.choice(("red", "blue", "lime", "violet")), "bright -dark"),
                *(f"tag:{tag}", f"-tag:{tag}", f"tag:{tag}^2", f'by:"{who}"', f'"{KNOWN[other]} a"', "place:place"),
                *(f'like:"{photo}"', f'bright -like:"{photo}"', f'like:"board:{ref}"', f'red -like:"board:{ref}"'),
                *(f"tga:{tag}", "color:nosuch", "license:cc0", "width:>=10 is:landscape"),
            )
        )

    def _board_ref(self, actor: Actor, chance: random.Random) -> str:
        other = chance.choice((actor.team, *TEAMS))
        names = (
            "Same",
            f"{KNOWN[other]} board {chance.randint(1, 3)}",
            f"{KNOWN[other]} board",
            self.board_id(chance),
        )
        own = [board_id for board_id, one in self._world.boards.items() if actor.team in one.seen_from]
        return self.say(actor, chance.choice((*names, *([chance.choice(own)] * 4 if own else []))))

    def board_id(self, chance: random.Random) -> str:
        return chance.choice((*self._world.boards, "nothing"))

    def _picture(self, actor: Actor, chance: random.Random) -> Value | None:
        if len(self._world.states[actor.team].photos) >= MOST_PHOTOS:
            return None
        self._made += 1
        return upload(draw(HUE[actor.team], seed=50_000 + self._made), f"{SECRET[actor.team]}.jpg")

    def _board_file(self, actor: Actor, chance: random.Random) -> Value | None:
        """Return an exported board, perhaps of another team; sometimes with ids and paths of others written into it."""
        if not self.exported:
            return None
        self.brought, data = chance.choice(self.exported)
        if chance.random() < 0.5:
            record, other = json.loads(data), chance.choice(TEAMS)
            folder = self._world.folder / "teams"
            for pin in record["pins"]:
                pin["photo"] |= chance.choice(
                    (
                        {"id": f"{KNOWN[other]}-a"},
                        {"content_hash": hash_bytes(draw(HUE[other], seed=100 * TEAMS.index(other)))},
                        {"path": str(next(iter(sorted(folder.rglob("*.jpg"))), "/nothing"))},
                        {"content_hash": chance.choice(("../../x", "x" * 999, "/etc/x", "a\0b"))},
                    )
                )
                self.say(actor, f"{KNOWN[other]}-a")
            data = json.dumps(record).encode()
        return upload(data, "board.json")

    def say(self, actor: Actor, *texts: str) -> str:
        """Note what somebody types, which may be said again: as a whole, or without the collection before an id."""
        self._world.typed[actor.team].update(*(map(str.strip, (text, *text.split("/"))) for text in texts))
        return texts[0]
