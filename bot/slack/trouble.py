"""What Slack's refusals mean for an answer: whether another way is left, and what of them goes into the log.

A channel that the bot is not in, a message that was deleted, a limit: all of this happens in a busy workspace. None of
it is an error of this program, so it is logged in one line, without the text of the refusal, which may hold addresses.
"""

from __future__ import annotations

import logging
from enum import Enum

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from core.errors import ModaclipError

MISSING = frozenset({"message_not_found", "file_not_found", "file_deleted", "not_found", "cant_update_message"})
CLOSED = frozenset(
    {
        *("channel_not_found", "not_in_channel", "is_archived", "restricted_action", "no_permission", "user_not_found"),
        *("user_not_in_channel", "cannot_dm_bot", "account_inactive", "team_not_found", "messages_tab_disabled"),
    }
)
DENIED = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
DEAD = frozenset({"invalid_auth", "token_revoked", "account_inactive"})  # of a token that is good for nothing any more
SPENT = frozenset({"invalid_refresh_token", "token_revoked", "account_inactive"})  # of what renews a token
REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"})

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """A response URL that did not take an answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotInstalled(ModaclipError):
    """A workspace that has not added the app, or has removed it."""


class SlackRefused(ModaclipError):
    """Slack does not let this program in; trying again would not help."""


TROUBLE = (SlackClientError, NotTaken, aiohttp.ClientError, OSError)  # a timeout is an OSError


class Trouble(Enum):
    """What a refusal leaves to be done."""

    MISSING = "missing"  # the message that was to be changed is gone
    CLOSED = "closed"  # the bot may not write there
    REFUSED = "refused"  # what was sent is not taken; something plainer may be
    PASSING = "passing"  # Slack, or the way there, is out of order


def reason_of(error: BaseException) -> str:
    """Return the name that Slack gives to a refusal; "" for what is none."""
    if isinstance(error, SlackApiError):
        data = error.response.data if hasattr(error.response, "data") else error.response
        return str(data.get("error", "")) if isinstance(data, dict) else ""
    return error.reason if isinstance(error, NotTaken) else ""


def trouble_of(error: BaseException) -> Trouble:
    """Return what an error of Slack's client or of the network means."""
    reason = reason_of(error)
    if reason in MISSING:
        return Trouble.MISSING
    if reason in CLOSED:
        return Trouble.CLOSED
    return Trouble.REFUSED if reason in REFUSED else Trouble.PASSING


def note_trouble(error: BaseException, doing: str) -> Trouble:
    """Log an error in one line; return what it means."""
    trouble = trouble_of(error)
    about = {"doing_in_slack": doing, "trouble": trouble.value, "error": type(error).__name__}
    level = logging.INFO if trouble is Trouble.MISSING else logging.WARNING
    log.log(level, "slack did not take it", extra={**about, "reason": reason_of(error)[:60]})
    return trouble
