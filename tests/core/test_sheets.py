"""Contact sheets and their lettering."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import ModaclipError
from core.lettering import STAND_IN, Lettering, Style, find_fonts
from core.sheets import HEADING_LINES, MAX_CELLS, PAPER, SheetCell, draw_sheet, write_sheet

STYLE = Style(14, "#000000")
RED = (200, 30, 30)
ASCII = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=80)


class Recorder(Lettering):
    """Lettering that remembers what it drew, with Pillow's own font, which is the same everywhere."""

    def __init__(self) -> None:
        super().__init__([])
        self.drawn: list[tuple[str, int, int]] = []

    def draw(self, image: Image.Image, left: int, baseline: int, text: str, style: Style) -> None:
        self.drawn.append((text, left, baseline))
        super().draw(image, left, baseline, text, style)

    @property
    def lines(self) -> list[str]:
        return [text for text, _, _ in self.drawn]


def photo(width: int = 90, height: int = 60, colour: tuple[int, int, int] = RED) -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def cell(**more: object) -> SheetCell:
    return SheetCell(**({"image": photo(), "credit": "Photo by NASA"} | more))  # type: ignore[arg-type]


def lines_of(*cells: SheetCell, heading: str = "fog") -> list[str]:
    recorder = Recorder()
    draw_sheet(cells, heading=heading, lettering=recorder)
    return recorder.lines


def extent(sheet: Image.Image, colour: tuple[int, int, int] = RED) -> tuple[int, int, int, int]:
    """Return left, top, width, height of what has a colour."""
    rows, columns = np.nonzero((np.abs(np.asarray(sheet).astype(int) - colour) < 12).all(axis=2))
    return columns.min(), rows.min(), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


# sheets


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (64, 64)])
def test_photos_keep_their_shape(size: tuple[int, int]) -> None:
    _, _, width, height = extent(draw_sheet([cell(image=photo(*size))], heading="fog"))
    assert width / height == pytest.approx(size[0] / size[1], rel=0.02)


def test_photos_of_a_row_stand_on_one_line() -> None:
    blue = (30, 30, 200)
    sheet = draw_sheet([cell(image=photo(90, 60)), cell(image=photo(60, 90, blue))], heading="fog")
    (_, top, _, height), (_, other_top, _, other_height) = extent(sheet), extent(sheet, blue)
    assert top + height == other_top + other_height


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    photo(90, 60).save(tmp_path / "a.jpg", exif=exif)
    _, _, width, height = extent(draw_sheet([cell(image=tmp_path / "a.jpg")], heading="fog"))
    assert height > width


def test_photos_are_in_reading_order() -> None:
    cells = [cell(credit=f"Photo by {i}") for i in range(7)]
    assert [line for line in lines_of(*cells) if line.startswith("Photo")] == [each.credit for each in cells]


def test_there_are_no_more_columns_than_photos() -> None:
    one, six = (draw_sheet([cell()], heading="fog", columns=n, cell_px=200) for n in (1, 6))
    assert one.size == six.size


def test_more_rows_make_a_longer_sheet() -> None:
    two, four = (draw_sheet([cell()] * n, heading="fog", columns=2, cell_px=200) for n in (2, 4))
    assert (four.width, four.height > two.height) == (two.width, True)


def test_every_photo_has_its_credit_under_it() -> None:
    recorder = Recorder()
    sheet = draw_sheet([cell()], heading="fog", lettering=recorder)
    left, top, _, height = extent(sheet)
    _, credit_left, baseline = next(drawn for drawn in recorder.drawn if drawn[0] == "Photo by NASA")
    assert (credit_left, baseline > top + height) == (left, True)


def test_a_long_credit_is_never_cut() -> None:
    credit = f"Photo by Pablo Diego {'Ruiz y Picasso ' * 8}on Unsplash"
    recorder = Recorder()
    draw_sheet([cell(credit=credit)], heading="fog", cell_px=160, lettering=recorder)
    assert " ".join(recorder.lines[2:]) == credit


def test_a_long_title_is_cut() -> None:
    recorder = Recorder()
    draw_sheet([cell(title="A very long title " * 9)], heading="fog", cell_px=160, lettering=recorder)
    assert recorder.lines[2].endswith("…")


def test_nothing_is_drawn_beside_the_sheet() -> None:
    recorder = Recorder()
    draw_sheet([cell(credit="W" * 200)], heading="fog", cell_px=160, lettering=recorder)
    assert max(recorder.width(line, STYLE) for line in recorder.lines[2:]) <= 160


def test_the_heading_is_the_query() -> None:
    assert lines_of(cell(), heading="sunset over ocean")[0] == "sunset over ocean"


def test_a_long_heading_takes_two_lines_and_is_cut() -> None:
    lines = lines_of(cell(), heading="sunset over ocean " * 20)
    assert (lines[1][-1], lines[HEADING_LINES]) == ("…", "1 photo")


