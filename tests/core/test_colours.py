"""Colours: names, L*a*b*, differences, averages and palettes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageColor

from core.colours import (
    DESIGN_NAMES,
    average,
    ciede2000,
    difference,
    lab,
    name_of,
    names,
    near_names,
    palette,
    parse_colour,
    rgb_to_lab,
)

# Sharma, Wu and Dalal (2005), table 1: L*a*b*, L*a*b*, difference
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.02), (50, 0, -82.7485), 3.4412),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
    ((50, -1.1848, -84.8006), (50, 0, -82.7485), 1.0),
    ((50, -0.9009, -85.5211), (50, 0, -82.7485), 1.0),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, -1, 2), (50, 0, 0), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.001), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.49, -0.001), (50, -2.49, 0.0012), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, -0.001, 2.49), (50, 0.001, -2.49), 4.8045),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((50, 2.5, 0), (50, 3.1736, 0.5854), 1.0),
    ((50, 2.5, 0), (50, 3.2972, 0), 1.0),
    ((50, 2.5, 0), (50, 1.8634, 0.5757), 1.0),
    ((50, 2.5, 0), (50, 3.2592, 0.335), 1.0),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((61.2901, 3.7196, -5.3901), (61.4292, 2.248, -4.962), 1.8731),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ((36.4612, 47.858, 18.3852), (36.2715, 50.5065, 21.2231), 1.4146),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]
HEXES = st.from_regex("#[0-9a-f]{6}", fullmatch=True)


def stripes(*colours: tuple[str, int], size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Return a picture of vertical stripes, each as wide as its number of pixels."""
    image = Image.new("RGB", size)
    left = 0
    for colour, width in colours:
        image.paste(colour, (left, 0, left + width, size[1]))
        left += width
    return image


def noise(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (40, 60, 3), np.uint8))


# names


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("#0aa", "#00aaaa"), ("#0AABBC", "#0aabbc"), ("RebeccaPurple", "#663399"), ("light blue", "#add8e6")],
)
def test_colours_are_read_from_names_and_digits(typed: str, digits: str) -> None:
    assert parse_colour(typed) == digits


@pytest.mark.parametrize("typed", ["sky blue", "skyblue", "Sky-Blue", " sky  blue "])
def test_a_name_of_two_words_may_be_joined(typed: str) -> None:
    assert parse_colour(typed) == DESIGN_NAMES["sky blue"]


def test_both_spellings_of_grey_are_known() -> None:
    assert parse_colour("dark grey") == parse_colour("darkgray")


@pytest.mark.parametrize("typed", ["", "#", "#12", "#12345", "0aa", "xyzzy", "#ggg"])
def test_what_is_no_colour_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a colour"):
        parse_colour(typed)


@pytest.mark.parametrize("name", sorted({*names(), *ImageColor.colormap}))
def test_every_name_is_read(name: str) -> None:
    assert parse_colour(name).startswith("#")


def test_no_two_design_names_are_one_colour() -> None:
    assert len(set(DESIGN_NAMES.values())) == len(DESIGN_NAMES)


@pytest.mark.parametrize("name", DESIGN_NAMES)
def test_a_design_colour_has_its_own_name(name: str) -> None:
    assert name_of(DESIGN_NAMES[name]) == name


@pytest.mark.parametrize(
    ("digits", "name"), [("#030303", "black"), ("#0000ff", "ultramarine"), ("#7a7b7d", "grey"), ("#f0e9d8", "cream")]
)
def test_other_colours_have_the_nearest_name(digits: str, name: str) -> None:
    assert name_of(digits) == name


def test_near_names_mend_a_misspelling() -> None:
    assert near_names("terracota")[0] == "terracotta"


def test_near_names_mend_a_missing_hash() -> None:
    assert near_names("0aa") == ("#0aa",)


# L*a*b* and differences


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("#000000", (0, 0, 0)),
        ("#ffffff", (100, 0, 0)),
        ("#ff0000", (53.24, 80.09, 67.20)),
        ("#00ff00", (87.74, -86.18, 83.18)),
        ("#0000ff", (32.30, 79.19, -107.86)),
        ("#ffff00", (97.14, -21.55, 94.48)),
    ],
)
def test_srgb_becomes_lab(digits: str, expected: tuple[float, float, float]) -> None:
    assert lab(digits) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("level", [1, 64, 200, 254])
