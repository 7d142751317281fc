"""A board as one picture."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.boards.board import TOP, Author, Ballot, Board, Decision, Pin, Section, Vote
from core.boards.collage import TALLEST_PX, draw_collage, encode_collage
from core.boards.credit_columns import credits_of
from core.boards.pen import DARK, LIGHT, rgb
from core.boards.picture_words import Words
from core.boards.showing import Original, ShownBoard, ShownPin
from core.credits import credit_for
from core.lettering import Lettering, Style
from core.photos import Colour, Photo, Photographer
from tests.fakes.decoding import DECODERS

ANA = Author("chat:1", "Ana")
NOW = datetime(2025, 3, 4, 12, tzinfo=UTC)
RED, BLUE = (200, 30, 30), (30, 30, 200)


class Recorder(Lettering):
    """Lettering that remembers what it drew, with Pillow's own font, which is the same everywhere."""

    def __init__(self) -> None:
        super().__init__([])
        self.lines: list[str] = []
        self.places: dict[str, tuple[int, int]] = {}

    def draw(self, image: Image.Image, left: int, baseline: int, text: str, style: Style) -> None:
        self.lines.append(text)
        self.places[text] = (left, baseline)
        super().draw(image, left, baseline, text, style)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, size, colour in (("red", (300, 200), RED), ("blue", (200, 300), BLUE), ("wide", (512, 40), RED)):
        Image.new("RGB", size, colour).save(tmp_path / f"{name}.jpg", quality=95)
    return tmp_path


def pin(
    number: int = 1,
    thumbnail: Path | None = None,
    *,
    by: str = "Ng",
    section: str = TOP,
    note: str = "",
    votes: tuple[Vote, ...] = (),
    colour: str = "#808080",
    original: Path | None = None,
    gone: bool = False,
    picked: bool = False,
) -> ShownPin:
    photo = Photo(f"p{number}", "table", Photographer(by), average_colour=colour, licence="CC-BY-4.0")
    ballots = tuple(Ballot(Author(f"{i}", "x"), vote) for i, vote in enumerate(votes))
    made = Pin(number, photo, section, ANA, NOW, note, ballots)
    return ShownPin(made, photo, credit_for(photo), gone, picked, thumbnail, original and Original(original, DECODERS))


def board(*pins: ShownPin, sections: tuple[Section, ...] = (), palette: tuple[Colour, ...] = (), **more: object):
    known = {"id": "b", "name": "Autumn", "made_by": ANA, "made_at": NOW, "sections": sections} | more
    parts = [(one, tuple(p for p in pins if p.pin.section == one.id)) for one in (Section(TOP, ""), *sections)]
    shown = tuple((one, its) for one, its in parts if its or one.id != TOP)
    return ShownBoard(Board(**known), shown, palette, NOW)  # type: ignore[arg-type]


def lines_of(shown: ShownBoard, **more: object) -> list[str]:
    recorder = Recorder()
    draw_collage(shown, lettering=recorder, **more)  # type: ignore[arg-type]
    return recorder.lines


def drawn(shown: ShownBoard, **more: object) -> Image.Image:
    return draw_collage(shown, lettering=Lettering([]), **more)  # type: ignore[arg-type]


def extent(image: Image.Image, colour: tuple[int, int, int] = RED) -> tuple[int, int, int, int]:
    """Return left, top, width, height of what has a colour."""
    rows, columns = np.nonzero((np.abs(np.asarray(image).astype(int) - colour) < 12).all(axis=2))
    return columns.min(), rows.min(), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


def area(image: Image.Image, colour: tuple[int, int, int]) -> int:
    return int((np.abs(np.asarray(image).astype(int) - colour) < 12).all(axis=2).sum())


# credits


def test_every_credit_stands_below_the_photos() -> None:
    names = [f"Photographer{i}" for i in range(12)]
    recorder = Recorder()
    draw_collage(board(*(pin(i + 1, by=name) for i, name in enumerate(names))), lettering=recorder)
    text = " ".join(recorder.lines)
    assert all(f"Photo by {name}, CC BY 4.0" in text for name in names)


