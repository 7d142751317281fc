"""The commands that run chats: `modaclip run` and `modaclip chat`."""

from __future__ import annotations

import os

from bot.app import hidden_texts, read_secrets, serve
from bot.cli import FOUND, Context
from bot.logs import start_logging


async def run_run(context: Context) -> int:
    """Run every chat that is configured, until the program is told to stop."""
    return await _run(context, only_web=False)


async def run_chat(context: Context) -> int:
    """Run the web chat alone."""
    return await _run(context, only_web=True)


async def _run(context: Context, *, only_web: bool) -> int:
    secrets = read_secrets(os.environ)
    level = "WARNING" if only_web else context.settings.bot.log_level
    start_logging(level, hidden=hidden_texts(context.settings, secrets))

    def say(line: str) -> None:
        context.out.print(line, markup=False)

    await serve(context.settings, secrets, context.folder, only_web=only_web, say=say)
    return FOUND
