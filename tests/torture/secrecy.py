"""Every secret there is, each a distinct random text: used rightly and wrongly in every chat and on the command line,
while databases, logins and requests fail. None of them may be found anywhere but where it was put.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import os
import signal
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import aiohttp
import discord

from bot.app import library_options, read_secrets, read_settings, serve
from bot.cli import build_parser
from bot.logs import start_logging
from bot.slack import client as slack_client
from bot.slack.api import Hosts
from bot.slack.credentials import slack_secrets
from bot.web import WebOptions
from core.library import Library
from core.store import StoreOptions
from tests.bot.slack.installing import install
from tests.fakes import slack_grants
from tests.fakes.discord import TOKEN, FakeDiscord
from tests.fakes.encoder import ColourEncoder
from tests.fakes.ports import free_port
from tests.fakes.slack import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, DAN, FakeSlack
from tests.torture.frame import Ordeal, Outcome, Trial

ROOT = Path(__file__).parents[2]
AT_ONCE = 2  # programs
LONGEST_S = 90.0  # that one of them may take
PUBLIC = "https://moda.example"
NOWHERE = "http://127.0.0.1:1"  # a proxy that is not there: so nothing of this leaves the machine


@dataclass
class Watched:
    """What must not be found, and everything in which it was looked for."""

    secrets: dict[str, str] = field(default_factory=dict)  # by what they are
    places: int = 0
    faults: list[str] = field(default_factory=list)

    def look(self, where: str, data: str | bytes) -> None:
        """Look for every secret, as it is and as base64 has it."""
        self.places += 1
        held = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        for name, secret in self.secrets.items():
            for form in (secret.encode(), base64.b64encode(secret.encode())):
                if form in held:
                    self.faults.append(f"{name} is in {where}: …{_around(held, form, secret)}…")

    def look_into(self, folder: Path) -> None:
        """Look into every file of a folder, into archives, too."""
        for path in sorted(one for one in folder.rglob("*") if one.is_file() and one.name != "secret"):
            self.look(str(path.relative_to(folder)), path.read_bytes())
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for name in archive.namelist():
                        self.look(f"{path.name}/{name}", archive.read(name))


def _around(held: bytes, form: bytes, secret: str) -> str:
    at = held.index(form)
    return held[max(0, at - 60) : at + len(form) + 30].decode(errors="replace").replace(secret, "[HERE]")


def _made_up(chance: Random) -> dict[str, str]:
    """Return a value for each secret, by its setting in the environment; as those of a real installation look."""
    word = {name: f"{name}{chance.getrandbits(96):024x}" for name in ("dis", "xoxbot", "sign", "cli", "web", "uns")}
    key = base64.urlsafe_b64encode(chance.randbytes(32)).decode()
    return {
        "MODACLIP_DISCORD_TOKEN": word["dis"],
        "MODACLIP_SLACK_SIGNING_SECRET": word["sign"],
        "MODACLIP_SLACK_CLIENT_SECRET": word["cli"],
        "MODACLIP_SLACK_TOKEN_KEY": key,
        "MODACLIP_WEB_PASSWORD": word["web"],
        "MODACLIP_UNSPLASH_KEY": word["uns"],
        "MODACLIP_SLACK_APP_TOKEN": f"xapp-{chance.getrandbits(96):024x}",
        "MODACLIP_SLACK_BOT_TOKEN": f"xoxb-{chance.getrandbits(96):024x}",
    }


async def _survive(trial: Trial) -> Outcome:
    outcome, watched = Outcome(), Watched()
    made_up = _made_up(trial.random("secrets"))
    watched.secrets |= made_up
    watched.secrets |= {"Discord's": TOKEN, "Slack's app token": APP_TOKEN, "Slack's client secret": CLIENT_SECRET}
    password = f"pw{trial.random('password').getrandbits(96):024x}"
    watched.secrets["the database's password"] = password
    with _logged() as log, _patient(), patch.dict(os.environ, made_up):  # a process that is started must not get them
        answers = await _talk(trial.folder / "talk", made_up, watched)
    watched.look("the log", log.getvalue())
    outcome.expect(log.getvalue().count("\n") > 20, "hardly anything was logged")
    outcome.expect("RuntimeError" in log.getvalue(), "no unforeseen error was logged")
    ran = await _run_programs(trial, made_up, password, watched)
    saved = trial.folder / "programs" / "saved"
    outcome.expect(saved.is_dir() and any(saved.rglob("*.db*")), "nothing was saved, so no backup was looked into")
    _show_values(made_up, password, watched)
    watched.look_into(trial.folder)
    outcome.figures = {
        "secrets": len(watched.secrets),
        "answers of chats": answers,
        "programs run": ran,
        "places looked into": watched.places,
    }
    outcome.faults += watched.faults
    return outcome


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """Log everything that there is, as the program does, and hide nothing of it by name."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = list(root.handlers), root.level
    try:
        with patch("logging.basicConfig", lambda **given: root.addHandler(given["handlers"][0])):
            start_logging("DEBUG", stream)
        yield stream
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
        root.setLevel(level)
        for package in ("bot", "core", "config", "procrastinate", "psycopg"):
            logging.getLogger(package).setLevel(logging.NOTSET)


