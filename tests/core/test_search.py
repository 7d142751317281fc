"""What a query finds, in which order, and how honestly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import library as library_module
from core import search
from core.curation import Record
from core.errors import BadQuery, EncoderUnavailable, NotFound
from core.library import Library, Reference
from core.sources.detect import open_source
from tests.conftest import OpenLibrary, draw_photo
from tests.core.test_ingest import import_folder
from tests.fakes.encoder import ColourEncoder

ENGINES = ("sqlite", "postgres")

TABLE = """file,title,description,photographer,tags,place,license,taken,source_url
red-barn.jpg,Barn,an old wooden barn,Ana Núñez,farm;quiet,Oslo,CC0-1.0,2019-05-01,
red-car.jpg,,,Ana Núñez,road,,CC-BY-4.0,2020-02-03,
blue-lake.jpg,Saturn lake,water below the mountains,Ben Okri,water;quiet,Bergen,CC0-1.0,2021-07-08,
blue-door.jpg,Door,,Ben Okri,,,,,
green-hill.jpg,,,,water,,,,
green-leaf.jpg,,,Martin Adams,,,,,
yellow-sun.jpg,,,Adam West,,,,,
yellow-cab.jpg,,,Adam West,road,,,,
"""


@pytest.fixture
async def library(open_library: OpenLibrary, photos: Path) -> AsyncIterator[Library]:
    (photos / "photos.csv").write_text(TABLE, encoding="utf-8")
    async with open_library() as opened:
        await opened.import_from(open_source(str(photos / "photos.csv")))
        yield opened


async def found(library: Library, query: str, **options: object) -> list[str]:
    page = await library.find(query, **options)  # type: ignore[arg-type]
    return [hit.photo.id for hit in page.hits]


def picture(path: Path) -> Reference:
    return Reference(path.read_bytes(), path.name)


async def test_words_rank_by_meaning(library: Library) -> None:
    assert set((await found(library, "red"))[:2]) == {"red-barn", "red-car"}
    assert set((await found(library, "blue"))[:2]) == {"blue-lake", "blue-door"}


async def test_a_photo_finds_similar_ones_and_not_itself(library: Library) -> None:
    ids = await found(library, "like:red-barn")
    assert ids[0] == "red-car"
    assert "red-barn" not in ids


async def test_an_uploaded_photo_finds_similar_ones(library: Library, tmp_path: Path) -> None:
    upload = draw_photo(tmp_path / "upload.jpg", "#1010ff", seed=50)
    page = await library.find("", references=[picture(upload)])
    assert {hit.photo.id for hit in page.hits[:2]} == {"blue-lake", "blue-door"}


async def test_several_references_are_mixed(library: Library) -> None:
    assert set((await found(library, "like:red-barn like:blue-lake"))[:2]) == {"red-car", "blue-door"}


async def test_a_negative_word_pushes_away(library: Library) -> None:
    assert not {"red-barn", "red-car"} & set((await found(library, "-red"))[:6])


async def test_a_negative_photo_pushes_away(library: Library) -> None:
    ids = await found(library, "-like:red-car")
    assert ids.index("red-barn") > 4


async def test_a_weight_decides_between_two_wishes(library: Library) -> None:
    assert (await found(library, "red^2 blue^0.1"))[0].startswith("red")
    assert (await found(library, "red^0.1 blue^2"))[0].startswith("blue")


async def test_photo_and_words_find_what_neither_finds_alone(open_library: OpenLibrary, tmp_path: Path) -> None:
    """Of red and blue photos, dark and bright, a bright red one and the word `dark` find the dark red one."""
    folder = tmp_path / "composed"
    for seed, (name, colour) in enumerate(
        {
            "bright-red": "#ff5050",
            "dark-red": "#500808",
            "bright-blue": "#5050ff",
            "dark-blue": "#080850",
            "dark-grey": "#101010",
            "bright-grey": "#f0f0f0",
        }.items()
    ):
        draw_photo(folder / f"{name}.jpg", colour, seed=seed)
    reference = picture(draw_photo(tmp_path / "reference.jpg", "#ff4848", seed=9))
    async with open_library() as library:
        await import_folder(library, folder)
        photo_alone = (await library.find("", references=[reference])).hits[0].photo.id
        words_alone = (await library.find("dark")).hits[0].photo.id
        both = [hit.photo.id for hit in (await library.find("dark", references=[reference])).hits]
    assert photo_alone == "bright-red"
    assert words_alone == "dark-grey"
    assert both[0] == "dark-red"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tag:quiet", {"red-barn", "blue-lake"}),
        ("tag:water tag:quiet", {"blue-lake"}),
        ("tag:quiet -tag:water", {"red-barn"}),
        ("by:nunez", {"red-barn", "red-car"}),
        ('by:"Ben Okri"', {"blue-lake", "blue-door"}),
        ("by:adam", {"yellow-sun", "yellow-cab"}),
        ("is:portrait by:nunez", {"red-barn"}),
        ("-is:portrait by:nunez", {"red-car"}),
        ("place:oslo", {"red-barn"}),
        ("license:cc0", {"red-barn", "blue-lake"}),
        ("before:2020", {"red-barn"}),
        ("after:2020", {"blue-lake"}),
        ("after:2019-05-01 before:2021-07-08", {"red-car"}),
        ("width:>=90 by:nunez", {"red-car"}),
        ("width:60..70 by:nunez", {"red-barn"}),
        ("source:table tag:road", {"red-car", "yellow-cab"}),
        ('"below the mountains"', {"blue-lake"}),
        ("color:blue", {"blue-lake", "blue-door"}),
        ("by:nobody", set()),
    ],
)
async def test_filters_keep_exactly_what_they_say(library: Library, query: str, expected: set[str]) -> None:
    assert set(await found(library, query)) == expected


async def test_a_filter_goes_with_a_ranking(library: Library) -> None:
    assert (await found(library, "yellow tag:road")) == ["yellow-cab", "red-car"]


async def test_a_negative_word_leaves_out_what_people_described_so(library: Library) -> None:
    assert "blue-lake" not in await found(library, "blue -saturn")


async def test_words_of_a_description_find_what_the_vector_misses(library: Library) -> None:
    page = await library.find("saturn")
    assert (page.hits[0].photo.id, page.hits[0].match) == ("blue-lake", "strong")
    assert page.matches


async def test_a_photo_without_description_is_not_pushed_down(library: Library) -> None:
    """`barn` is in one photo's title; the red photos still stand by their look, best first."""
    plain = [photo_id for photo_id in await found(library, "red") if photo_id != "red-barn"]
    with_words = [photo_id for photo_id in await found(library, "red barn") if photo_id != "red-barn"]
    assert with_words[0] == plain[0] == "red-car"