def test_greys_have_no_hue(level: int) -> None:
    _, a, b = rgb_to_lab(np.array([level, level, level], np.uint8))
    assert math.hypot(a, b) < 0.01


def test_lab_of_many_colours_keeps_their_shape() -> None:
    assert rgb_to_lab(np.zeros((4, 5, 3), np.uint8)).shape == (4, 5, 3)


@pytest.mark.parametrize(("first", "second", "expected"), SHARMA)
def test_differences_are_those_of_the_paper(
    first: tuple[float, ...], second: tuple[float, ...], expected: float
) -> None:
    assert ciede2000(np.array(first), np.array(second)) == pytest.approx(expected, abs=5e-5)


@given(HEXES, HEXES)
def test_differences_are_symmetric(first: str, second: str) -> None:
    assert difference(first, second) == pytest.approx(difference(second, first), abs=1e-6)


@given(HEXES)
def test_a_colour_does_not_differ_from_itself(digits: str) -> None:
    assert difference(digits, digits) == 0


def test_differences_broadcast() -> None:
    first, second = np.array(SHARMA[0][0]), np.array([SHARMA[0][1], SHARMA[0][0]])
    assert ciede2000(first, second) == pytest.approx([2.0425, 0], abs=5e-5)


# averages


@given(HEXES)
def test_the_average_of_one_colour_is_itself(digits: str) -> None:
    assert average(Image.new("RGB", (7, 5), digits)) == digits


def test_averages_are_taken_in_linear_light() -> None:
    assert average(stripes(("black", 30), ("white", 30))) == "#bcbcbc"  # 188, where the mean of the codes is 128


# palettes


def test_a_plain_picture_has_one_colour() -> None:
    (colour,) = palette(Image.new("RGB", (60, 40), "#1f7d80"))
    assert (colour.hex, colour.share) == ("#1f7d80", 1.0)


def test_a_palette_has_the_colours_of_the_picture() -> None:
    colours = palette(stripes(("#b93b36", 30), ("#4478b0", 20), ("#f6edd6", 10)))
    assert [colour.hex for colour in colours] == ["#b93b36", "#4478b0", "#f6edd6"]


def test_a_palette_has_their_shares_largest_first() -> None:
    colours = palette(stripes(("#f6edd6", 6), ("#b93b36", 36), ("#4478b0", 18)), 3)
    assert [colour.share for colour in colours] == pytest.approx([0.6, 0.3, 0.1], abs=0.03)


def test_colours_that_look_the_same_are_one() -> None:
    assert len(palette(stripes(("#808080", 30), ("#888888", 30)))) == 1


def test_a_small_colour_unlike_all_others_stays() -> None:
    greens = [("#2c4a30", 12), ("#3f6a3a", 12), ("#5c8045", 12), ("#75943a", 12), ("#9fb860", 10)]
    colours = palette(stripes(*greens, ("#d22f22", 2)), 5)
    assert "scarlet" in [name_of(colour.hex) for colour in colours]


def test_specks_are_left_out() -> None:
    image = Image.new("RGB", (60, 40), "#ffffff")
    image.putpixel((3, 3), (200, 0, 0))
    assert len(palette(image)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_a_palette_has_at_most_as_many_colours_as_asked_for(seed: int) -> None:
    assert len(palette(noise(seed), 4)) <= 4


def test_the_same_picture_has_the_same_palette() -> None:
    assert palette(noise(1)) == palette(noise(1))


def test_a_large_picture_has_the_palette_of_a_small_one() -> None:
    picture = stripes(("#b93b36", 800), ("#4478b0", 400), size=(1200, 800))
    assert [colour.hex for colour in palette(picture)] == ["#b93b36", "#4478b0"]


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1)])
def test_a_picture_of_any_shape_has_a_palette(size: tuple[int, int]) -> None:
    assert palette(Image.new("RGB", size, "#b93b36"))[0].hex == "#b93b36"
