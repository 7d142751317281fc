"""How well a board's suggestions and outliers hold: python -m benchmarks.boards

Prints, with the starter encoder: (a) the precision of what is suggested after three pins and two votes, beside plain
text search and beside chance; (b) how often two strangers on a board of twelve are named, and how many photos are named
wrongly. All draws are seeded. Needs ../shared beside the checkout.

Two libraries: photos of things and streets, where a topic is some classes, or day or night; and Flickr8k's dev split,
where it is what at least three of a photo's five captions say. The encoder's head was trained on other photos of
Flickr8k, and on none of the first library.

In a draw a team has pinned three photos: two of the topic, one of them voted up, and a near miss, which is one of the
first forty hits for the topic's words that is not of it, voted down. Pinned photos are hits of no method. The board's
brief is the topic's words, or only broad ones (for birds, "an animal"), or there is none.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.starter import SHARED, find_answers
from bot.app import library_options, read_settings
from core.boards.board import Author, Ballot, Board, Pin
from core.library import Library
from core.photos import Photo
from core.query import Query, Text
from core.sources import Candidate, Source
from core.sources.detect import open_source
from core.team_boards import TeamBoards
from core.workspace import Workspace

LEAST_PHOTOS = 13  # of a topic: ten are left to be found
DRAWS, FIRST = 8, 10
NEAR_MISSES_AMONG = 40
BOARD, STRANGERS, BOARDS = 12, 2, 50
ANN, NOW = Author("a", "Ann"), datetime(2026, 1, 1, tzinfo=UTC)
BROADER = {
    **dict.fromkeys(("dog", "bird", "snake", "fish", "insect", "monkey"), "an animal"),
    **dict.fromkeys(("car", "boat"), "a vehicle"),
    **dict.fromkeys(("food", "vegetable", "drink", "fruit"), "something to eat or drink"),
    **dict.fromkeys(("musical instrument", "furniture", "clothing", "kitchen appliance"), "an object"),
    **dict.fromkeys(("city at night", "city by day"), "a street in a city"),
}
BROADEST = "people outdoors"  # the same for all that captions tell apart
CAPTIONED = {  # words, and what captions call it
    "people on a beach": "beach sand shore",
    "snow": "snow snowy snowboard skier ski",
    "bicycle rider": "bike bicycle biker bicyclist cyclist",
    "football players": "soccer football",
    "swimming pool": "pool swimming",
    "rock climber": "climbing climber cliff",
    "skateboarder": "skateboard skateboarder skateboarding",
    "playing in grass": "grass grassy",
    "street in a city": "street sidewalk city",
}
UP, DOWN = (Ballot(ANN, "up"),), (Ballot(ANN, "down"),)

Topics = Mapping[str, frozenset[str]]  # the ids of each topic's photos


class Captioned:
    """A source of Flickr8k's dev photos, without their captions."""

    name = "flickr8k dev"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = (folder / "dev.txt").read_text(encoding="utf-8").split()

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Candidate]:
        for name in self.names:
            yield Candidate(
                f"dev:{name}", Photo(id=Path(name).stem, source="folder"), file=self.folder / "images" / name
            )

    def topics(self) -> Topics:
        """Return the photos of each topic, by what most of their captions say."""
        captions: dict[str, list[set[str]]] = defaultdict(list)
        for line in (self.folder / "captions.tsv").read_text(encoding="utf-8").splitlines():
            name, caption = line.split("\t")
            captions[name].append(set(caption.lower().replace(",", " ").split()))
        return {
            topic: frozenset(
                Path(name).stem
                for name in self.names
                if sum(bool(words.intersection(called.split())) for words in captions[name]) >= 3
            )
            for topic, called in CAPTIONED.items()
        }


async def main() -> int:
    """Print all tables."""
    if not (SHARED / "photos").is_dir() or not (SHARED / "flickr8k").is_dir():
        print("../shared is not beside this checkout: nothing to make boards of.")
        return 0
    captioned = Captioned(SHARED / "flickr8k")
    folders = [open_source(str(SHARED / "photos" / name)) for name in ("objects", "daynight/day", "daynight/night")]
    for name, sources, topics in (
        ("things and streets", folders, things_and_streets),
        ("Flickr8k dev", [captioned], lambda _: captioned.topics()),
    ):
        with tempfile.TemporaryDirectory() as scratch:
            await measure(name, Path(scratch), sources, topics)
    return 0


async def measure(name: str, folder: Path, sources: Sequence[Source], topics_of: Callable[..., Topics]) -> None:
    """Import photos and print what is measured of boards of them."""
    options = replace(library_options(read_settings(os.environ, Path.cwd()), model="starter"), tags_per_photo=0)
    await Library.create(folder, "starter")
    async with Library.open(folder, options) as library:
        for source in sources:
            await library.import_from(source)
        store = library._store  # a benchmark may look inside
        photos = {photo.id: photo for photo in (await store.photos.get(await store.photos.numbers())).values()}
        topics = {topic: ids for topic, ids in topics_of(photos.values()).items() if len(ids) >= LEAST_PHOTOS}
        boards = TeamBoards(Workspace(library, {}))
        print(f"\n{name}: {len(photos):,} photos, {len(topics)} topics")
        await print_suggestions(boards, topics, photos)
        await print_outliers(boards, topics, photos)
        await boards.workspace.close()


