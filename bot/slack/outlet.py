"""Messages that nobody asked for: a board's message drawn anew, news for a channel. They are sent by the bot itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_sdk.errors import SlackApiError

from bot.catalogue import words_for
from bot.replies import Reply
from bot.slack.media import Shows
from bot.slack.render import Drawn, draw
from bot.slack.requests import CHAT, account_of
from bot.slack.sending import Sending
from bot.slack.spots import Spot
from bot.slack.teams import Teams
from bot.slack.trouble import NotInstalled, Trouble, note_trouble

GONE = (Trouble.MISSING, Trouble.CLOSED)


class SlackOutlet:
    """Slack, as `bot.boards.live` sees it. A place is a `Spot`; workspaces are "slack:TEAM"."""

    def __init__(self, teams: Teams) -> None:
        self._teams = teams

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:
        """Draw a message anew. Return False when it is not there any more, or closed to the bot."""
        spot = Spot.read(place)

        async def update(sending: Sending, drawn: Drawn) -> None:
            message = drawn.messages[0]
            await sending.api.client.chat_update(
                channel=spot.channel, ts=spot.ts, blocks=message.blocks, text=message.text
            )

        return await self._send(self._teams.meant(spot.team or _team_of(reply)), reply, language, update)

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:
        """Send a message to a channel, "slack:ID". Return False when that is closed to the bot."""

        async def post(sending: Sending, drawn: Drawn) -> None:
            message = drawn.messages[0]
            await sending.api.client.chat_postMessage(channel=channel.rpartition(":")[2], **message.body())

        return await self._send(_team(workspace), reply, language, post)

    def waiting(self, person: str) -> int:  # noqa: ARG002
        """Return 0: Slack keeps what people send."""
        return 0

    async def forget(self, person: str) -> None:
        """Forget who somebody is, and where pictures were shared with them."""
        self._teams.forget(*account_of(person))

    async def _send(
        self, team: str, reply: Reply, language: str, send: Callable[[Sending, Drawn], Awaitable[None]]
    ) -> bool:
        """Draw a reply as one message and send it with the workspace's own token."""
        try:
            async with self._teams.use(team) as sending:
                return await _send_as_is_or_plain(sending, reply, language, send)
        except NotInstalled:
            return False


async def _send_as_is_or_plain(
    sending: Sending, reply: Reply, language: str, send: Callable[[Sending, Drawn], Awaitable[None]]
) -> bool:
    """Send a reply as one message; what Slack refuses goes once more without pictures."""
    media: Shows | None = sending.media
    while True:
        try:
            await send(sending, await draw(reply, words_for(language), media, single=True))
        except SlackApiError as error:
            trouble = note_trouble(error, "draw a board")
            if trouble in GONE:
                return False
            if trouble is not Trouble.REFUSED or media is None:
                raise
            sending.media.forget()
            media = None
        else:
            return True


def _team(workspace: str) -> str:
    return workspace.removeprefix(f"{CHAT}:")


def _team_of(reply: Reply) -> str:
    """Return the workspace whose board a reply shows; messages whose place names none are of that workspace."""
    return _team(reply.live.workspace) if reply.live else ""