async def _talk(folder: Path, made_up: Mapping[str, str], watched: Watched) -> int:
    """Run every chat with right secrets against a Discord and a Slack on this machine; return how many answers came."""
    said: list[str] = []
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(FakeSlack().running())
        discord_ = await stack.enter_async_context(FakeDiscord().running())
        slack.grants.expire = True
        port = free_port()
        env = {
            **made_up,
            "MODACLIP_DISCORD_TOKEN": TOKEN,
            "MODACLIP_SLACK_APP_TOKEN": APP_TOKEN,
            "MODACLIP_SLACK_CLIENT_ID": CLIENT_ID,
            "MODACLIP_SLACK_CLIENT_SECRET": CLIENT_SECRET,
            "MODACLIP_SLACK_PUBLIC_URL": PUBLIC,
            "MODACLIP_SLACK_PORT": str(free_port()),
            "MODACLIP_WEB_PORT": str(port),
            "MODACLIP_BOT_DIR": str(folder / "bot"),
            "MODACLIP_ENCODER_MODEL": "colour",
        }
        del env["MODACLIP_SLACK_BOT_TOKEN"]
        settings = read_settings(env, folder)
        options = replace(library_options(settings), make_encoder=lambda *_: ColourEncoder("colour"))
        await Library.create(folder / "library", "colour", options)
        hosts = Hosts(f"{slack.http}/api/", f"{slack.http}/files/", f"{slack.http}/respond/", f"{slack.http}/authorize")
        chats = stack.enter_context(_slack_at(hosts))
        stack.enter_context(patch.object(discord.AutoShardedClient, "before_identify_hook", _at_once))
        program = asyncio.create_task(
            serve(settings, read_secrets(env), folder / "library", only_web=False, say=said.append, options=options)
        )
        try:
            await slack.until(lambda: slack.sockets or program.done())
            while not (chats[0].address or program.done()):  # noqa: ASYNC110 - nobody tells when its pages are there
                await asyncio.sleep(0.01)
            await discord_.until(lambda: discord_.gateway.identified or program.done())
            await install(slack, chats[0], slack_grants.TWO)
            for number, token in enumerate(slack.grants.given):
                watched.secrets[f"a token that Slack gave, {number}"] = token
            answers = await _ask_everywhere(slack, discord_, f"http://127.0.0.1:{port}", made_up, watched)
            _look_at_children(watched)
        finally:
            if not program.done():
                signal.raise_signal(signal.SIGTERM)
            async with asyncio.timeout(60):
                await program
        for token in slack.grants.given[len([one for one in watched.secrets if one.startswith("a token that")]) :]:
            watched.secrets[f"a token that Slack gave later, {token[:9]}"] = token
        watched.look("messages in Discord", json.dumps(list(discord_.messages.values())))
        watched.look("what the program printed", "\n".join(said))
    return answers


