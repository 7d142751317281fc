"""What tests share: photos drawn on the spot, libraries with an encoder that needs no weights, and no network."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.encoder import EncoderServices
from core.encoders import EncoderOptions
from core.enrich import Vocabulary
from core.library import Library, LibraryOptions
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder

OpenLibrary = Callable[..., AbstractAsyncContextManager[Library]]


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test reach beyond this machine."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def checked(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in ("127.0.0.1", "::1"):  # type: ignore[index]
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)  # type: ignore[arg-type]

    def resolved(host: object, *rest: object, **options: object) -> object:
        if host not in ("localhost", None):
            resolve(host, None, flags=socket.AI_NUMERICHOST)  # type: ignore[arg-type]  # raises for names
        return resolve(host, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", checked)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def draw_photo(path: Path, colour: str, *, size: tuple[int, int] = (96, 64), seed: int = 0) -> Path:
    """Write a JPEG of one colour with enough grain that no two seeds are near-duplicates."""
    grain = np.random.default_rng(seed).integers(0, 60, (8, 8), dtype=np.uint8)
    shade = Image.fromarray(grain).resize(size, Image.Resampling.NEAREST)
    photo = Image.composite(Image.new("RGB", size, "black"), Image.new("RGB", size, colour), shade)
    path.parent.mkdir(parents=True, exist_ok=True)
    photo.save(path, "JPEG", quality=95)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of eight photos in four colours."""
    folder = tmp_path / "photos"
    for seed, (name, colour) in enumerate(
        [
            ("red-barn", "#e01010"),
            ("red-car", "#d00000"),
            ("blue-lake", "#1030e0"),
            ("blue-door", "#0000d0"),
            ("green-hill", "#10c010"),
            ("green-leaf", "#00b000"),
            ("yellow-sun", "#e0e010"),
            ("yellow-cab", "#d8d800"),
        ]
    ):
        draw_photo(folder / f"{name}.jpg", colour, seed=seed, size=(96, 64) if seed % 2 else (64, 96))
    return folder


@pytest.fixture
def open_library(tmp_path: Path) -> OpenLibrary:
    """Return a function that opens (and first makes) a library with the colour encoder."""

    @asynccontextmanager
    async def opened(
        encoder: ColourEncoder | None = None,
        *,
        name: str = "library",
        services: EncoderServices | None = None,
        **options: object,
    ) -> AsyncIterator[Library]:
        folder = tmp_path / name
        used = encoder or ColourEncoder()
        if not await Library.exists(folder):
            await Library.create(folder, used.name)

        def make_encoder(wanted: str, _: EncoderOptions) -> ColourEncoder:
            return used if wanted == used.name else ColourEncoder(wanted)

        settings = {"vocabulary": Vocabulary((*HUES, *LIGHTS)), "batch_photos": 3, "make_encoder": make_encoder}
        async with Library.open(folder, LibraryOptions(**(settings | options)), services=services) as library:  # type: ignore[arg-type]
            yield library

    return opened
