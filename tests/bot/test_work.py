"""The command that works for others, and the import that hands out: what they say and how they end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.cli import FOUND, WRONG_USE
from tests.bot.test_cli import Run, run
from tests.core.encoders.tiny_openclip import build

__all__ = ["run"]


def test_a_worker_needs_a_store_that_hosts_share(run: Run) -> None:
    status, _, err = run("worker")
    assert status == WRONG_USE
    assert "Workers need libraries in PostgreSQL" in err


def test_what_is_not_installed_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODACLIP_LIBRARY_STORE", "postgresql://127.0.0.1:1/none")
    monkeypatch.setitem(sys.modules, "core.store.postgres.queue", None)
    status, _, err = run("worker")
    assert status == WRONG_USE
    assert "pip install 'modaclip[postgres]'" in err


def test_a_server_that_is_away_is_told_without_its_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODACLIP_LIBRARY_STORE", "postgresql://ann:hush@127.0.0.1:1/none")
    status, _, err = run("worker", "--concurrency", "2")
    assert status == WRONG_USE
    assert "The database server can't be used at present" in err
    assert "hush" not in err


@pytest.mark.parametrize(("switches", "said"), [((), True), (("--here",), False)])
def test_an_import_that_no_worker_takes_is_done_by_the_command(
    run: Run,
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    postgres_url: str,
    switches: tuple[str, ...],
    said: bool,
) -> None:
    monkeypatch.setenv("MODACLIP_LIBRARY_STORE", postgres_url)
    assert run("init", "--model", build(tmp_path / "model"))[0] == FOUND
    status, out, err = run("import", *switches, photos, photos / "red-barn.jpg")
    assert status == FOUND, err
    assert out.startswith("8 added (")
    assert "1 unchanged (" in out
    assert "The library holds 8 photos." in out
    assert ("No worker is running" in err) == said
