"""The few pages that somebody sees who adds the app to a workspace: plain, and with nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # addresses carry codes
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",  # browsers heed it where they came by TLS
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
<p><a href="{link}">{label}</a></p>
</main>
</body>
</html>
"""
REASONS: Mapping[str, str] = {
    "access_denied": "You did not allow it, so nothing was installed.",
    "invalid_browser": (
        "This page belongs to an installation that was begun in another browser, or was opened a second time. "
        "Nothing was installed."
    ),
    "invalid_state": "This installation was finished before, or took longer than ten minutes. Nothing was installed.",
    "missing_code": "Slack sent no code along. Nothing was installed.",
    "invalid_code": "Slack did not take the code, or could not be reached. Nothing was installed.",
    "whole_organisation": (
        "ModaCLIP is added to single workspaces, not to a whole organisation. Nothing was kept. Choose a workspace."
    ),
    "storage_error": "The installation could not be kept. Whoever runs this bot finds the reason in its log.",
}
OTHER_REASON = "Slack did not finish the installation. Nothing was installed."


def install_page(url: str) -> str:
    """Return the page that leads to Slack, where somebody is asked what the bot may do."""
    text = (
        "ModaCLIP finds photos by meaning, each with its photographer's credit. Slack shows next what it may do in "
        "your workspace, and asks whether you allow that."
    )
    return _page("Add ModaCLIP to Slack", text, url, "Add to Slack")


def installed_page(team_name: str, team: str, app: str) -> str:
    """Return the page that says where the bot is now."""
    text = "ModaCLIP is in {team} now. Type /find in any channel there, or open its own page."
    link = "https://slack.com/app_redirect?" + urlencode({"app": app, "team": team})
    return _page("It is installed", text.format(team=team_name or "your workspace"), link, "Open it in Slack")


def failed_page(reason: str, again: str) -> str:
    """Return the page that says why nothing was installed, and leads back to the beginning."""
    return _page("It is not installed", REASONS.get(reason, OTHER_REASON), again, "Begin anew")


def _page(title: str, text: str, link: str, label: str) -> str:
    return PAGE.format(title=escape(title), text=escape(text), link=escape(link), label=escape(label))
