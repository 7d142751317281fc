"""Running the chats: what is needed for it, and how it stops."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.app import open_desk, read_secrets, read_settings, serve
from config.settings import Secrets, SettingsError, collections_of
from core.library import Library

ROOT = Path(__file__).parents[2]


def test_secrets_are_read_from_the_environment_or_a_file_it_names(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n")
    assert read_secrets({"MODACLIP_DISCORD_TOKEN": " direct "}).discord_token == "direct"  # noqa: S105
    assert read_secrets({"MODACLIP_DISCORD_TOKEN_FILE": str(tmp_path / "token")}).discord_token == "from a file"  # noqa: S105
    assert read_secrets({}) == Secrets()
    with pytest.raises(SettingsError, match="MODACLIP_WEB_PASSWORD_FILE"):
        read_secrets({"MODACLIP_WEB_PASSWORD_FILE": str(tmp_path / "missing")})


def test_secrets_are_not_shown() -> None:
    assert "hidden" not in repr(Secrets(discord_token="hidden", web_password="hidden"))  # noqa: S106


def test_collections_are_named_with_their_readers(tmp_path: Path) -> None:
    settings = read_settings({"MODACLIP_BOT_COLLECTIONS": "brand=/a, film@discord:1+web:main=/b"}, tmp_path)
    folders, readers = collections_of(settings.bot)
    assert folders == {"brand": Path("/a"), "film": Path("/b")}
    assert readers == {"film": frozenset({"discord:1", "web:main"})}
    with pytest.raises(SettingsError, match="NAME=DIR"):
        collections_of(read_settings({"MODACLIP_BOT_COLLECTIONS": "Brand=/a"}, tmp_path).bot)


def test_a_collection_that_is_restricted_to_nobody_is_not_for_everybody(tmp_path: Path) -> None:
    settings = read_settings({"MODACLIP_BOT_COLLECTIONS": "brand@ =/a"}, tmp_path)
    with pytest.raises(SettingsError, match="nobody who may read 'brand'"):
        collections_of(settings.bot)


def test_readers_of_a_collection_may_stand_between_blanks(tmp_path: Path) -> None:
    settings = read_settings({"MODACLIP_BOT_COLLECTIONS": "brand @ discord:1 + web:main =/a"}, tmp_path)
    assert collections_of(settings.bot)[1] == {"brand": frozenset({"discord:1", "web:main"})}


def test_a_collection_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="twice"):
        collections_of(read_settings({"MODACLIP_BOT_COLLECTIONS": "brand@web:main=/a,brand=/b"}, tmp_path).bot)


async def test_two_libraries_that_postgresql_would_take_for_one_are_refused(tmp_path: Path) -> None:
    env = {"MODACLIP_BOT_COLLECTIONS": "brand=/elsewhere/library", "MODACLIP_LIBRARY_STORE": "postgresql://db/x"}
    with pytest.raises(SettingsError, match="both called library"):
        async with open_desk(read_settings(env, tmp_path), tmp_path / "library"):
            pass


async def test_without_any_chat_it_says_what_to_set(tmp_path: Path) -> None:
    settings = read_settings({"MODACLIP_WEB_ENABLED": "false", "MODACLIP_BOT_DIR": str(tmp_path / "bot")}, tmp_path)
    with pytest.raises(SettingsError, match="MODACLIP_DISCORD_TOKEN"):
        await serve(settings, Secrets(), tmp_path / "library", only_web=False, say=print)


async def test_a_collection_that_is_not_there_is_named(tmp_path: Path) -> None:
    env = {"MODACLIP_BOT_DIR": str(tmp_path / "bot"), "MODACLIP_BOT_COLLECTIONS": f"brand={tmp_path}/nowhere"}
    with pytest.raises(Exception, match="nowhere"):
        async with open_desk(read_settings(env, tmp_path), tmp_path / "library"):
            pass


async def test_the_program_prints_a_link_answers_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    await Library.create(tmp_path / "library", "starter")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "MODACLIP_BOT_DIR": str(tmp_path / "bot"), "MODACLIP_WEB_PORT": str(port)}
    env.pop("MODACLIP_DISCORD_TOKEN", None)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "--library", str(tmp_path / "library"), "run",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=env, cwd=ROOT,
    )  # fmt: skip
    assert program.stdout is not None
    try:
        line = (await asyncio.wait_for(program.stdout.readline(), 60)).decode()
        link = re.search(r"http://\S+", line)
        assert link is not None, line
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
            assert (await client.get(link[0])).status == 200
            assert (await client.get(f"http://127.0.0.1:{port}/healthz")).status == 200
    finally:
        program.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(program.communicate(), 40)
    assert program.returncode == 0, errors.decode()[-2000:]
    assert "Traceback" not in errors.decode()


async def test_how_the_program_itself_is_can_be_read(tmp_path: Path) -> None:
    env = {"MODACLIP_BOT_DIR": str(tmp_path / "bot"), "MODACLIP_ENCODER_MODEL": "starter"}
    async with open_desk(read_settings(env, tmp_path), tmp_path / "library") as desk:
        desk.metrics.lagged(0.2)
        desk.metrics.wrong_password()
        told = {one.name: one.value for metric in desk.metrics.registry.collect() for one in metric.samples}
    assert told["modaclip_tasks"] >= 1
    assert told["modaclip_disk_free_bytes"] > 0
    assert told["modaclip_pictures_given_up"] == 0
    assert (told["modaclip_loop_lag_seconds_count"], told["modaclip_wrong_passwords_total"]) == (1, 1)
