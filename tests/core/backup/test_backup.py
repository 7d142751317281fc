"""A library saved while it is used, and put back: in either engine, whole or not at all."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.backup import CantBackUp, Damaged, Manifest, Restored, Saved, Saving, prepare, put, verify
from core.backup.manifest import read_checksums, read_manifest
from core.backup.restoring import SCRATCH
from core.curation import Record
from core.errors import LibraryError
from core.ingest import no_progress
from core.library import Library
from core.store import StoreOptions, Stores
from tests.conftest import draw_photo
from tests.core.moving.worlds import ANA, OPTIONS, fill, quiet

ENGINES = ("sqlite", "postgres")
PLACE = "library"


@dataclass
class Site:
    """One installation: a folder with a library, and where it is kept."""

    folder: Path
    store: StoreOptions
    backup: Path

    @asynccontextmanager
    async def library(self) -> AsyncIterator[Library]:
        async with Stores(self.store) as stores, Library.open(self.folder, OPTIONS, stores=stores) as library:
            yield library

    async def rows(self) -> tuple[object, ...]:
        async with Stores(self.store) as stores, stores.open(self.folder) as store:
            return await store.raw.head(), await store.raw.photos(0, 10**6), await store.raw.boards("", 10**6)

    async def save(self) -> Saved:
        async with Stores(self.store) as stores, Saving.open(self.backup) as saving:
            saved = await saving.add_library(PLACE, self.folder, stores, quiet)
            await saving.finish()
        return saved

    async def restore(self, *, replace: bool = False) -> Restored:
        manifest, checksums = self.verified()
        kept = manifest.libraries[0]
        pictures = {Path(name).relative_to(PLACE): one for name, one in checksums.items() if name != kept.database}
        async with Stores(self.store) as stores:
            prepared = await prepare(self.backup, kept, self.folder, stores, replace=replace)
            return await put(prepared, pictures, self.backup, stores, quiet, exact_limit=1000)

    def verified(self) -> tuple[Manifest, dict[str, str]]:
        return verify(self.backup, no_progress)

    def elsewhere(self, name: str, store: StoreOptions | None = None) -> Site:
        return Site(self.folder.with_name(name), self.store if store is None else store, self.backup)


@pytest.fixture
async def site(engine: StoreOptions, tmp_path: Path) -> Site:
    made = Site(tmp_path / "photos.lib", engine, tmp_path / "backup")
    async with Stores(engine) as stores:
        await Library.create(made.folder, "colours", OPTIONS, stores=stores)
        async with stores.open(made.folder) as store:
            await fill(store, 30)
    async with made.library() as library:
        await library.boards.make("Lodge", ANA, "channel-1")
        data = draw_photo(tmp_path / "brought.jpg", "#e01010").read_bytes()
        await library.add(data, "brought.jpg", Record(photographer="Ben"))
    return made


async def test_a_library_comes_back_as_it_was(site: Site) -> None:
    before = await site.rows()
    saved = await site.save()
    assert (saved.kept.photos, saved.kept.boards) == (28, 1)
    assert saved.pictures == 2  # the thumbnail and the original of the photo that was brought
    restored = await site.restore()
    assert (restored.written, restored.pictures) == (False, 0)
    async with site.library() as library:
        await library.retag("p0-5", add=["later"])
    await site.restore(replace=True)
    assert await site.rows() == before


async def test_a_backup_is_a_plain_library_in_sqlite(site: Site, tmp_path: Path) -> None:
    saved = await site.save()
    plain = Site(tmp_path / "plain", StoreOptions(), site.backup)
    shutil.copytree(site.backup / PLACE, plain.folder)
    (plain.folder / Path(saved.kept.database).name).rename(plain.folder / "library.db")
    assert await plain.rows() == await site.rows()
    async with plain.library() as library:
        assert (await library.find("red")).hits


async def test_originals_that_were_brought_are_found_where_they_are_restored(site: Site) -> None:
    await site.save()
    moved = site.elsewhere("another.lib")
    assert (await moved.restore()).written
    async with moved.library() as library:
        photo = await library.photo("brought")
        assert photo.path is not None and Path(photo.path).parent.parent == moved.folder / "originals"
        assert Path(photo.path).is_file() and library.thumbnail(photo) is not None
        assert (await library.photo("p0-5")).path is None
        assert (await library.find('"brought"')).hits or (await library.find("by:Ben")).hits


async def test_a_second_backup_brings_what_is_new_and_drops_what_is_gone(site: Site, tmp_path: Path) -> None:
    await site.save()
    first = read_checksums(site.backup, site.verified()[0])
    inodes = {name: (site.backup / name).stat().st_ino for name in first}
    async with site.library() as library:
        await library.remove("brought")
        data = draw_photo(tmp_path / "next.jpg", "#1030e0").read_bytes()
        await library.add(data, "next.jpg", Record(photographer="Ben"))
    saved = await site.save()
    _, second = site.verified()
    assert saved.pictures == 3  # the thumbnail of what was removed stays until a repair
    assert {name for name in first if "thumbs" in name} < set(second)
    assert all((site.backup / name).stat().st_ino == inode for name, inode in inodes.items() if "thumbs" in name)
    on_disk = {p.relative_to(site.backup).as_posix() for p in site.backup.rglob("*") if p.is_file()}
    assert on_disk == {"manifest.json", ".lock", site.verified()[0].checksums, *second}
    assert (await site.elsewhere("again.lib").restore()).contents.photos == 28


async def test_a_backup_that_breaks_off_leaves_the_one_before_whole(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Saving) -> None:
        raise OSError

    await site.save()
    manifest, _ = site.verified()
    async with site.library() as library:
        await library.retag("p0-5", add=["later"])
    with monkeypatch.context() as patched:
        patched.setattr(Saving, "finish", broken)
        with pytest.raises(OSError):
            await site.save()
    assert site.verified()[0] == manifest
    await site.save()
    assert site.verified()[0] != manifest


async def test_a_first_backup_that_breaks_off_is_none_and_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Saving, "finish", lambda _: asyncio.sleep(0))
        await site.save()
    assert read_manifest(site.backup) is None
    with pytest.raises(CantBackUp, match="no whole backup"):
        site.verified()
    await site.save()
    site.verified()


@pytest.mark.parametrize("harm", ["cut", "gone", "bit", "list"])
async def test_a_damaged_backup_is_told_and_restored_from_by_nobody(site: Site, harm: str) -> None:
    await site.save()
    manifest, checksums = site.verified()
    path = site.backup / (manifest.checksums if harm == "list" else sorted(checksums)[0])
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data if harm in ("bit", "list") else data[:-1])
    if harm == "gone":
        path.unlink()
    with pytest.raises(Damaged, match=r"missing or damaged|is damaged"):
        await site.elsewhere("new.lib").restore()
    assert not (site.folder.with_name("new.lib")).exists()


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "library/../../x"])
async def test_a_backup_that_names_files_outside_of_itself_is_refused(site: Site, name: str) -> None:
    saved = await site.save()
    path = site.backup / "manifest.json"
    path.write_text(path.read_text().replace(saved.kept.database, name))
    with pytest.raises(Damaged, match="outside of itself"):
        site.verified()


async def test_a_library_with_something_else_is_not_written_over(site: Site) -> None:
    await site.save()
    async with site.library() as library:
        await library.retag("p0-5", add=["later"])
    after = await site.rows()
    with pytest.raises(CantBackUp, match=r"holds something else than the backup.*--replace"):
        await site.restore()
    assert await site.rows() == after
    assert not (site.folder / SCRATCH).exists()


async def test_a_restore_that_breaks_off_leaves_no_library_that_opens_and_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.backup import restoring

    class Broken(Exception):
        pass

    def broken(*_: object) -> None:
        raise Broken

    await site.save()
    new = site.elsewhere("new.lib")
    with monkeypatch.context() as patched:
        patched.setattr(restoring, "take_over", broken)
        patched.setattr("core.moving.mover._mark_whole", broken)
        with pytest.raises(Broken):
            await new.restore()
    with pytest.raises(LibraryError, match=r"no library|being moved here"):
        async with new.library():
            pass
    await new.restore()
    async with new.library() as library:
        assert await library.count() == 28


async def test_a_folder_with_other_things_or_another_library_s_backup_is_refused(site: Site, tmp_path: Path) -> None:
    await site.save()
    stranger = Site(tmp_path / "stranger.lib", site.store, site.backup)
    async with Stores(site.store) as stores:
        await Library.create(stranger.folder, "colours", OPTIONS, stores=stores)
        async with stores.open(stranger.folder) as store:
            await store.write_facts(created_at="2001-01-01")
    with pytest.raises(CantBackUp, match="backup of another library"):
        await stranger.save()
    site.verified()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(CantBackUp, match="something else than a backup"):
        await Site(site.folder, site.store, tmp_path / "other").save()


async def test_one_backup_at_a_time(site: Site) -> None:
    async with Saving.open(site.backup):
        with pytest.raises(CantBackUp, match="being made"):
            await site.save()


async def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(site: Site) -> None:
    stop, written = asyncio.Event(), 0

    async def write() -> None:
        nonlocal written
        async with site.library() as library:
            while not stop.is_set():
                written += 1
                board = await library.boards.make(f"Board {written}", ANA)
                assert board

    writer = asyncio.create_task(write())
    try:
        for _ in range(3):
            await site.save()
    finally:
        stop.set()
        await writer
    new = site.elsewhere("new.lib")
    held = (await new.restore()).contents
    assert 0 < held.boards <= written + 1 and held.changes == held.boards
