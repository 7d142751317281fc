"""Pictures for messages that one person alone sees: shared with this person first.

Slack keeps a file that was shared nowhere from everybody but the bot that uploaded it (see `channel_id` of
https://docs.slack.dev/reference/methods/files.completeUploadExternal). A message that the bot posts shows it all the
same. Whether a message does that only its reader sees, Slack says nowhere; its developers say that no file is shared by
such a message, and that direct messages are the only way to share one privately
(https://github.com/slackapi/node-slack-sdk/issues/1790). So these pictures are shared in a thread of the bot's direct
messages with the person, each with its credit: one message for an answer, and a picture once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from bot.catalogue import Words
from bot.replies import Reply
from bot.slack.api import Api
from bot.slack.markup import unlinked
from bot.slack.media import Media, Shown, digest_of, load_picture, source_elsewhere, source_here
from bot.slack.render import draw
from bot.slack.trouble import TROUBLE, note_trouble

MOST_COMMENT = 4000  # characters as an address has them, in which Slack's client sends what is said with files
ALT_CHARACTERS = 200

Loaded: TypeAlias = tuple[Shown, bytes]


class Shares:
    """Shares pictures with one person; `direct` tells the channel of the direct messages."""

    def __init__(self, api: Api, media: Media, person: str, direct: Callable[[], Awaitable[str]], words: Words) -> None:
        self._api = api
        self._media = media
        self._person = person
        self._direct = direct
        self._words = words

    async def sources_of(self, shown: Sequence[Shown]) -> dict[int, dict[str, Any]]:
        """Return what shows each picture, by its number; those that can't be had are left out."""
        found = {one.number: source for one in shown if (source := source_elsewhere(one.picture))}
        here = [one for one in shown if one.number not in found]
        loaded = await asyncio.gather(*(load_picture(one.picture, one.of) for one in here))
        new: list[Loaded] = []
        for one, data in zip(here, loaded, strict=True):
            if data is None:
                continue
            if (known := self._media.known(self._key(data))) is not None:
                found[one.number] = source_here(known)
            else:
                new.append((one, data))
        return {**found, **await self._share(new)} if new else found

    async def _share(self, new: Sequence[Loaded]) -> dict[int, dict[str, Any]]:
        """Share pictures; where that is barred they are uploaded alone, and at least seen once they are posted."""
        try:
            channel, thread = await self._thread()
            comment = _credits(new)
            if len(quote(unlinked(comment))) > MOST_COMMENT:
                await self._post(comment, channel, thread)
                comment = ""
            files = [(one.picture.name, data) for one, data in new]
            alts = [one.picture.alt[:ALT_CHARACTERS] for one, _ in new]
            ids = await self._api.upload(files, channel, thread, comment=unlinked(comment), alts=alts)
            ready = await asyncio.gather(*(self._api.wait_for_picture(file) for file in ids))
        except TROUBLE as error:
            note_trouble(error, "share pictures with who asked")
            self._media.forget_thread(self._person)
            return await self._media.sources_of([one for one, _ in new])
        found = {}
        for (one, data), file, is_ready in zip(new, ids, ready, strict=True):
            if is_ready:
                self._media.keep(self._key(data), file)
                found[one.number] = source_here(file)
        return found

    async def _thread(self) -> tuple[str, str]:
        """Return the channel and the thread in which pictures are shared; begin it where there is none yet."""
        async with self._media.beginning:  # two answers at a time begin one thread
            if (known := self._media.thread(self._person)) is not None:
                return known
            channel = await self._direct()
            text = self._words.say(
                "Slack shows you only pictures that were shared with you. So the pictures of answers that only you "
                "see are shared with you in this thread, each with its credit."
            )
            thread = await self._post(text, channel)
            self._media.keep_thread(self._person, channel, thread)
            return channel, thread

    async def _post(self, text: str, channel: str, thread: str | None = None) -> str:
        """Post a text, in more than one message where it is long; return the number of the last."""
        number = ""
        for message in (await draw(Reply(text), self._words, None)).messages:
            sent = await self._api.client.chat_postMessage(channel=channel, thread_ts=thread, **message.body())
            number = str(sent["ts"])
        return number

    def _key(self, data: bytes) -> str:
        return f"{self._person}:{digest_of(data)}"


def _credits(new: Sequence[Loaded]) -> str:
    """Return the credits of pictures without links, which would bring previews; the answer itself has them."""
    return "\n".join(f"{one.number} · {one.credit.text}" for one, _ in new if one.credit is not None)