def things_and_streets(photos: Iterable[Photo]) -> Topics:
    """Return the photos of each topic, by the class or the folder that their file stands for."""
    known = sorted(photos, key=lambda photo: photo.path or "")
    objects = [photo for photo in known if Path(photo.path or "").parent.name == "objects"]
    topics: dict[str, frozenset[str]] = {}
    for topic, right in find_answers([Path(photo.path or "") for photo in objects]).items():
        topics[topic] = frozenset(photo.id for photo, is_right in zip(objects, right, strict=True) if is_right)
    for topic, folder in (("city at night", "night"), ("city by day", "day")):
        topics[topic] = frozenset(photo.id for photo in known if Path(photo.path or "").parent.name == folder)
    return topics


async def print_suggestions(boards: TeamBoards, topics: Topics, photos: Mapping[str, Photo]) -> None:
    """Print the precision of suggestions, of text search and of chance."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number, (label, ids) in enumerate(topics.items()):
        rng = np.random.default_rng([1, number])
        by_label = await search(boards, label, len(photos))
        broad = BROADER.get(label, BROADEST)
        by_broad = await search(boards, broad, len(photos))
        misses = [photo_id for photo_id in by_label[:NEAR_MISSES_AMONG] if photo_id not in ids]
        misses = misses or [photo_id for photo_id in by_label if photo_id not in ids][:5]
        for _ in range(DRAWS):
            liked = rng.choice(sorted(ids), 2, replace=False).tolist()
            pinned = {*liked, missed := str(rng.choice(misses))}
            board = make_board([photos[one] for one in (*liked, missed)], [UP, (), DOWN])
            for name, brief in (("topic", label), ("no words", ""), ("broad words", broad)):
                suggested = await boards.suggest(replace(board, brief=brief), limit=FIRST)
                found[f"board, {name}"][label].append(precision([one.photo.id for one in suggested.hits], ids))
            for name, hits in (("text, topic", by_label), ("text, broad words", by_broad)):
                left = [photo_id for photo_id in hits if photo_id not in pinned]
                found[name][label].append(precision(left[:FIRST], ids))
            left = [photo_id for photo_id in photos if photo_id not in pinned]
            found["chance"][label].append(precision(rng.choice(left, FIRST, replace=False).tolist(), ids))
    print(f"(a) P@{FIRST}, {DRAWS} draws a topic")
    print(" " * 24 + "".join(f"{name:>20}" for name in found))
    for label in topics:
        print(f"    {label:20}" + "".join(f"{np.mean(one[label]):20.2f}" for one in found.values()))
    means = {name: float(np.mean([np.mean(draws) for draws in one.values()])) for name, one in found.items()}
    print(f"    {'mean':20}" + "".join(f"{mean:20.3f}" for mean in means.values()))
    for one, other in (
        ("board, topic", "text, topic"),
        ("board, broad words", "text, broad words"),
        ("board, no words", "text, topic"),
        ("board, no words", "chance"),
    ):
        wins = sum(np.mean(found[one][label]) > np.mean(found[other][label]) for label in topics)
        losses = sum(np.mean(found[one][label]) < np.mean(found[other][label]) for label in topics)
        ratio = means[one] / max(means[other], 1e-9)
        print(f"    {one} / {other}: {ratio:.2f}; better in {wins} topics, worse in {losses}")


async def search(boards: TeamBoards, words: str, limit: int) -> list[str]:
    """Return the ids that plain text search gives, best first."""
    found = await boards.workspace.find(Query(texts=(Text(words),)), limit=limit)
    return [hit.photo.id for hit in found.hits]


async def print_outliers(boards: TeamBoards, topics: Topics, photos: Mapping[str, Photo]) -> None:
    """Print how often strangers on boards are named, and what is named on boards without any."""
    rng = np.random.default_rng(2)
    both, one, wrong, alarms = 0, 0, [], []
    for _ in range(BOARDS):
        ids = topics[str(rng.choice(sorted(topics)))]
        own = rng.choice(sorted(ids), BOARD, replace=False).tolist()
        strangers = rng.choice(sorted(set(photos) - ids), STRANGERS, replace=False).tolist()
        mixed = make_board([photos[photo_id] for photo_id in [*strangers, *own[STRANGERS:]]], [()] * BOARD)
        numbers = {outlier.number for outlier in await boards.outliers(mixed)}
        right = len(numbers & set(range(1, STRANGERS + 1)))
        both, one = both + (right == STRANGERS), one + (right > 0)
        wrong.append(len(numbers) - right)
        alarms.append(len(await boards.outliers(make_board([photos[photo_id] for photo_id in own], [()] * BOARD))))
    print(f"(b) {BOARDS} boards of {BOARD} with {STRANGERS} strangers")
    named = f"both named {both / BOARDS:.0%}, at least one {one / BOARDS:.0%}"
    print(f"    {named}, wrongly named {np.mean(wrong):.2f} a board")
    none = np.mean(np.equal(alarms, 0))
    print(f"    boards without strangers: {np.mean(alarms):.2f} named a board, none on {none:.0%}")


def make_board(photos: Sequence[Photo], votes: Sequence[tuple[Ballot, ...]]) -> Board:
    """Return a board with these pins."""
    pins = [
        Pin(number, photo, "", ANN, NOW, ballots=ballots)
        for number, (photo, ballots) in enumerate(zip(photos, votes, strict=True), 1)
    ]
    return Board("board", "Board", ANN, NOW, pins=tuple(pins))


def precision(ids: Sequence[str], right: frozenset[str]) -> float:
    """Return which share of the hits is right."""
    return sum(photo_id in right for photo_id in ids) / FIRST


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
