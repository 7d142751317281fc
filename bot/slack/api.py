"""The way to Slack: its Web API, response URLs, and files, with its limits obeyed.

Where Slack asks to wait, the request waits and is sent again, unless that is longer than anybody would wait for an
answer. Tokens go nowhere but to Slack's own hosts.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.trouble import NotTaken
from core.errors import FetchError
from core.file_names import file_name

MOST_BYTES = 64 * 2**20
LONGEST_S = 60.0
READY_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0)  # pauses between looks at a picture that Slack takes in

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where Slack is."""

    api: str = "https://slack.com/api/"
    files: str = "https://files.slack.com/"
    hooks: str = "https://hooks.slack.com/"
    authorize: str = "https://slack.com/oauth/v2/authorize"  # where somebody is asked what the app may do


class Api:
    """Everything that is asked of Slack, for one workspace, or for none without a token. Use `async with`."""

    def __init__(self, token: str | None = None, hosts: Hosts | None = None) -> None:
        self.hosts = hosts or Hosts()
        self.client = AsyncWebClient(
            token, base_url=self.hosts.api, retry_handlers=_retries(), trust_env_in_session=True
        )
        self._token = token
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Api:
        self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def open(self) -> None:
        """Be ready to ask; call `close` at the end."""
        self._session = aiohttp.ClientSession(trust_env=True, timeout=aiohttp.ClientTimeout(total=LONGEST_S))
        self.client.session = self._session

    async def close(self) -> None:
        """Close what is open to Slack."""
        await self.session.close()

    def renew(self, token: str) -> None:
        """Use another token of the same installation from now on."""
        self._token = self.client.token = token

    @property
    def session(self) -> aiohttp.ClientSession:
        """What speaks HTTP."""
        if self._session is None:
            raise RuntimeError("use it in `async with`")
        return self._session

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Send a message to a response URL. Raises NotTaken."""
        if not url.startswith(self.hosts.hooks):
            raise NotTaken("no response url")
        hook = AsyncWebhookClient(url, session=self.session, retry_handlers=_retries())
        answer = await hook.send_dict(dict(body))
        if answer.status_code != 200:
            known = ("invalid_blocks", "used_url", "expired_url")
            raise NotTaken(next((name for name in known if name in (answer.body or "")), str(answer.status_code)))

    async def upload(
        self,
        files: Sequence[tuple[str, bytes]],
        channel: str | None = None,
        thread: str | None = None,
        *,
        comment: str = "",
        alts: Sequence[str] = (),
    ) -> list[str]:
        """Send files to Slack, to a channel or to nobody yet; return their ids. `alts` say what pictures show."""
        described = [*alts, *[""] * (len(files) - len(alts))]
        ids = await asyncio.gather(*(self._store(*file, alt) for file, alt in zip(files, described, strict=True)))
        titled: list[dict[str, str | None]] = [
            {"id": number, "title": name} for number, (name, _) in zip(ids, files, strict=True)
        ]
        await self.client.files_completeUploadExternal(
            files=titled, channel_id=channel, thread_ts=thread, initial_comment=comment or None
        )
        return list(ids)

    async def wait_for_picture(self, file: str) -> bool:
        """Wait until Slack has taken a picture in, before which no message may show it; tell whether it has."""
        for pause_s in READY_S:
            info = await self.client.files_info(file=file)
            if info["file"].get("mimetype"):
                return True
            await asyncio.sleep(pause_s)
        return False

    async def download(self, file: str) -> bytes:
        """Return a file that somebody sent, by its id. Raises FetchError.

        Its address is asked for each time, and must be of Slack's own host for files, since the token goes there.
        """
        found = (await self.client.files_info(file=file))["file"]
        url = str(found.get("url_private_download") or found.get("url_private") or "")
        if not url.startswith(self.hosts.files):
            raise FetchError("This picture does not lie in Slack. Upload it here.")
        if int(found.get("size") or 0) > MOST_BYTES:
            raise FetchError(
                "The picture has {size:.0f} MB; more than {most:.0f} MB are not read.",
                size=int(found["size"]) / 2**20,
                most=MOST_BYTES / 2**20,
            )
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self.session.get(url, headers=headers, allow_redirects=False) as answer:
            if answer.status != 200:
                log.warning("slack did not hand a file over", extra={"status": answer.status})
                raise FetchError("Slack did not hand the picture over. Try again in a minute.")
            data = await answer.content.read(MOST_BYTES + 1)
            while len(data) <= MOST_BYTES and (more := await answer.content.read(2**20)):
                data += more
        return data

    async def _store(self, name: str, data: bytes, alt: str) -> str:
        place = await self.client.files_getUploadURLExternal(
            filename=file_name(name), length=len(data), alt_txt=alt or None
        )
        async with self.session.post(str(place["upload_url"]), data=data) as answer:
            if answer.status != 200:
                raise NotTaken(f"upload {answer.status}")
        return str(place["file_id"])


class _Limits(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack asks for, where that is a number of seconds within which an answer still makes sense."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        limited = await super()._can_retry_async(state=state, request=request, response=response, error=error)
        if response is None or not limited:
            return False
        asked = next((value for name, value in response.headers.items() if name.lower() == "retry-after"), ["1"])
        return bool(re.fullmatch(r"[0-9]{1,4}", asked[0])) and int(asked[0]) <= LONGEST_S


def _retries() -> list[Any]:
    return [
        AsyncConnectionErrorRetryHandler(),
        _Limits(max_retry_count=3),
        AsyncServerErrorRetryHandler(max_retry_count=1),
    ]