async def test_nothing_matches_is_said_and_the_closest_are_shown(library: Library) -> None:
    page = await library.find("zyzzyva")
    assert not page.matches
    assert page.hits
    assert all(hit.match == "weak" for hit in page.hits)


async def test_what_matches_is_called_so(library: Library) -> None:
    page = await library.find("red")
    assert page.matches
    assert [hit.match for hit in page.hits[:2]] == ["strong", "strong"]
    assert page.hits[-1].match == "weak"


async def test_scores_fall_and_ranks_count_from_one(library: Library) -> None:
    hits = (await library.find("green")).hits
    assert [hit.rank for hit in hits] == list(range(1, 9))
    assert all(first.score >= second.score for first, second in pairwise(hits))


async def test_pages_follow_each_other_without_gap_or_repetition(library: Library) -> None:
    whole = await found(library, "red", limit=8)
    pages, offset, as_of = [], 0, None
    while offset is not None:
        page = await library.find("red", limit=3, offset=offset, as_of=as_of)
        pages += [hit.photo.id for hit in page.hits]
        offset, as_of = page.next_offset, page.as_of
    assert pages == whole


async def test_photos_that_come_in_between_pages_do_not_shift_them(library: Library, tmp_path: Path) -> None:
    whole = await found(library, "red", limit=8)
    first = await library.find("red", limit=4)
    draw_photo(tmp_path / "later" / "reddest.jpg", "#ff0000", seed=70)
    await import_folder(library, tmp_path / "later")
    second = await library.find("red", limit=4, offset=4, as_of=first.as_of)
    assert [hit.photo.id for hit in (*first.hits, *second.hits)] == whole
    assert "reddest" in await found(library, "red", limit=3)


