"""What this program and Slack know each other by, checked before anything is started."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from config.settings import Secrets, SettingsError
from core.doctor import Finding

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
    app = app_for_many(secrets, public_url) if is_for_many(secrets) else None
    if app is None and secrets.slack_bot_token is None:
        return None
    if not (secrets.slack_app_token or secrets.slack_signing_secret):
        raise SettingsError(
            "Slack needs MODACLIP_SLACK_APP_TOKEN beside its bot token or client id, or MODACLIP_SLACK_SIGNING_SECRET "
            "where Slack can reach this program; docs/slack.md says how."
        )
    return SlackSecrets(secrets.slack_bot_token, secrets.slack_app_token, secrets.slack_signing_secret, app)


def is_for_many(secrets: Secrets) -> bool:
    """Tell whether something is set that only many workspaces need."""
    key_alone = secrets.slack_token_key and not secrets.slack_bot_token
    return bool(secrets.slack_client_id or secrets.slack_client_secret or key_alone)


def app_for_many(secrets: Secrets, public_url: str) -> App:
    """Return the app that many workspaces add. Raises SettingsError with the first that is missing."""
    if missing := next(missing_for_many(secrets, public_url), None):
        raise SettingsError(str(missing.advice))
    return App(secrets.slack_client_id or "", secrets.slack_client_secret or "", secrets.slack_token_key or "")


def missing_for_many(secrets: Secrets, public_url: str) -> Iterator[Finding]:
    """Yield what many workspaces need and what is not set, or not as it must be; the advice is a sentence by itself."""
    if secrets.slack_bot_token:
        advice = (
            "Slack is set up for one workspace (MODACLIP_SLACK_BOT_TOKEN) and for many (MODACLIP_SLACK_CLIENT_ID and "
            "MODACLIP_SLACK_CLIENT_SECRET). Unset one of the two; docs/slack.md says what each is for."
        )
        yield Finding(False, "Slack: set up for one workspace and for many", advice)
    if not secrets.slack_client_id:
        advice = f"{MANY} MODACLIP_SLACK_CLIENT_ID, which stands on the app's page Basic Information."
        yield Finding(False, "Slack: no client id", advice)
    if not secrets.slack_client_secret:
        advice = f"{MANY} MODACLIP_SLACK_CLIENT_SECRET, which stands on the app's page Basic Information."
        yield Finding(False, "Slack: no client secret", advice)
    if not secrets.slack_token_key:
        advice = (
            f"{MANY} MODACLIP_SLACK_TOKEN_KEY, which encrypts their tokens. `modaclip slack-key` makes one; keep it "
            "where the other secrets are, and apart from backups of the database."
        )
        yield Finding(False, "Slack: no key for tokens", advice)
    if not re.fullmatch(r"https://[^\s/?#&]+(/[^\s?#&]*)?", public_url):
        advice = (
            f"{MANY} the setting slack.public_url (MODACLIP_SLACK_PUBLIC_URL): the address, https://…, at which "
            "browsers reach this program through its proxy."
        )
        yield Finding(False, "Slack: no address at which the app is added", advice)
