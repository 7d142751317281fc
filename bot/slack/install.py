"""Adding the app to a workspace: slack_bolt's own flow, with pages of our own and nothing secret in the log."""

from __future__ import annotations

import logging
import re

import aiohttp
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.credentials import INSTALL, REDIRECT
from bot.slack.installations import Installations, States
from bot.slack.pages import REASONS, failed_page, install_page, installed_page
from bot.slack.scopes import SCOPES
from bot.store.slack_teams import STATE_S

log = logging.getLogger(__name__)


class NotKept(BoltError):
    """An installation that is not kept; its reason names a page."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InstallFlow(AsyncOAuthFlow):
    """Leads somebody to Slack and back, and keeps what Slack then says."""

    def __init__(
        self,
        client: AsyncWebClient,
        kept: Installations,
        states: States,
        *,
        client_id: str,
        client_secret: str,
        public_url: str,
        authorize_url: str,
    ) -> None:
        logger = logging.getLogger("slack_bolt.flow")
        logger.setLevel(logging.ERROR)  # its warnings name codes
        settings = AsyncOAuthSettings(
            client_id=client_id,
            client_secret=client_secret,
            scopes=tuple(SCOPES),
            user_scopes=(),
            redirect_uri=f"{public_url}{REDIRECT}",
            install_path=INSTALL,
            redirect_uri_path=REDIRECT,
            callback_options=AsyncCallbackOptions(self._succeed, self._fail),
            authorization_url=authorize_url,
            installation_store=kept,
            installation_store_bot_only=True,
            state_store=states,
            state_expiration_seconds=int(STATE_S),
            logger=logger,
        )
        super().__init__(client=client, logger=logger, settings=settings)
        self._begin_url = f"{public_url}{INSTALL}"

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """Return where Slack asks what is allowed; a workspace may be named, and nothing else of the address counts."""
        team = (request.query.get("team") or [""])[0]
        known = team if re.fullmatch(r"T[A-Z0-9]{2,20}", team) else None
        return self.settings.authorize_url_generator.generate(state=state, team=known)

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:  # noqa: ARG002
        """Return the page that leads there."""
        return install_page(url)

    async def run_installation(self, code: str) -> Installation | None:
        """Exchange a code for a token; None where Slack does not take it."""
        try:
            return await super().run_installation(code)
        except (SlackClientError, aiohttp.ClientError, OSError) as error:
            log.warning("slack did not answer an installation", extra={"error": type(error).__name__})
            return None

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Keep an installation. Raises NotKept where it is for a whole organisation, or can't be written."""
        if installation.is_enterprise_install or not installation.team_id or not installation.bot_token:
            log.warning("an installation for a whole organisation of slack was refused")
            raise NotKept("whole_organisation")
        try:
            await super().store_installation(request, installation)
        except Exception as error:
            # every engine has errors of its own, and here nothing is done but to write one row; whatever it is, the
            # page that the visitor sees says that nothing was kept, and points to the log
            log.exception("an installation in slack could not be written", extra={"team": installation.team_id})
            raise NotKept("storage_error") from error
        rotates = installation.bot_refresh_token is not None
        log.info("the app was added to slack", extra={"team": installation.team_id, "token_expires": rotates})

    async def _succeed(self, args: AsyncSuccessArgs) -> BoltResponse:
        installed = args.installation
        page = installed_page(installed.team_name or "", installed.team_id or "", installed.app_id or "")
        return self._answer(200, page)

    async def _fail(self, args: AsyncFailureArgs) -> BoltResponse:
        reason = args.error.reason if isinstance(args.error, NotKept) else args.reason
        known = reason if reason in REASONS else "other"
        log.info("an installation in slack was not finished", extra={"reason": known})
        return self._answer(args.suggested_status_code, failed_page(reason, self._begin_url))

    def _answer(self, status: int, page: str) -> BoltResponse:
        cookie = self.settings.state_utils.build_set_cookie_for_deletion()
        return BoltResponse(
            status=status, body=page, headers={"Content-Type": "text/html; charset=utf-8", "Set-Cookie": cookie}
        )