async def test_near_duplicates_are_one_hit_that_can_be_opened(library: Library, tmp_path: Path, photos: Path) -> None:
    copy = tmp_path / "copies" / "red-car-again.jpg"
    copy.parent.mkdir()
    Image.open(photos / "red-car.jpg").resize((90, 60)).save(copy, quality=80)
    await import_folder(library, copy.parent)
    collapsed = (await library.find("red", limit=20)).hits
    assert len(collapsed) == 8
    assert sorted(len(hit.alike) for hit in collapsed) == [0] * 7 + [1]
    assert len(await found(library, "red", limit=20, collapse=False)) == 9


async def test_newest_first_is_by_the_photos_own_dates(library: Library) -> None:
    assert (await found(library, "before:2030 sort:new")) == ["blue-lake", "red-car", "red-barn"]


async def test_random_order_is_the_same_on_each_page(library: Library) -> None:
    whole = await found(library, "sort:random", limit=8)
    assert whole == (await found(library, "sort:random", limit=4)) + (
        await found(library, "sort:random", limit=4, offset=4)
    )
    assert sorted(whole) == sorted(await found(library, "sort:new", limit=8))


async def test_diverse_results_hold_the_same_photos_in_another_order(library: Library) -> None:
    plain = await found(library, "red")
    diverse = await found(library, "red", diverse=True)
    assert sorted(plain) == sorted(diverse)
    assert plain != diverse
    assert diverse[0] == plain[0]


async def test_an_empty_query_says_what_to_type(library: Library) -> None:
    with pytest.raises(BadQuery, match="sunset over ocean"):
        await library.find("  ")


async def test_a_reference_that_is_not_there_is_named(library: Library) -> None:
    with pytest.raises(NotFound, match="red-born"):
        await library.find("like:red-born")


async def test_every_hit_carries_its_credit(library: Library) -> None:
    hits = (await library.find("red", limit=8)).hits
    by_id = {hit.photo.id: hit.credit for hit in hits}
    assert by_id["red-barn"].text.startswith("Photo by Ana Núñez")
    assert by_id["green-hill"].name == "photographer unknown"


async def test_an_empty_library_finds_nothing(open_library: OpenLibrary) -> None:
    async with open_library(name="empty") as library:
        page = await library.find("red")
    assert (page.hits, page.matches, page.next_offset) == ((), False, None)


async def test_the_approximate_index_finds_what_the_exact_one_does(open_library: OpenLibrary, tmp_path: Path) -> None:
    colours = np.random.default_rng(3).integers(0, 255, (60, 3))
    for seed, (red, green, blue) in enumerate(colours):
        draw_photo(tmp_path / "many" / f"p{seed}.jpg", f"#{red:02x}{green:02x}{blue:02x}", seed=seed)
    async with open_library(name="many") as library:
        await import_folder(library, tmp_path / "many")
        exact = await found(library, "red", limit=5)
    async with open_library(name="many", exact_limit=20) as library:
        assert await found(library, "red", limit=5) == exact


async def test_a_photo_that_comes_in_by_its_look_keeps_what_its_words_say(
    open_library: OpenLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "LEAST_POOL", 8)  # fewer than photos that hold the words
    lines = [f"photo-{i}.jpg,red barn {i}" for i in range(20)]
    for i in range(20):
        draw_photo(tmp_path / "many" / f"photo-{i}.jpg", "#1030e0", seed=i)
    draw_photo(tmp_path / "many" / "looks.jpg", "#e01010", seed=99)
    table = tmp_path / "many" / "photos.csv"
    table.write_text("\n".join(["file,title", *lines, "looks.jpg,red barn 20"]), encoding="utf-8")
    async with open_library() as library:
        await library.import_from(open_source(str(table)))
        scores = {hit.photo.id: hit.score for hit in (await library.find("red barn", limit=2, collapse=False)).hits}
        alone = await library.find("red barn", limit=1, among=["looks"])
        assert 1 - scores["looks"] == pytest.approx(1 - alone.hits[0].score, rel=0.1)


# Answers that are remembered


