"""A team with few photos of its own beside a collection: what is usual is learnt from the larger of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from colorsys import hsv_to_rgb
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from core.curation import Record
from core.encoder import EncoderServices
from core.library import Library
from core.query import parse
from core.workspace import Workspace
from tests.conftest import OpenLibrary, draw_photo
from tests.fakes.encoder import ColourEncoder


async def add(library: Library, folder: Path, name: str, colour: str, seed: int, **record: object) -> str:
    data = draw_photo(folder / f"{name}.jpg", colour, seed=seed).read_bytes()
    photo, _ = await library.add(data, f"{name}.jpg", Record("Ann", title=name, **record))  # type: ignore[arg-type]
    return photo.id


@pytest.fixture
async def workspace(open_library: OpenLibrary, tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace with two photos of its own and a collection of 36, one of each shade."""
    async with AsyncExitStack() as stack:
        encoder = ColourEncoder()
        services = await stack.enter_async_context(EncoderServices(lambda _: encoder))
        own, brand = [
            await stack.enter_async_context(open_library(encoder, name=name, services=services))
            for name in ("own", "brand")
        ]
        for seed, (name, colour) in enumerate((("rose", "#e01010"), ("sea", "#1030e0"))):
            await add(own, tmp_path, name, colour, seed, tags=("mine",))
        for number in range(36):
            colour = "#{:02x}{:02x}{:02x}".format(*(round(255 * part) for part in hsv_to_rgb(number / 36, 1, 0.85)))
            await add(brand, tmp_path, f"shade-{number:02}", colour, 10 + number)
        opened = Workspace(own, {"brand": brand})
        stack.push_async_callback(opened.close)
        yield opened


async def found(workspace: Workspace, query: str, **rest: object) -> list[str]:
    return [hit.photo.id for hit in (await workspace.find(parse(query), **rest)).hits]  # type: ignore[arg-type]


async def test_a_team_s_few_photos_stand_where_they_belong_among_many(workspace: Workspace) -> None:
    assert "rose" in (await found(workspace, "red"))[:4]
    assert "sea" in (await found(workspace, "blue"))[:4]
    scores = {hit.photo.id: hit.score for hit in (await workspace.find(parse("blue"), limit=38)).hits}
    assert scores["sea"] > 0.9 > 0.1 > scores["rose"]
