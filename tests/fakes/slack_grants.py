"""Who may speak as whom in the Slack on this machine: workspaces, codes that are exchanged, tokens that expire."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

APP, TEAM, TWO = "A0APP", "T0TEAM", "T0TWO"
LIKE, LOWER = "T_TEAM", "t0team"  # which a careless comparison takes for the first
BOT, BOT_TWO = "U0BOT", "U0BOTTWO"
BOTS = {TEAM: BOT, TWO: BOT_TWO, LIKE: "U0BOTLIKE", LOWER: "U0BOTLOWER"}  # the bot's user in each workspace
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-fake", "xapp-fake", "signing-fake"
CLIENT_ID, CLIENT_SECRET = "111.222", "client-secret-fake"
LIVES_S = 12 * 3600

Result = dict[str, Any]


@dataclass
class Grant:
    """One token of the bot's."""

    team: str
    expires_at: float | None = None
    revoked: bool = False


class Grants:
    """Every token and code that was given out."""

    def __init__(self) -> None:
        self.tokens: dict[str, Grant] = {BOT_TOKEN: Grant(TEAM)}
        self.refreshers: dict[str, str] = {}  # the workspace of each refresh token that was not used yet
        self.codes: dict[str, str] = {}
        self.expire = False  # whether tokens rotate
        self.lives_s = LIVES_S
        self.org_wide = False  # whether what is installed is for a whole organisation
        self.given: list[str] = []  # every secret that was ever handed over
        self._numbers = itertools.count(1)

    def refusal(self, token: str) -> str | None:
        """Return why a token is not taken."""
        grant = self.tokens.get(token)
        if grant is None:
            return "invalid_auth"
        if grant.revoked:
            return "account_inactive"
        return "token_expired" if grant.expires_at is not None and grant.expires_at <= time.time() else None

    def allow(self, url: str, team: str) -> Mapping[str, str]:
        """Allow what an address of Slack asks for; return what the browser is sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT_ID and asked["scope"] and asked["redirect_uri"].startswith("https://")
        code = f"code-{next(self._numbers)}"
        self.codes[code] = team
        return {"code": code, "state": asked["state"]}

    def access(self, args: Mapping[str, Any]) -> Result:
        """Answer oauth.v2.access: a code, or a refresh token, is taken once."""
        if args.get("grant_type") == "refresh_token":
            team = self.refreshers.pop(str(args.get("refresh_token")), None)
            return {"ok": False, "error": "invalid_refresh_token"} if team is None else self._granted(team)
        team = self.codes.pop(str(args.get("code")), None)
        return {"ok": False, "error": "invalid_code"} if team is None else self._granted(team)

    def uninstall(self, team: str) -> None:
        """Take back every token of a workspace."""
        for grant in self.tokens.values():
            grant.revoked = grant.revoked or grant.team == team
        self.refreshers = {token: one for token, one in self.refreshers.items() if one != team}

    def _granted(self, team: str) -> Result:
        number = next(self._numbers)
        token = f"xoxe.xoxb-{team}-{number:04d}-secret" if self.expire else f"xoxb-{team}-{number:04d}-secret"
        self.tokens[token] = Grant(team, time.time() + self.lives_s if self.expire else None)
        self.given.append(token)
        result = {"ok": True, "access_token": token, "token_type": "bot", "scope": "chat:write", "app_id": APP}
        result |= {"bot_user_id": BOTS[team], "team": {"id": team, "name": f"<Team> {team}"}, "enterprise": None}
        result |= {"authed_user": {"id": "U0ANN"}, "is_enterprise_install": self.org_wide}
        if self.expire:
            refresher = f"xoxe-1-{team}-{number:04d}-secret"
            self.refreshers[refresher] = team
            self.given.append(refresher)
            result |= {"refresh_token": refresher, "expires_in": self.lives_s}
        return result
