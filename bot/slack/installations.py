"""The workspaces that the app was added to, as slack_bolt keeps them: in the bot's database, and sealed there whole.

Only what the bot needs is kept: its own token, never one of the person who added it.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.slack.seal import Seal, Sealed
from bot.store.slack_teams import SealedTeam, SlackTeams

KEPT = (
    *("app_id", "team_id", "team_name", "bot_token", "bot_id", "bot_user_id", "bot_scopes", "bot_refresh_token"),
    *("bot_token_expires_at", "installed_at"),
)

log = logging.getLogger(__name__)


class Installations(AsyncInstallationStore):
    """Keeps one installation for each workspace; the latest counts."""

    def __init__(self, teams: SlackTeams, seal: Seal) -> None:
        self._teams = teams
        self._seal = seal

    @property
    def logger(self) -> logging.Logger:
        """Where it logs."""
        return log

    async def async_save(self, installation: Installation) -> None:
        """Write an installation, over the one that the team had."""
        await self.async_save_bot(installation.to_bot())

    async def async_save_bot(self, bot: Bot) -> None:
        """Write an installation, over the one that the team had."""
        await self._teams.add(self._sealed(bot))

    async def renew(self, bot: Bot) -> bool:
        """Write new tokens of an installation; tell whether it was still there, and not replaced by a later one."""
        return await self._teams.renew(self._sealed(bot))

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,  # noqa: ARG002 - a workspace's id says enough
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """Return a team's installation; None where there is none. Raises Sealed."""
        if not team_id or is_enterprise_install:
            return None
        kept = await self._teams.find(team_id)
        return None if kept is None else opened(kept, self._seal)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:  # noqa: ARG002
        """Delete a team's installation."""
        if team_id and await self._teams.forget(team_id):
            log.info("the tokens of a slack workspace were deleted", extra={"team": team_id})

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete all that is kept of a team."""
        await self.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)

    async def seal_anew(self) -> None:
        """Seal with the first key what an older one has sealed; say in the log what none of the keys opens."""
        for kept in await self._teams.all():
            try:
                if not self._seal.is_current(kept.sealed):
                    await self._teams.renew(self._sealed(opened(kept, self._seal)))
            except Sealed as error:
                log.warning("a slack workspace can't be answered", extra={"team": kept.team, "because": error.gist})

    def _sealed(self, bot: Bot) -> SealedTeam:
        values = {name: getattr(bot, name) for name in KEPT}
        return SealedTeam(str(bot.team_id), bot.installed_at, self._seal.seal(json.dumps(values)))


def opened(kept: SealedTeam, seal: Seal) -> Bot:
    """Return a workspace's installation. Raises Sealed."""
    values: dict[str, Any] = json.loads(seal.open(kept.sealed))
    if values["team_id"] != kept.team:  # somebody put one team's row in the place of another's
        raise Sealed("The token of a Slack workspace belongs to another one. Install the app there anew.")
    return Bot(**values)


class States(AsyncOAuthStateStore):
    """Gives out states, each of which begins one installation, and takes each back once."""

    def __init__(self, teams: SlackTeams) -> None:
        self._teams = teams

    @property
    def logger(self) -> logging.Logger:
        """Where it logs."""
        return log

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:  # noqa: ARG002 - as slack_bolt calls it
        """Return a new state."""
        return await self._teams.begin()

    async def async_consume(self, state: str) -> bool:
        """Take a state back; tell whether it was good."""
        return await self._teams.end(state)