async def _ask_everywhere(
    slack: FakeSlack, discord_: FakeDiscord, web: str, made_up: Mapping[str, str], watched: Watched
) -> int:
    """Ask, with errors that nobody foresaw and requests that fail between; return how many answers came."""
    every = " ".join(watched.secrets.values())

    async def breaks(*_: object) -> None:
        local = every  # a trace with values of variables would show it
        raise RuntimeError(f"broken: {local} postgresql://ann:{every.split()[0]}@db/x")

    count = 0
    for command in ("help", "library", "privacy", "settings"):
        sent = await slack.command(f"/{'photo-help' if command == 'help' else command}", by=DAN)
        watched.look(f"/{command} in Slack", json.dumps(await slack.answer(sent)))
        watched.look(f"/{command} in Discord", json.dumps(await discord_.answer(await discord_.command(command))))
        count += 2
    with patch("bot.desk.Desk.settings", breaks):
        discord_.fail("PATCH", "webhooks", 500)
        watched.look("a broken answer", json.dumps(await slack.answer(await slack.command("/settings", by=DAN))))
        await discord_.answer(await discord_.command("settings"))
        count += 2
    slack.fail("chat.postEphemeral", 200, "invalid_auth")
    await slack.command("/tags", by=DAN)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        for password in ("wrong", made_up["MODACLIP_WEB_PASSWORD"]):
            given = {"data": {"password": password}, "headers": {"Origin": web}}
            async with browser.post(f"{web}/login", **given) as page:
                watched.look(
                    f"the page after a {'right' if page.status == 200 else 'wrong'} password", await page.text()
                )
        for path in ("/", "/metrics", "/healthz", "/static/chat.js"):
            async with browser.get(web + path) as page:
                watched.look(path, await page.text())
        async with browser.ws_connect(f"{web}/connection", headers={"Origin": web}) as window:
            for text in ("red", "/settings", "/privacy", "/library"):
                await window.send_json({"do": "say", "text": text})
            for _ in range(12):
                watched.look("the web chat", (await window.receive(timeout=20)).data)
                count += 1
    return count


@contextmanager
def _slack_at(hosts: Hosts) -> Iterator[list[slack_client.SlackChat]]:
    """Let Slack be where it is on this machine; yield the chats that were made."""
    chats: list[slack_client.SlackChat] = []
    run = slack_client.SlackChat.run

    async def remembered(chat: slack_client.SlackChat, secrets: Any) -> None:
        chats.append(chat)
        await run(chat, secrets)

    options = partial(slack_client.SlackOptions, hosts=hosts)
    with patch.object(slack_client, "SlackOptions", options), patch.object(slack_client.SlackChat, "run", remembered):
        yield chats


@contextmanager
def _patient() -> Iterator[None]:
    """Let answers take their time: nothing is measured here."""
    with patch("tests.fakes.slack_world.WAIT_S", LONGEST_S), patch("tests.fakes.discord.WAIT_S", LONGEST_S):
        yield


async def _at_once(*_: object, **__: object) -> None:
    """Let shards follow each other without their five seconds."""


