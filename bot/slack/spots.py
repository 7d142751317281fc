"""Where a message of the bot's lies, written down so that it is found again after a restart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spot:
    """A message."""

    team: str  # "" where it was written down before several workspaces were answered
    channel: str
    ts: str  # what Slack calls the message

    def written(self) -> str:
        """Return it as it is kept: "TEAM/CHANNEL/MESSAGE"."""
        return f"{self.team}/{self.channel}/{self.ts}"

    @classmethod
    def read(cls, text: str) -> Spot:
        """Return what was kept, "CHANNEL/MESSAGE" as well."""
        *team, channel, ts = text.split("/")
        return cls(team[0] if team else "", channel, ts)