def test_a_long_credit_is_never_cut() -> None:
    name = "Pablo Diego " + "Ruiz y Picasso " * 12
    text = " ".join(lines_of(board(pin(by=name), *(pin(i) for i in range(2, 30)))))
    assert f"Photo by {name.strip()}, CC BY 4.0" in text


def test_photos_with_one_credit_share_a_line() -> None:
    shown = board(pin(1, by="A"), pin(2, by="B"), pin(7, by="A"))
    assert credits_of(shown) == (((1, 7), "Photo by A, CC BY 4.0"), ((2,), "Photo by B, CC BY 4.0"))


def test_credits_can_be_looked_up_by_number() -> None:
    sections = (Section("a", "Hero"), Section("b", "Banner"))
    shown = board(pin(1, by="A", section="b"), pin(2, by="B", section="a"), sections=sections)
    assert [numbers for numbers, _ in credits_of(shown)] == [(1,), (2,)]


def test_the_numbers_of_a_credit_are_those_of_its_photos() -> None:
    assert "3, 7" in lines_of(board(pin(3), pin(7)))


def test_credits_stand_under_the_last_row(folder: Path) -> None:
    recorder = Recorder()
    image = draw_collage(board(pin(1, folder / "red.jpg")), lettering=recorder)
    _, top, _, height = extent(image)
    assert recorder.places["Photo by Ng, CC BY 4.0"][1] > top + height


# photos


@pytest.mark.parametrize(("name", "colour", "ratio"), [("red", RED, 1.5), ("blue", BLUE, 2 / 3)])
def test_photos_keep_their_shape(folder: Path, name: str, colour: tuple[int, int, int], ratio: float) -> None:
    _, _, width, height = extent(drawn(board(pin(1, folder / f"{name}.jpg"))), colour)
    assert width / height == pytest.approx(ratio, rel=0.02)


def test_photos_of_a_row_have_one_height(folder: Path) -> None:
    image = drawn(board(pin(1, folder / "red.jpg"), pin(2, folder / "blue.jpg")))
    assert extent(image, RED)[3] == extent(image, BLUE)[3]


def test_a_very_wide_photo_is_shown_whole(folder: Path) -> None:
    _, _, width, height = extent(drawn(board(pin(1, folder / "wide.jpg"))))
    assert width / height == pytest.approx(512 / 40, rel=0.03)


def test_a_photo_that_is_gone_is_not_shown_again(folder: Path) -> None:
    assert area(drawn(board(pin(1, folder / "red.jpg", gone=True))), RED) == 0


def test_a_photo_that_is_gone_shows_its_colour() -> None:
    assert area(drawn(board(pin(gone=True, colour="#1e1ec8"))), BLUE) > 100_000


def test_a_photo_that_is_gone_has_its_credit_in_its_place() -> None:
    assert lines_of(board(pin(gone=True))).count("Photo by Ng, CC BY 4.0") == 2


