"""The teams of the ordeal: their names, their words, the hue of their photos, and the people in them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from PIL import Image

from bot.catalogue import words_for
from bot.requests import Level, Person, Request, Upload
from bot.slack.requests import person_of
from core.curation import Record

# names that look alike, and signs that mean something to a database, a file system or a pattern
TEAMS = ("discord:1", "discord:11", "discord:@7", "slack:T0TEAM", "slack:T_TEAM", "slack:t0team", "web:main")
KNOWN = dict(zip(TEAMS, ("quokka", "wombat", "numbat", "bilby", "dunnart", "potoroo", "wallaroo"), strict=True))
SECRET = dict(zip(TEAMS, ("vurnik", "pelzow", "druxem", "gofyat", "hybzel", "jotwik", "kwemup"), strict=True))
BRAND = "brand"  # a collection that two teams may read
READERS = frozenset({TEAMS[0], TEAMS[3]})
SECRETS = {**SECRET, BRAND: "brimzo"}
HUE = dict(zip(SECRETS, (65, 90, 115, 180, 210, 240, 280, 320), strict=True))  # degrees; none of the bot's own colours
LEVELS = (Level.MEMBER, Level.MODERATOR, Level.MANAGER)
ACCOUNTS = ("7", "77", "7_")  # and "777" where an account is a number


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in a team. The same account sits in several teams, trusted there or not."""

    team: str
    account: str
    level: Level

    @property
    def request(self) -> Request:
        """What everything that they ask has in common."""
        chat, _, team = self.team.partition(":")
        name = f"{SECRET[self.team]} {self.account}"
        person = Person(person_of(team, self.account) if chat == "slack" else f"{chat}:{self.account}", name)
        title = f"{SECRET[self.team]} team"
        return Request(chat, self.team, f"{self.team}:channel", person, words_for("en"), self.level, title)


ACTORS = tuple(
    Actor(team, account.replace("_", "77") if team.startswith("discord") else account, LEVELS[(number + place) % 3])
    for number, team in enumerate(TEAMS)
    for place, account in enumerate(ACCOUNTS)
)


def record_of(owner: str, title: str) -> Record:
    """Return what is said of a photo of a team."""
    word = SECRETS[owner]
    tags = (f"{word}tag", *([f"{KNOWN[owner]}tag"] if owner in KNOWN else []), "common")
    return Record(f"{word} photographer", title=title, description=f"{word} said", place=f"{word} place", tags=tags)


def draw(hue: float, *, seed: int, light: float = 1.0) -> bytes:
    """Return a JPEG of one hue, unlike any of another seed."""
    grain = np.random.default_rng(seed).integers(110, 256, (8, 12))
    hsv = np.stack([np.full_like(grain, round(hue / 360 * 256)), np.full_like(grain, 240), grain * light], axis=-1)
    image = Image.fromarray(hsv.astype(np.uint8), "HSV").convert("RGB").resize((96, 64), Image.Resampling.NEAREST)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95)
    return file.getvalue()


def upload(data: bytes, name: str) -> Upload:
    """Return a file as a chat gives it."""
    return Upload(name, len(data), lambda: asyncio.sleep(0, data))


def with_brand(owners: Collection[str]) -> set[str]:
    """Return these, and the collection where one of them may read it."""
    return {*owners, *([BRAND] if READERS & set(owners) else [])}
