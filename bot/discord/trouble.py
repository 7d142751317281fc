"""What Discord's refusals mean for an answer: whether another way is left, and what of them goes into the log.

A message or channel that was deleted, a permission that was taken away, an interaction that came too late: all of this
happens in a busy server. None of it is an error of this program, so it is logged in one line without a trace, and
without the text of the refusal, which may hold URLs and what somebody typed.
"""

from __future__ import annotations

import logging
from enum import Enum

import aiohttp
import discord

TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError)  # a timeout is an OSError
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
ACKNOWLEDGED, INVALID_WEBHOOK = 40060, 50027

log = logging.getLogger(__name__)


class Trouble(Enum):
    """What a refusal leaves to be done."""

    OVER = "over"  # nothing can be said in this interaction or channel any more
    DONE = "done"  # it has been acknowledged before
    MISSING = "missing"  # the message that was to be changed is gone
    FORBIDDEN = "forbidden"  # a permission is missing, or the member left
    REFUSED = "refused"  # what was sent is not taken; something plainer may be
    PASSING = "passing"  # Discord, or the way there, is out of order


def trouble_of(error: BaseException) -> Trouble:
    """Return what an error of discord.py or of the network means."""
    if isinstance(error, discord.InteractionResponded):
        return Trouble.DONE
    if not isinstance(error, discord.HTTPException):
        return Trouble.PASSING
    if error.code in (UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK, INVALID_WEBHOOK, UNKNOWN_CHANNEL):
        return Trouble.OVER
    if error.code == ACKNOWLEDGED:
        return Trouble.DONE
    if error.code == UNKNOWN_MESSAGE or error.status == 404:
        return Trouble.MISSING
    if error.status == 403:
        return Trouble.FORBIDDEN
    return Trouble.REFUSED if error.status in (400, 413) else Trouble.PASSING


def note_trouble(error: BaseException, doing: str) -> Trouble:
    """Log an error in one line; return what it means."""
    trouble = trouble_of(error)
    about: dict[str, object] = {"doing_in_discord": doing, "trouble": trouble.value, "error": type(error).__name__}
    if isinstance(error, discord.HTTPException):
        about |= {"status": error.status, "code": error.code}
    expected = trouble in (Trouble.OVER, Trouble.DONE, Trouble.MISSING)
    log.log(logging.INFO if expected else logging.WARNING, "discord did not take it", extra=about)
    return trouble
