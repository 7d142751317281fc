"""Wires settings, engine and chats together: the only place that knows them all.

`open_desk` makes everything that answers; `serve` runs chats in front of it until somebody says stop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

from bot.boards.watching import watch_boards
from bot.desk import Desk
from bot.metrics import Metrics
from bot.retention import DAY_S, Retention
from bot.slack.credentials import INSTALL, SlackSecrets, slack_secrets
from bot.slack.renaming import rename_people
from bot.store.slack_teams import SlackTeams
from bot.store.state import TABLES, State
from bot.tasks import stop as stop_tasks
from bot.tidying import keep_tidy
from bot.uploads import Uploads
from bot.workspaces import Places, Workspaces
from config.settings import (
    TAGS,
    Secrets,
    Settings,
    SettingsError,
    collections_of,
    files_for,
    load,
    load_secrets,
)
from core.encoders import EncoderOptions, choose
from core.enrich import Vocabulary
from core.errors import LibraryError
from core.fetch import FetchOptions
from core.images import ImageLimits
from core.intake import IntakeOptions
from core.library import LibraryOptions
from core.store import StoreOptions, key_of
from core.store.opening import password_of
from core.store.raw import COPYING

log = logging.getLogger(__name__)
WEB_WORKSPACE = "web:main"
DRAIN_S = 30.0  # that running commands get when the program is stopped
COUNT_EVERY_S = 30
LOOK_EVERY_S = 1.0


def read_settings(env: Mapping[str, str], folder: Path) -> Settings:
    """Return the settings of a program started in `folder`. Raises SettingsError."""
    return load(env, files_for(env, folder))


def read_secrets(env: Mapping[str, str]) -> Secrets:
    """Return the secrets of a program. Raises SettingsError."""
    return load_secrets(env)


def hidden_texts(settings: Settings, secrets: Secrets | None = None) -> tuple[str, ...]:
    """Return every text that must be shown nowhere: secrets, and URLs of databases with their passwords."""
    urls = [url for url in (settings.library.store, settings.library.read_store) if url]
    passwords = [password for url in urls if (password := password_of(url))]
    keys = [key.strip() for key in ((secrets and secrets.slack_token_key) or "").split(",")]
    return (*(secrets.values() if secrets else ()), *urls, *passwords, *keys)


@asynccontextmanager
async def open_desk(
    settings: Settings,
    folder: Path,
    *,
    options: LibraryOptions | None = None,
    unsplash_key: str | None = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Desk]:
    """Yield the desk that answers every chat; the web chat's photos are the library in `folder`.

    With a key of Unsplash's API it is told which of its photos are chosen. `clock` gives seconds since 1970.

    Raises SettingsError, and LibraryError when a library can't be opened.
    """
    options = options or library_options(settings)
    collections, readers = collections_of(settings.bot)
    if options.store.url:
        _check_names((folder, *collections.values()))

    @cache
    def encoder() -> str:
        return choose(options.encoder).name

    places = Places(settings.bot.dir / "workspaces", collections, {WEB_WORKSPACE: folder}, readers)
    metrics, loop = Metrics(), asyncio.get_running_loop()
    async with (
        options.make_stores() as stores,
        State.open(
            settings.bot.dir / TABLES, clock=clock, stores=stores, kept_s=settings.privacy.results_days * DAY_S
        ) as state,
        Workspaces(places, options, encoder, stores=stores) as workspaces,
    ):
        if await state.fact(COPYING):
            raise LibraryError(
                "The bot's own tables are being moved or restored here, and not all of it has come yet. Let that end, "
                "then start the bot."
            )
        await rename_people(state, workspaces)
        uploads = Uploads(options.intake.limits, options.fetch, clock=clock)
        kept = Retention(**asdict(settings.privacy))
        desk = Desk(workspaces, state, uploads, metrics, unsplash_key=unsplash_key, retention=kept)
        metrics.watch(
            answering=lambda: desk.turns.running,
            waiting=lambda: desk.turns.waiting,
            encoder_waiting=lambda: workspaces.encoders_waiting,
            libraries_open=lambda: workspaces.open_libraries,
            photos_damaged=lambda: workspaces.damaged_photos,
            texts_remembered=lambda: workspaces.texts_remembered,
            pictures_given_up=lambda: workspaces.pictures_given_up,
            tasks=lambda: len(asyncio.all_tasks(loop)),
            disk_free_bytes=lambda: shutil.disk_usage(settings.bot.dir).free,
        )
        await desk.live.follow_others()
        try:
            yield desk
        finally:
            await desk.close()


async def serve(
    settings: Settings,
    secrets: Secrets,
    folder: Path,
    *,
    only_web: bool,
    say: Callable[[str], None],
    options: LibraryOptions | None = None,
) -> None:
    """Run every chat that is configured until SIGTERM or SIGINT; then finish what is being answered.

    `say` is told where the chats are. Raises SettingsError when none is configured.
    """
    web = settings.web.enabled or only_web
    discord = settings.discord.enabled and secrets.discord_token is not None and not only_web
    slack = None if only_web or not settings.slack.enabled else slack_secrets(secrets, settings.slack.public_url)
    if not web and not discord and not slack:
        raise SettingsError(
            "No chat is configured. Set MODACLIP_DISCORD_TOKEN for Discord (docs/discord.md says how), "
            "MODACLIP_SLACK_BOT_TOKEN and MODACLIP_SLACK_APP_TOKEN for Slack (docs/slack.md), or switch the web chat "
            "on with MODACLIP_WEB_ENABLED=true."
        )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(
            open_desk(settings, folder, options=options, unsplash_key=secrets.unsplash_key)
        )
        tell_sources = partial(_alone, desk, "chosen", desk.chosen.run)
        works = (
            _warm_up(desk),
            keep_tidy(desk),
            _count_photos(desk),
            _watch_loop(desk),
            watch_boards(desk),
            tell_sources(),
        )
        tasks = [asyncio.create_task(work) for work in works]
        stack.push_async_callback(stop_tasks, tasks)
        if web:
            await _start_web(stack, desk, settings, secrets, say)
        running: list[asyncio.Task[None]] = [asyncio.create_task(_until(stop))]
        if discord and secrets.discord_token:
            running.append(asyncio.create_task(_alone(desk, "discord", partial(_discord, desk, secrets.discord_token))))
            say("Discord: connecting.")
        if slack:
            running.append(asyncio.create_task(_alone(desk, "slack", partial(_slack, desk, settings, slack))))
            say("Slack: connecting.")
            if slack.app:
                say(f"Slack: workspaces add it at {settings.slack.public_url.rstrip('/')}{INSTALL}")
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        await desk.drain(DRAIN_S)
        await stop_tasks(running)
        for task in done:
            task.result()  # raises what ended a chat


async def _start_web(
    stack: AsyncExitStack, desk: Desk, settings: Settings, secrets: Secrets, say: Callable[[str], None]
) -> None:
    from bot.web import WebChat, WebOptions  # brings a server, which other commands do not need

    options = WebOptions(
        host=settings.web.host,
        port=settings.web.port,
        password=secrets.web_password,
        behind_tls=settings.web.behind_tls,
        workspace=WEB_WORKSPACE,
        files=settings.bot.dir / "files",
    )
    chat = await stack.enter_async_context(WebChat(desk, desk.state.database, options))
    say(f"Web chat: {await chat.login_link()}")


async def _alone(desk: Desk, what: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do some work in one of the programs that share the bot's tables; another goes on with it when that ends.

    Two that are connected to one chat would both answer.
    """
    if desk.state.database.shared:
        await desk.leases.alone(what, work)
    else:
        await work()


