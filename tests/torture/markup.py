"""What a person wrote is text, never markup: two hundred odd strings through every reply and everything handed on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.bot.teams import TEAMS, fill, open_team_desk
from tests.torture.alone import alone
from tests.torture.frame import Ordeal, Outcome, Trial
from tests.torture.odd_chats import in_chats
from tests.torture.odd_desk import on_the_desk
from tests.torture.odd_files import in_files, in_pictures
from tests.torture.odd_lines import in_lines
from tests.torture.strings import STRINGS

Looks = Callable[[str, Path], Iterator[str]]
SHORT_FILES, SHORT_PICTURES, SHORT_DESK = 40, 2, 3  # of the strings, in the short form


def run(trial: Trial) -> Outcome:
    """Look at every string in all that costs little, and in the short form at some of them in the rest."""
    outcome = Outcome()
    chance = trial.random("strings")
    some = chance.sample(STRINGS, len(STRINGS))
    seen = {
        "chats": _look(in_chats, STRINGS, trial, outcome),
        "lines": _look(in_lines, STRINGS, trial, outcome),
        "files": _look(in_files, some[: trial.times(len(STRINGS), SHORT_FILES)], trial, outcome),
        "drawn and typeset": _look(in_pictures, some[: trial.times(len(STRINGS), SHORT_PICTURES)], trial, outcome),
    }
    with alone():
        seen["said to the desk"] = asyncio.run(_desk(some[: trial.times(len(STRINGS), SHORT_DESK)], trial, outcome))
    outcome.figures = {f"strings in {what}:": count for what, count in seen.items()}
    return outcome


def _look(looks: Looks, strings: Sequence[str], trial: Trial, outcome: Outcome) -> int:
    for odd in strings:
        try:
            found = list(looks(odd, trial.folder))
        except Exception as error:  # whatever it is, nothing may be raised for a string
            found = [f"{type(error).__name__}: {error}"]
        outcome.faults += [f"{odd!r}: {fault}" for fault in dict.fromkeys(found)]
    return len(strings)


async def _desk(strings: Sequence[str], trial: Trial, outcome: Outcome) -> int:
    async with open_team_desk(trial.folder) as desk:
        await fill(desk, trial.folder, TEAMS[0], "one")
        for number, odd in enumerate(strings):
            try:
                found = await on_the_desk(desk, odd, number, trial.folder)
            except Exception as error:
                found = [f"{type(error).__name__}: {error}"]
            outcome.faults += [f"{odd!r}: {fault}" for fault in dict.fromkeys(found)]
    return len(strings)


ORDEAL = Ordeal("strings", "what a person wrote is text, never markup", run)
logging.getLogger("bot.discord.controls").setLevel(logging.CRITICAL)
