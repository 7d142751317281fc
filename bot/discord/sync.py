"""Registers the commands in Discord, only when they differ from those registered before.

Registering at every start would count against a daily limit and make Discord's clients load all commands anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Protocol

from bot.discord.tree import Tree, payload_of
from bot.discord.trouble import TROUBLE, note_trouble

FACT = "discord_commands"

log = logging.getLogger(__name__)


class Facts(Protocol):
    """What is remembered about the bot from one start to the next."""

    async def fact(self, name: str) -> str | None:
        """Return a fact, or None."""

    async def write_fact(self, name: str, value: str) -> None:
        """Write a fact."""


async def sync_commands(tree: Tree, facts: Facts, application_id: int) -> bool:
    """Register the commands where they changed; return whether that was done.

    Where Discord does not take them the bot goes on with those of before, and tries again at its next start.
    """
    text = json.dumps(await payload_of(tree), sort_keys=True)
    wanted = f"{application_id}:{hashlib.sha256(text.encode()).hexdigest()}"
    if await facts.fact(FACT) == wanted:
        return False
    try:
        await tree.sync()
    except TROUBLE as error:
        note_trouble(error, "register commands")
        return False
    await facts.write_fact(FACT, wanted)
    log.info("commands registered in discord")
    return True