def test_photos_are_counted() -> None:
    assert "3 photos" in lines_of(cell(), cell(), cell())


def test_rank_and_match_are_shown() -> None:
    assert lines_of(cell(rank=7, match="strong"))[2:4] == ["7", "strong"]


def test_without_rank_and_match_only_the_credit_stands_there() -> None:
    assert lines_of(cell())[2:] == ["Photo by NASA"]


def test_a_photo_without_a_picture_shows_its_colour() -> None:
    _, _, width, _ = extent(draw_sheet([cell(image=None, colour="#c81e1e")], heading="fog", cell_px=200))
    assert width == 200


def test_a_photo_without_picture_and_colour_has_a_place() -> None:
    with_picture, without = (draw_sheet([cell(image=image)], heading="fog") for image in (photo(), None))
    assert with_picture.size == without.size


@pytest.mark.parametrize("damage", ["missing", "empty", "cut off"])
def test_a_file_that_cannot_be_read_shows_its_colour(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "a.jpg"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8)).save(file)
    data = file.read_bytes()
    file.write_bytes(b"" if damage == "empty" else data[: len(data) // 2])
    if damage == "missing":
        file.unlink()
    sheet = draw_sheet([cell(image=file, colour="#c81e1e")], heading="fog", cell_px=200)
    assert extent(sheet)[2] == 200


def test_the_paper_is_calm() -> None:
    assert draw_sheet([cell()], heading="fog").getpixel((2, 2)) == tuple(bytes.fromhex(PAPER[1:]))


@pytest.mark.parametrize("count", [0, MAX_CELLS + 1])
def test_a_sheet_of_nothing_or_too_much_is_refused(count: int) -> None:
    with pytest.raises(ModaclipError, match=f"1 to {MAX_CELLS} photos"):
        draw_sheet([cell()] * count, heading="fog")


# files


@pytest.mark.parametrize(("name", "kind"), [("a.png", "PNG"), ("a.JPG", "JPEG"), ("a.webp", "WEBP")])
def test_the_ending_says_what_is_written(tmp_path: Path, name: str, kind: str) -> None:
    write_sheet(tmp_path / name, [cell()], heading="fog")
    with Image.open(tmp_path / name) as sheet:
        assert sheet.format == kind


@pytest.mark.parametrize("name", ["a.gif", "a", "a.pdf"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModaclipError, match=r"\.png, \.jpg or \.webp"):
        write_sheet(tmp_path / name, [cell()], heading="fog")


def test_only_the_sheet_is_left_behind(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.png", [cell()], heading="fog")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_sheet_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"old")

    def fill_the_disk(self: Image.Image, file: BinaryIO, *_: object, **__: object) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fill_the_disk)
    with pytest.raises(ModaclipError, match="No space left on device"):
        write_sheet(tmp_path / "a.png", [cell()], heading="fog")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.png", b"old")]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModaclipError, match="nowhere"):
        write_sheet(tmp_path / "nowhere" / "a.png", [cell()], heading="fog")


# lettering


def test_a_letter_that_no_font_has_is_not_a_box() -> None:
    bare = Lettering([])
    assert bare.width("李", STYLE) == bare.width(STAND_IN, STYLE)


def test_letters_that_no_font_has_can_be_told() -> None:
    assert Lettering([]).missing(["mr.lee 李", "Ng 李 明"]) == "李明"


def test_a_letter_is_taken_from_a_font_that_has_it() -> None:
    fonts = Lettering()
    if not find_fonts() or fonts.missing(["García"]):
        pytest.skip("no font with accents on this machine")
    assert fonts.width("í", STYLE) != fonts.width(STAND_IN, STYLE)


def test_an_accent_typed_apart_is_one_letter() -> None:
    fonts = Lettering()
    assert fonts.width("Garci\u0301a", STYLE) == fonts.width("García", STYLE)


def test_what_cannot_be_seen_takes_no_room() -> None:
    bare = Lettering([])
    assert bare.width("a\u200b\x07b\ufe0f", STYLE) == bare.width("ab", STYLE)


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "inter.ttf").write_bytes(b"no font")
    assert Lettering([tmp_path / "inter.ttf"]).width("abc", STYLE) == Lettering([]).width("abc", STYLE)


@given(ASCII, st.integers(30, 200))
def test_wrapping_keeps_every_letter(text: str, width: int) -> None:
    assert "".join(Lettering([]).wrap(text, STYLE, width)).replace(" ", "") == "".join(text.split())


@given(ASCII, st.integers(30, 200))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    bare = Lettering([])
    assert all(bare.width(line, STYLE) <= width for line in bare.wrap(text, STYLE, width))


@given(ASCII, st.integers(30, 200))
def test_a_cut_line_fits(text: str, width: int) -> None:
    bare = Lettering([])
    assert bare.width(bare.cut(text, STYLE, width), STYLE) <= width
