"""What an answer holds, wherever in it: words that only one team has, and the colour that only its photos have."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum

import numpy as np
from PIL import Image
from pypdf import PdfReader

from bot.replies import File, Reply

SAID_CHARACTERS = 3  # shorter texts that somebody typed may stand anywhere
LEAST_SHARE = 0.01  # of a picture's area that a colour must have to be somebody's photo
NEAR_DEGREES = 9.0  # within which two hues are one; those of teams stand 25 apart
STRONG, LIGHT = 150, 60  # from which a colour has a hue that can be told, 0 to 255
DEGREES = 360 / 256
PICTURE_BYTES = 60_000
_HEX = re.compile(r"#([0-9a-f]{6})\b")
_TEXT_FILES = (".txt", ".md", ".csv", ".json", ".html", ".gpl")
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def texts_in(value: object) -> Iterator[str]:
    """Yield every text in an answer, a form, a completion or whatever a page is sent; of files what they hold."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, File):
        yield value.name
        yield from texts_of_file(value.name, value.data)
    elif isinstance(value, Enum) or value is None:
        return
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from texts_in(getattr(value, field.name))
    elif isinstance(value, dict):
        for pair in value.items():
            yield from texts_in(pair)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from texts_in(one)


def texts_of_file(name: str, data: bytes) -> Iterator[str]:
    """Yield the texts of a file, and of the files in it."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inner in archive.namelist():
                yield inner
                yield from texts_of_file(inner, archive.read(inner))
    elif name.endswith(".json"):
        yield from texts_in(json.loads(data))
    elif name.endswith(".pdf"):
        for page in PdfReader(io.BytesIO(data)).pages:
            yield page.extract_text()
    elif name.endswith(_TEXT_FILES):
        yield data.decode()
    else:  # whatever is written in it as it is: credits in pictures, the names of a palette
        yield data.decode("latin-1")
        yield data.decode("utf-16-be", "replace")


def pictures_in_file(name: str, data: bytes) -> Iterator[bytes]:
    """Yield the pictures that a file is or holds."""
    if name.endswith(_PICTURES):
        yield data
    elif name.endswith(".pdf"):
        for page in PdfReader(io.BytesIO(data)).pages:
            yield from (image.data for image in page.images)
    elif name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inner in archive.namelist():
                if inner.endswith(_PICTURES):
                    yield archive.read(inner)


async def photos_in(reply: Reply) -> list[bytes]:
    """Return the photos of a reply's cards as a chat would send them."""
    loaded = [await card.picture.load(PICTURE_BYTES) for card in reply.cards if card.picture.load is not None]
    return [one for one in loaded if one is not None]


async def drawings_in(reply: Reply) -> list[bytes]:
    """Return what was drawn of photos: a board's picture, and the pictures of its files."""
    load = None if reply.panel is None else reply.panel.picture.load
    drawn = None if load is None else await load(PICTURE_BYTES)
    from_files = [one for file in reply.files for one in pictures_in_file(file.name, file.data)]
    return [*([] if drawn is None else [drawn]), *from_files]


def words_found(texts: Sequence[str], words: Collection[str], typed: Collection[str] = ()) -> list[str]:
    """Return which of these words stand in texts. What was `typed` may be said again."""
    told = "\n".join(texts).lower()
    for text in sorted((one.lower() for one in typed if len(one) > SAID_CHARACTERS), key=len, reverse=True):
        told = told.replace(text, "")
    return [word for word in words if word in told]


def owners_in(picture: bytes, hues: Mapping[str, float]) -> set[str]:
    """Return whose photos a picture shows, by their hues."""
    with Image.open(io.BytesIO(picture)) as opened:
        opened.thumbnail((256, 256))
        hsv = np.asarray(opened.convert("RGB").convert("HSV"), np.float32).reshape(-1, 3)
    strong = hsv[(hsv[:, 1] > STRONG) & (hsv[:, 2] > LIGHT), 0] * DEGREES
    return {owner for owner, hue in hues.items() if _near(strong, hue).sum() > LEAST_SHARE * len(hsv)}


def owners_said(texts: Sequence[str], hues: Mapping[str, float]) -> set[str]:
    """Return whose photos have the strong colours that are written in texts as `#rrggbb`."""
    found = sorted({one for text in texts for one in _HEX.findall(text.lower())})
    if not found:
        return set()
    rgb = np.array([[[int(one[i : i + 2], 16) for i in (0, 2, 4)] for one in found]], np.uint8)
    hsv = np.asarray(Image.fromarray(rgb).convert("HSV"), np.float32)[0]
    strong = hsv[(hsv[:, 1] > STRONG) & (hsv[:, 2] > LIGHT), 0] * DEGREES
    return {owner for owner, hue in hues.items() if _near(strong, hue).any()}


def _near(degrees: np.ndarray, hue: float) -> np.ndarray:
    apart = np.abs(degrees - hue) % 360
    return np.minimum(apart, 360 - apart) <= NEAR_DEGREES