class Counted:
    """Notes how often photos are ranked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        ranked = search.rank

        def rank(*arguments):
            self.times += 1
            return ranked(*arguments)

        monkeypatch.setattr(search, "rank", rank)


async def test_the_same_question_is_answered_once_until_something_changes(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    first = await library.find("red")
    assert await library.find("red") is first
    assert counted.times == 1
    await library.retag("blue-lake", add=["calm"])
    assert await library.find("red") is not first
    assert counted.times == 2


async def test_an_answer_is_right_after_every_change(
    library: Library, open_library: OpenLibrary, photos: Path, tmp_path: Path
) -> None:
    async def answer(query: str) -> list[tuple[str, str | None]]:
        return [(hit.photo.id, hit.photo.title) for hit in (await library.find(query, limit=3)).hits]

    async def follows() -> None:
        """Another's change is heard of a moment later where a server keeps the library."""
        seen = await library.version()
        for _ in range(200):
            if await library.version() != seen:
                return
            await asyncio.sleep(0.01)

    assert ("red-barn", "Barn") in await answer("red")
    await library.edit("red-barn", Record(title="Shed", photographer="Ana Núñez"))
    assert ("red-barn", "Shed") in await answer("red")
    assert await found(library, "tag:wood") == []
    await library.retag("red-barn", add=["wood"])
    assert await found(library, "tag:wood") == ["red-barn"]
    draw_photo(tmp_path / "more" / "red-rose.jpg", "#e00010", seed=70)
    await import_folder(library, tmp_path / "more")
    assert "red-rose" in [name for name, _ in await answer("red")]
    await library.remove("red-rose")
    assert "red-rose" not in [name for name, _ in await answer("red")]
    async with open_library() as other:
        assert await found(other, "tag:wood") == ["red-barn"]
        changing = asyncio.create_task(follows())
        await asyncio.sleep(0)
        await other.remove("red-barn")
        await changing
        assert "red-barn" not in [name for name, _ in await answer("red")]
        assert await found(other, "tag:wood") == []


async def test_questions_that_differ_in_anything_have_answers_of_their_own(library: Library, photos: Path) -> None:
    reference = np.eye(32, dtype=np.float32)
    calibration = await library.calibration()
    asked = [
        await library.find("red"),
        await library.find("blue"),
        await library.find("red", limit=3),
        await library.find("red", limit=3, offset=3),
        await library.find("red", as_of=5),
        await library.find("red", collapse=False),
        await library.find("red", diverse=True),
        await library.find("red", among=["red-barn"]),
        await library.find("red", newer_than=2),
        await library.find("red", images=[(reference[0], 1.0)]),
        await library.find("red", images=[(reference[1], 1.0)]),
        await library.find("red", images=[(reference[1], -1.0)]),
        await library.find("red", calibration=calibration),
    ]
    assert len({id(page) for page in asked}) == len(asked)


async def test_an_answer_without_the_encoder_is_not_remembered(open_library: OpenLibrary, photos: Path) -> None:
    class Away(ColourEncoder):
        there = False

        def encode_texts(self, texts):
            if not self.there:
                raise EncoderUnavailable("The weights are not here.")
            return super().encode_texts(texts)

    async with open_library() as library:
        await import_folder(library, photos)
    encoder = Away()
    async with open_library(encoder) as library:
        assert (await library.find("red")).notices
        encoder.there = True
        assert not (await library.find("red")).notices


async def test_what_is_usual_is_found_once_however_many_ask_at_once(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found_out: list[int] = []
    calibrated = library_module.calibrate

    async def calibrate(store, *others):
        found_out.append(await store.photos.count())
        await asyncio.sleep(0.05)
        return await calibrated(store, *others)

    monkeypatch.setattr(library_module, "calibrate", calibrate)
    library._calibration = None
    asked = ["red", "blue", "green", "yellow", "red car", "blue lake"]
    await asyncio.gather(*(library.find(query) for query in asked))
    assert found_out == [8]
    for i in range(4):
        draw_photo(tmp_path / "more" / f"red-{i}.jpg", "#e00010", seed=80 + i)
    await import_folder(library, tmp_path / "more")
    found_out.clear()
    pages = await asyncio.gather(*(library.find(query) for query in asked))
    assert found_out == [12]
    assert all(page.hits for page in pages)


async def test_a_photo_that_is_named_in_two_spellings_is_one_hit(library: Library) -> None:
    named = ["red-barn", "RED-BARN", "blue-lake"]
    assert sorted(await found(library, "red", among=named, collapse=False)) == ["blue-lake", "red-barn"]
    assert await found(library, "tag:farm", among=named, collapse=False) == ["red-barn"]
