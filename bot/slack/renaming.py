"""People on boards that were made when an account of Slack was a person by itself: they are known as they are now.

Since then a person is an account together with its workspace. What the bot's own tables say of them was brought up to
date with these; what libraries say is, once, when the bot starts.
"""

from __future__ import annotations

import logging

from bot.boards.seeing import side_of
from bot.slack.requests import CHAT, person_of
from bot.store.state import State
from bot.workspaces import Workspaces
from core.errors import ModaclipError

FACT = "people of slack are known by workspace"

log = logging.getLogger(__name__)


async def rename_people(state: State, workspaces: Workspaces) -> None:
    """Do so, unless it was done. Libraries that can't be used now are left for the next start."""
    if await state.fact(FACT):
        return
    named = [name for name in await state.workspaces() if name.startswith(f"{CHAT}:")]
    complete = True
    for folder in await workspaces.folders() if named else ():
        try:
            async with workspaces.store_in(folder) as store:
                for name in named:
                    own = folder.resolve() == workspaces.folder(name).resolve()
                    after = person_of(name.removeprefix(f"{CHAT}:"), "")
                    await store.boards.rename_authors(f"{CHAT}:", after, side="" if own else side_of(name))
        except ModaclipError as error:
            complete = False
            log.warning("a library can't be used", extra={"because": error.gist})
    if complete:
        await state.write_fact(FACT, "1")
