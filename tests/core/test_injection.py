"""What people type is never part of a statement: it is looked for, stored and compared as it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.curation import Record
from core.errors import ModaclipError
from core.library import Library
from core.sources.detect import open_source
from tests.conftest import OpenLibrary, draw_photo

ENGINES = ("sqlite", "postgres")
TRICKS = (
    *("'; DROP TABLE photos; --", "x' OR '1'='1", '") OR 1=1 --', "\\'; DELETE FROM photos; --", "$1; SELECT 1", "?1"),
    *("%' OR name LIKE '%", "x'||(SELECT 1)||'", "NEAR(a b)", 'a" AND "b', "title:red OR title:blue", "a*", "^a", "{}"),
    *("%s%(x)s:name", "/* */ UNION SELECT * FROM photos", "E'\\x00'", "$$x$$", "a & b | !c <-> d", "'red':*"),
)
PLACES = ("{}", '"{}"', 'tag:"{}"', 'by:"{}"', 'place:"{}"', 'license:"{}"', 'source:"{}"', 'like:"{}"', '-tag:"{}"')


@pytest.fixture
async def library(open_library: OpenLibrary, photos: Path) -> AsyncIterator[Library]:
    async with open_library() as opened:
        await opened.import_from(open_source(str(photos)))
        yield opened


async def test_no_statement_is_made_of_what_is_looked_for(library: Library) -> None:
    for trick in TRICKS:
        for place in PLACES:
            with suppress(ModaclipError):  # that no photo is like it, or that it can't be read
                hits = (await library.find(place.format(trick.replace('"', "'")))).hits
                wanted = place.startswith(('tag:"', 'by:"', 'place:"', 'license:"', 'source:"', '"'))
                assert not (wanted and hits), place.format(trick)
    assert await library.count() == 8


async def test_what_is_written_is_read_as_it_was_written(library: Library, tmp_path: Path) -> None:
    for number, trick in enumerate(TRICKS[:6]):
        data = draw_photo(tmp_path / "new.jpg", "#808080", seed=500 + number).read_bytes()
        photo, *_ = await library.add(data, "new.jpg", Record(trick, title=trick, place=trick))
        known = (await library.photos([photo.id]))[photo.id]
        assert (known.title, known.photographer.name, known.place) == (trick, trick, trick)
    assert await library.count() == 8 + 6