def _look_at_children(watched: Watched) -> None:
    """Look at the surroundings and command lines of processes that this one has started."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                for name in ("environ", "cmdline"):
                    watched.look(f"{name} of a child", (status.parent / name).read_bytes())


async def _run_programs(trial: Trial, made_up: Mapping[str, str], password: str, watched: Watched) -> int:
    """Run commands that can't succeed, with every secret in their surroundings; return how many."""
    folder = trial.folder / "programs"
    folder.mkdir()
    (folder / "secret").write_text(made_up["MODACLIP_DISCORD_TOKEN"])
    url = f"postgresql://ann:{password}@127.0.0.1:1/db"
    odd = [f"postgresql://ann:{mark}{password}@127.0.0.1:1/db" for mark in "#/"]
    many = {name: value for name, value in made_up.items() if name != "MODACLIP_SLACK_BOT_TOKEN"}
    filed = {"MODACLIP_DISCORD_TOKEN_FILE": str(folder / "secret")}
    runs: list[tuple[Sequence[str], Mapping[str, str]]] = [
        (["doctor", "--slack", "--discord"], made_up),
        (["stats"], {**made_up, "MODACLIP_LIBRARY_STORE": url}),
        (["move", "--to", "postgresql"], {**made_up, "MODACLIP_LIBRARY_STORE": odd[0]}),
    ]
    talk = trial.folder / "talk"  # what the chats have left is saved, and the copy looked into as every other file
    saved = {**made_up, "MODACLIP_BOT_DIR": str(talk / "bot"), "MODACLIP_LIBRARY_DIR": str(talk / "library")}
    runs.append((["backup", str(folder / "saved")], saved))
    if not trial.short:
        said = "run,worker,check,doctor,chat,tags,stats,forget web:1,move --to sqlite,find red,reembed --model starter"
        commands = [one.split() for one in said.split(",")]
        stores = [url, *odd, f"postgres://127.0.0.1:1/db?password={password}"]
        runs += [(command, {**made_up, "MODACLIP_LIBRARY_STORE": store}) for command in commands for store in stores]
        runs += [(["stats"], {**made_up, "MODACLIP_LIBRARY_STORE": stores[0], "MODACLIP_LIBRARY_READ_STORE": odd[1]})]
        runs += [(["doctor", "--slack", "--discord"], {**many, **filed}), (["run"], {**many, **filed})]
        runs += [(["run"], {**many, "MODACLIP_SLACK_TOKEN_KEY": f"no key {password}"})]
    turns = asyncio.Semaphore(AT_ONCE)

    async def run(number: int, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        async with turns:
            await _run(folder / str(number), arguments, env, watched)

    await asyncio.gather(*(run(number, *one) for number, one in enumerate(runs)))
    return len(runs)


async def _run(folder: Path, arguments: Sequence[str], env: Mapping[str, str], watched: Watched) -> None:
    """Run one command until it ends, or has gone on for long enough."""
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODACLIP_")}
    proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), NOWHERE)
    surroundings = {
        **kept, **proxies, "PYTHONPATH": str(ROOT), "MODACLIP_BOT_DIR": str(folder / "bot"),
        "MODACLIP_LIBRARY_DIR": str(folder / "library"),
        "MODACLIP_BOT_LOG_LEVEL": "DEBUG", "MODACLIP_WEB_PORT": str(free_port()),
        "MODACLIP_ENCODER_ALLOW_DOWNLOAD": "false", "MODACLIP_SLACK_PORT": str(free_port()), **env,
    }  # fmt: skip
    what = " ".join(arguments)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=folder, env=surroundings,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    with suppress(OSError):
        watched.look(f"the command line of {what}", Path(f"/proc/{program.pid}/cmdline").read_bytes())
    ended = asyncio.create_task(program.communicate())
    done, _ = await asyncio.wait([ended], timeout=10.0 if arguments[0] in ("run", "chat") else LONGEST_S)
    if not done:
        program.send_signal(signal.SIGTERM)
        await asyncio.wait([ended], timeout=LONGEST_S)
    if program.returncode is None:
        program.kill()
    output, _ = await ended
    watched.look(f"what {what} printed", output)


def _show_values(made_up: Mapping[str, str], password: str, watched: Watched) -> None:
    """Look at what settings and options show of themselves."""
    url = f"postgresql://ann:{password}@db/x"
    env = {**made_up, "MODACLIP_LIBRARY_STORE": url, "MODACLIP_LIBRARY_READ_STORE": url}
    many = {name: value for name, value in env.items() if name != "MODACLIP_SLACK_BOT_TOKEN"}
    settings = read_settings(env, ROOT / "nowhere")
    public = {"MODACLIP_SLACK_CLIENT_ID": "1"}
    for value in (
        settings,
        read_secrets(env),
        slack_secrets(read_secrets(env | {"MODACLIP_SLACK_CLIENT_SECRET": ""}), PUBLIC),
        slack_secrets(read_secrets(many | public), PUBLIC),
        library_options(settings),
        StoreOptions(url, url),
        WebOptions(password=made_up["MODACLIP_WEB_PASSWORD"]),
        build_parser(),
    ):
        watched.look(f"repr of {type(value).__name__}", f"{value!r} {value}")


def run(trial: Trial) -> Outcome:
    """Plant secrets, do everything, and look for them."""
    return asyncio.run(_survive(trial))


ORDEAL = Ordeal("secrets", "every secret used rightly and wrongly while things fail, and none is to be found", run)
