"""What this program and Slack know each other by, checked before anything is started."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from config.settings import Secrets, SettingsError

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"  # where this program serves the pages of who adds the app
MANY = "Slack for many workspaces needs"


@dataclass(frozen=True, slots=True)
class App:
    """An app that any number of workspaces add."""

    client_id: str
    client_secret: str = field(repr=False)
    token_key: str = field(repr=False)  # encrypts their tokens in the database


@dataclass(frozen=True, slots=True)
class SlackSecrets:
    """Either the token of one workspace, or the app that many add; and how events come in."""

    bot_token: str | None = field(default=None, repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    app: App | None = None


def slack_secrets(secrets: Secrets, public_url: str) -> SlackSecrets | None:
    """Return what Slack is started with; None where nothing is set. Raises SettingsError where a part is missing."""
    app = _app(secrets, public_url)
    if app is None and secrets.slack_bot_token is None:
        return None
    if not (secrets.slack_app_token or secrets.slack_signing_secret):
        raise SettingsError(
            "Slack needs MODACLIP_SLACK_APP_TOKEN beside its bot token or client id, or MODACLIP_SLACK_SIGNING_SECRET "
            "where Slack can reach this program; docs/slack.md says how."
        )
    return SlackSecrets(secrets.slack_bot_token, secrets.slack_app_token, secrets.slack_signing_secret, app)


def _app(secrets: Secrets, public_url: str) -> App | None:
    number, secret, key = secrets.slack_client_id, secrets.slack_client_secret, secrets.slack_token_key
    if not number and not secret and (not key or secrets.slack_bot_token):
        return None
    if secrets.slack_bot_token:
        raise SettingsError(
            "Slack is set up for one workspace (MODACLIP_SLACK_BOT_TOKEN) and for many (MODACLIP_SLACK_CLIENT_ID and "
            "MODACLIP_SLACK_CLIENT_SECRET). Unset one of the two; docs/slack.md says what each is for."
        )
    if not number:
        raise SettingsError(f"{MANY} MODACLIP_SLACK_CLIENT_ID, which stands on the app's page Basic Information.")
    if not secret:
        raise SettingsError(f"{MANY} MODACLIP_SLACK_CLIENT_SECRET, which stands on the app's page Basic Information.")
    if not key:
        raise SettingsError(
            f"{MANY} MODACLIP_SLACK_TOKEN_KEY, which encrypts their tokens. `modaclip slack-key` makes one; keep it "
            "where the other secrets are, and apart from backups of the database."
        )
    if not re.fullmatch(r"https://[^\s/?#&]+(/[^\s?#&]*)?", public_url):
        raise SettingsError(
            f"{MANY} the setting slack.public_url (MODACLIP_SLACK_PUBLIC_URL): the address, https://…, at which "
            "browsers reach this program through its proxy."
        )
    return App(number, secret, key)