@pytest.mark.parametrize("damage", ["missing", "empty", "cut off", "no picture"])
def test_a_damaged_thumbnail_shows_its_colour(folder: Path, damage: str) -> None:
    file = folder / "a.jpg"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8)).save(file)
    data = file.read_bytes()
    file.write_bytes({"empty": b"", "no picture": b"text"}.get(damage, data[: len(data) // 2]))
    if damage == "missing":
        file.unlink()
    assert area(drawn(board(pin(1, file, colour="#1e1ec8"))), BLUE) > 100_000


def test_a_large_photo_is_taken_from_its_original(folder: Path) -> None:
    Image.new("RGB", (1500, 1000), BLUE).save(folder / "original.jpg", quality=95)
    image = drawn(board(pin(1, folder / "red.jpg", original=folder / "original.jpg")))
    assert (area(image, BLUE) > 100_000, area(image, RED)) == (True, 0)


def test_a_damaged_original_leaves_the_thumbnail(folder: Path) -> None:
    (folder / "original.jpg").write_bytes(b"text")
    assert area(drawn(board(pin(1, folder / "red.jpg", original=folder / "original.jpg"))), RED) > 100_000


# marks


def test_every_photo_carries_its_number() -> None:
    assert {"3", "17"} <= set(lines_of(board(pin(3, by="A"), pin(17, by="B"))))


@pytest.mark.parametrize("picked", [True, False])
def test_a_pick_has_a_frame_and_a_star(folder: Path, picked: bool) -> None:
    assert (area(drawn(board(pin(1, folder / "red.jpg", picked=picked))), rgb(LIGHT.gold)) > 0) == picked


def test_votes_are_counted_on_the_photo() -> None:
    votes: tuple[Vote, ...] = ("up",) * 12 + ("down",) * 11 + ("one",) * 13
    assert {"12", "11", "13"} <= set(lines_of(board(pin(1, votes=votes))))


def test_what_nobody_voted_for_is_not_counted() -> None:
    assert "0" not in lines_of(board(pin(1, votes=("up",))))


def test_a_note_stands_under_its_photo() -> None:
    assert "warm light" in lines_of(board(pin(1, note="warm light")))


def test_a_long_note_is_cut() -> None:
    assert any(
        line.startswith("very") and line.endswith("…") for line in lines_of(board(pin(1, note="very long " * 99)))
    )


# around the photos


def test_the_version_stands_under_the_name() -> None:
    assert lines_of(board(pin()))[:2] == ["Autumn", "Version 1  ·  2025-03-04"]


def test_sections_have_their_titles_in_order() -> None:
    sections = (Section("a", "Hero"), Section("b", "Banner"))
    lines = lines_of(board(pin(1, section="b"), pin(2, section="a"), sections=sections))
    assert [line for line in lines if line in ("Hero", "Banner")] == ["Hero", "Banner"]


def test_an_empty_section_says_what_it_is_for() -> None:
    assert "calm water" in lines_of(board(pin(), sections=(Section("a", "Hero", "calm water"),)))


def test_a_decision_is_told_with_its_reason() -> None:
    decision = Decision(1, 1, (1, 4), "quiet ones", ANA, NOW)
    assert {"Picked for version 1: 1, 4", "quiet ones"} <= set(lines_of(board(pin(), decisions=(decision,))))


def test_the_palette_is_named() -> None:
    assert "#336699" in lines_of(board(pin(), palette=(Colour("#336699", 0.4),)))


def test_an_empty_board_says_how_to_begin() -> None:
    lines = lines_of(board(brief="early mornings"), words=Words(begin="Begin so."))
    assert lines == ["Autumn", "Version 1  ·  2025-03-04", "early mornings", "Begin so."]


def test_a_dark_picture_has_dark_paper() -> None:
    assert drawn(board(pin()), dark=True).getpixel((2, 2)) == rgb(DARK.paper)


def test_the_width_is_what_was_asked_for() -> None:
    assert drawn(board(pin()), width_px=700).width == 700


def test_two_hundred_photos_stay_within_bounds() -> None:
    pins = [pin(i, by=f"Somebody With A Name {i}", note="a note", gone=True) for i in range(1, 201)]
    assert draw_collage(board(*pins)).height <= TALLEST_PX


def test_many_short_sections_make_no_scroll() -> None:
    sections = tuple(Section(f"s{i}", f"Section {i}") for i in range(6))
    assert drawn(board(*(pin(i + 1, section=f"s{i}") for i in range(6)), sections=sections)).height < 2700


# files


def noisy(folder: Path) -> ShownBoard:
    noise = np.random.default_rng(1).integers(0, 256, (300, 450, 3), np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    return board(pin(1, folder / "noise.png"))


@pytest.mark.parametrize("most", [600_000, 150_000, 60_000])
def test_a_file_fits(folder: Path, most: int) -> None:
    data = encode_collage(noisy(folder), max_bytes=most, lettering=Lettering([]))
    assert data is not None
    assert len(data) <= most


def test_a_file_is_no_smaller_than_it_must_be(folder: Path) -> None:
    data = encode_collage(board(pin(1, folder / "red.jpg")), max_bytes=10**7, lettering=Lettering([]))
    assert data is not None
    assert Image.open(io.BytesIO(data)).width == 1600


def test_what_cannot_be_made_so_small_is_no_file(folder: Path) -> None:
    assert encode_collage(noisy(folder), max_bytes=1000, lettering=Lettering([])) is None
