"""What tests share: photos drawn on the spot, libraries with an encoder that needs no weights, and no network."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.encoder import EncoderServices
from core.encoders import EncoderOptions
from core.enrich import Vocabulary
from core.intake import IntakeOptions
from core.library import Library, LibraryOptions
from core.store import Store, StoreOptions, Stores
from tests.fakes.decoding import DECODERS
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder
from tests.fakes.postgres import NoServer, Server, running_server

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


_databases = count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module on each engine that it names in ENGINES."""
    engines = getattr(metafunc.module, "ENGINES", ())
    if engines and "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", engines, indirect=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A running PostgreSQL; tests that need one are skipped where it can't be started."""
    try:
        with running_server() as server:
            yield server
    except NoServer as error:
        pytest.skip(f"no PostgreSQL: {error}")


@pytest.fixture(scope="session")
def _postgres_database(postgres_server: Server) -> str:
    postgres_server.run("CREATE DATABASE tests")
    return "tests"


@pytest.fixture
def postgres_url(postgres_server: Server, _postgres_database: str) -> Iterator[str]:
    """The URL of a database whose tables, where they are made already, hold nothing."""
    yield postgres_server.url(_postgres_database)
    postgres_server.empty(_postgres_database)


@pytest.fixture
def new_postgres_url(postgres_server: Server) -> Iterator[str]:
    """The URL of a database without tables."""
    name = f"new_{next(_databases)}"
    postgres_server.run(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> StoreOptions:
    """Where the libraries of a test are kept: in SQLite, unless its module names other ENGINES."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return StoreOptions()
    return StoreOptions(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def stores(engine: StoreOptions) -> AsyncIterator[Stores]:
    """What opens stores and tables on the test's engine."""
    async with Stores(engine) as opened:
        yield opened


@pytest.fixture
async def store(stores: Stores, tmp_path: Path) -> AsyncIterator[Store]:
    """The store of an empty library."""
    await stores.create(tmp_path, {})
    async with stores.open(tmp_path) as opened:
        yield opened


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
def open_library(tmp_path: Path, engine: StoreOptions) -> OpenLibrary:
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

        def make_encoder(wanted: str, _: EncoderOptions) -> ColourEncoder:
            return used if wanted == used.name else ColourEncoder(wanted)

        settings = {"vocabulary": Vocabulary((*HUES, *LIGHTS)), "batch_photos": 3, "make_encoder": make_encoder}
        wanted = LibraryOptions(**(settings | {"store": engine} | options))  # type: ignore[arg-type]
        await Library.create(folder, used.name, wanted, be_it_there=True)
        decoders = DECODERS if wanted.intake == IntakeOptions() else None
        async with Library.open(folder, wanted, services=services, decoders=decoders) as library:
            yield library

    return opened
