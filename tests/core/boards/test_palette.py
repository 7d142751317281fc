"""A board's colours, and the files that design programs open."""

from __future__ import annotations

import struct

import pytest

from core.boards.palette import LEAST, MOST, board_palette, draw_palette, to_ase, to_gpl
from core.photos import Colour

COLOURS = (Colour("#1f7d80", 0.5), Colour("#c0643f", 0.3), Colour("#f6edd6", 0.2))


def read_ase(data: bytes) -> tuple[tuple[int, int], list[tuple[int, str, bytes]]]:
    """Return the version and the blocks (type, name, what follows) of a file, read by the format's description."""
    assert data[:4] == b"ASEF"
    major, minor, count = struct.unpack_from(">HHI", data, 4)
    at, blocks = 12, []
    for _ in range(count):
        kind, length = struct.unpack_from(">HI", data, at)
        body, name = data[at + 6 : at + 6 + length], ""
        if body:
            (units,) = struct.unpack_from(">H", body)
            text = body[2 : 2 + 2 * units].decode("utf-16-be")
            assert text.endswith("\0")
            name, body = text[:-1], body[2 + 2 * units :]
        blocks.append((kind, name, body))
        at += 6 + length
    assert at == len(data)
    return (major, minor), blocks


def test_a_swatch_exchange_file_holds_one_group() -> None:
    version, blocks = read_ase(to_ase("Autumn", COLOURS))
    assert version == (1, 0)
    assert [kind for kind, _, _ in blocks] == [0xC001, 1, 1, 1, 0xC002]
    assert blocks[0][1] == "Autumn"


def test_its_swatches_are_normal_rgb_colours() -> None:
    _, blocks = read_ase(to_ase("Autumn", COLOURS))
    _, name, body = blocks[1]
    assert name == "teal #1f7d80"
    assert body[:4] == b"RGB "
    red, green, blue, kind = struct.unpack(">3fH", body[4:])
    assert (red, green, blue) == pytest.approx((0x1F / 255, 0x7D / 255, 0x80 / 255))
    assert kind == 2


def test_its_names_may_be_of_any_script() -> None:
    assert read_ase(to_ase("秋 🍂", COLOURS))[1][0][1] == "秋 🍂"


def test_a_gimp_palette_names_every_colour() -> None:
    lines = to_gpl("Autumn\ncampaign", COLOURS).decode().splitlines()
    assert lines[:2] == ["GIMP Palette", "Name: Autumn campaign"]
    assert lines[4] == " 31 125 128\tteal #1f7d80"


def test_a_palette_without_colours_is_still_a_file() -> None:
    assert len(read_ase(to_ase("Empty", ()))[1]) == 2
    assert to_gpl("Empty", ()).startswith(b"GIMP Palette")
    assert draw_palette(()).size[0] > 0


def test_a_drawn_palette_shows_each_colour() -> None:
    image = draw_palette(COLOURS)
    width = image.width // len(COLOURS)
    shown = [image.getpixel((place * width + width // 2, 20)) for place in range(len(COLOURS))]
    assert shown == [(0x1F, 0x7D, 0x80), (0xC0, 0x64, 0x3F), (0xF6, 0xED, 0xD6)]


def test_every_photo_counts_the_same() -> None:
    found = board_palette([[Colour("#ff0000", 1.0)], [Colour("#0000ff", 0.5), Colour("#00ff00", 0.5)]])
    assert found[0] == Colour("#ff0000", 0.5)


def test_colours_that_look_the_same_are_one() -> None:
    found = board_palette([[Colour("#c80000", 1.0)], [Colour("#cc0404", 1.0)], [Colour("#0000ff", 1.0)]])
    assert [colour.hex for colour in found] == ["#c80000", "#0000ff"]


def test_many_colours_become_few() -> None:
    wheel = [f"#{r:02x}{g:02x}{b:02x}" for r in (0, 128, 255) for g in (0, 128, 255) for b in (0, 128, 255)]
    found = board_palette([[Colour(one, 1.0)] for one in wheel])
    assert LEAST <= len(found) <= MOST
    assert sum(colour.share for colour in found) == pytest.approx(1, abs=0.01)


def test_colours_of_a_palette_stand_in_its_photos() -> None:
    palettes = [[Colour("#c80000", 0.6), Colour("#900000", 0.4)], [Colour("#0000ff", 1.0)]]
    assert {one.hex for one in board_palette(palettes)} <= {one.hex for palette in palettes for one in palette}


def test_a_board_without_colours_has_no_palette() -> None:
    assert board_palette([(), ()]) == ()