async def _discord(desk: Desk, token: str) -> None:
    from bot.discord.client import DiscordChat  # brings discord.py, which other commands do not need

    chat = DiscordChat(desk, desk.state)
    try:
        await chat.run(token)
    finally:
        await chat.close()


async def _slack(desk: Desk, settings: Settings, secrets: SlackSecrets) -> None:
    from bot.slack.client import SlackChat, SlackOptions  # brings slack_bolt, as above

    options = SlackOptions(settings.slack.host, settings.slack.port, settings.slack.public_url)
    chat = SlackChat(desk, options, teams=SlackTeams(desk.state.database))
    try:
        await chat.run(secrets)
    finally:
        await chat.close()


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()


async def _warm_up(desk: Desk) -> None:
    try:
        await desk.workspaces.warm_up()
    except Exception:  # the first question will say what is wrong, to somebody who can read it
        log.exception("the encoder could not be loaded")


async def _count_photos(desk: Desk) -> None:
    while True:
        try:
            desk.metrics.show(photos=await desk.workspaces.count_photos())
        except LibraryError as error:  # one that is damaged
            log.warning("photos could not be counted: %s", error.gist)
        await asyncio.sleep(COUNT_EVERY_S)


async def _watch_loop(desk: Desk) -> None:
    """Measure how late the event loop is: whatever blocks it makes everybody wait."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_EVERY_S
        await asyncio.sleep(LOOK_EVERY_S)
        desk.metrics.lagged(max(0.0, loop.time() - due))


def library_options(settings: Settings, *, model: str | None = None) -> LibraryOptions:
    """Return how libraries behave under these settings; `model` overrides the encoder's name."""
    imports, encoder = settings.imports, settings.encoder
    return LibraryOptions(
        encoder=EncoderOptions(
            model=model or encoder.model,
            preferred=encoder.preferred,
            device=encoder.device,
            allow_download=encoder.allow_download,
            training_free=encoder.training_free,
            half_texts=encoder.half_texts,
        ),
        intake=IntakeOptions(
            decode_threads=imports.decode_threads or os.cpu_count() or 1,
            thumbnail_px=imports.thumbnail_px,
            limits=ImageLimits(max_pixels=imports.max_pixels, max_bytes=imports.max_file_mb * 2**20),
        ),
        fetch=FetchOptions(
            concurrency=settings.fetch.concurrency,
            timeout_s=settings.fetch.timeout_s,
            attempts=settings.fetch.attempts,
        ),
        vocabulary=_vocabulary(imports.tags_file),
        batch_photos=imports.batch_photos,
        tags_per_photo=imports.auto_tags,
        exact_limit=settings.search.exact_limit,
        app_name=settings.library.app_name,
        deleted_boards_days=settings.privacy.deleted_boards_days,
        store=StoreOptions(settings.library.store, settings.library.read_store),
    )


def _check_names(folders: Sequence[Path]) -> None:
    """Raise SettingsError where PostgreSQL would take two libraries for one: it knows them by their folders' names."""
    names = [key_of(folder) for folder in folders]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise SettingsError(
            f"Two libraries lie in folders that are both called {twice}. PostgreSQL tells libraries apart by that "
            "name, so they would be one, and shown to all who may see either. Rename one of the folders."
        )


def _vocabulary(tags_file: str) -> Vocabulary:
    path = Path(tags_file).expanduser() if tags_file else TAGS
    try:
        return Vocabulary.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The setting import.tags_file names {tags_file}, which can't be read: {error}") from error
