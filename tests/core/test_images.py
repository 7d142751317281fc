"""What a file may do wrong, and what is kept of a photo that is right."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import BadImage
from core.images import DECODE_SIDE, ImageLimits, look_of, perceptual_hash, read_picture

SAMPLE = Path(__file__).parents[2] / "samples" / "paul-carmona-sunset-by-the-pier.jpg"


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def gradient(width: int = 320, height: int = 200) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.dstack([x, y, 255 - x]).astype(np.uint8))


def test_reads_a_photo_with_its_size_and_hash() -> None:
    data = encoded(gradient())
    picture = read_picture(data, name="a.jpg")
    assert (picture.width, picture.height, picture.image.mode) == (320, 200, "RGB")
    assert len(picture.content_hash) == 64


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"])
def test_reads_every_format(kind: str) -> None:
    assert read_picture(encoded(gradient(), kind)).image.size == (320, 200)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(BadImage, match="empty"):
        read_picture(b"")


def test_text_named_like_a_photo_is_refused() -> None:
    with pytest.raises(BadImage, match="not a picture"):
        read_picture(b"<html>no photo</html>", name="a.jpg")


def test_a_png_named_jpg_is_refused_by_its_true_type() -> None:
    with pytest.raises(BadImage, match=r"PNG but is named \.jpg"):
        read_picture(encoded(gradient(), "PNG"), name="a.jpg")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_photo_that_was_cut_off_is_refused(share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (600, 800, 3), dtype=np.uint8))
    data = encoded(noise)
    with pytest.raises(BadImage, match="cut off"):
        read_picture(data[: int(len(data) * share)], name="a.jpg")


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(BadImage, match="megapixels"):
        read_picture(encoded(gradient(4000, 3000)), limits=ImageLimits(max_pixels=10_000_000))


def test_a_bomb_that_pillow_would_refuse_is_a_bad_image() -> None:
    bomb = encoded(Image.new("1", (20_000, 20_000)), "PNG")
    with pytest.raises(BadImage, match="megapixels"):
        read_picture(bomb, limits=ImageLimits(max_pixels=10**9))


def test_a_file_over_the_size_limit_is_refused() -> None:
    with pytest.raises(BadImage, match="MB"):
        read_picture(encoded(gradient()), limits=ImageLimits(max_bytes=100))


def test_a_tracking_pixel_is_no_photo() -> None:
    with pytest.raises(BadImage, match="only 1 x 1"):
        read_picture(encoded(Image.new("RGB", (1, 1)), "PNG"))


def test_a_photo_stored_on_its_side_comes_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter
    picture = read_picture(encoded(gradient(), exif=exif))
    assert picture.image.size == (picture.width, picture.height) == (200, 320)


def test_a_large_jpeg_is_decoded_small_but_keeps_its_true_size() -> None:
    picture = read_picture(encoded(gradient(6000, 4000)))
    assert (picture.width, picture.height) == (6000, 4000)
    assert DECODE_SIDE <= min(picture.image.size) < 2000


def test_transparency_is_seen_on_white() -> None:
    picture = read_picture(encoded(Image.new("RGBA", (64, 64), (255, 0, 0, 0)), "PNG"))
    assert picture.image.getpixel((5, 5)) == (255, 255, 255)


def test_sixteen_bit_greys_keep_their_tones() -> None:
    levels = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    picture = read_picture(encoded(Image.fromarray(levels), "PNG"))
    assert 100 < np.asarray(picture.image).mean() < 155


def test_a_look_has_a_small_upright_thumbnail() -> None:
    look = look_of(gradient(1200, 800), thumbnail_px=300)
    assert Image.open(io.BytesIO(look.thumbnail)).size == (300, 200)


def test_a_look_has_average_and_dominant_colours() -> None:
    picture = Image.new("RGB", (100, 100), "#0000ff")
    picture.paste("#ff0000", (0, 0, 100, 25))
    look = look_of(picture)
    assert look.colours[0].share == pytest.approx(0.75, abs=0.05)
    assert look.average_colour.startswith("#")


def test_compression_and_size_change_few_bits_of_the_perceptual_hash() -> None:
    original = Image.open(SAMPLE).convert("RGB")
    smaller = Image.open(io.BytesIO(encoded(original.resize((200, 125)), quality=40)))
    assert (perceptual_hash(original) ^ perceptual_hash(smaller)).bit_count() <= 6


def test_different_pictures_differ_in_many_bits_of_the_perceptual_hash() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8)).convert("RGB")
    assert (perceptual_hash(Image.open(SAMPLE)) ^ perceptual_hash(noise)).bit_count() > 16
