"""What people do in the Slack on this machine, as the bot is told of it: by its socket, or by signed requests."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack_grants import APP, BOTS, SECRET, TEAM
from tests.fakes.slack_schema import options_problems, view_problems, walk
from tests.fakes.slack_world import ANN, PHOTOS, Sent, World


class Doing(World):
    """People. Who does something does it in the workspace that they are of."""

    async def command(self, name: str, text: str = "", *, by: str = ANN, channel: str = PHOTOS) -> Sent:
        """Type a slash command."""
        given = {"command": name, "text": text, "channel_id": channel, "user_id": by, "user_name": by.lower()}
        given |= {"team_id": self.home_of(by), "api_app_id": APP}
        given["is_enterprise_install"] = str(self.grants.org_wide).lower()
        return await self._do("slash_commands", given, self.home_of(by), channel)

    async def press(self, message: Mapping[str, Any], action_id: str, *, by: str = ANN, chosen: Any = None) -> Sent:
        """Press a button, or choose from a menu."""
        part = next(one for one in walk(message["blocks"]) if one.get("action_id") == action_id)
        action = {name: part[name] for name in ("type", "action_id", "value") if name in part}
        if part["type"] in ("static_select", "overflow"):
            action["selected_option"] = next(one for one in part["options"] if one["value"] == chosen)
        elif part["type"] == "multi_static_select":
            action["selected_options"] = [one for one in part["options"] if one["value"] in chosen]
        given: dict[str, Any] = {"actions": [action]}
        if message.get("type") == "home":
            given |= {"container": {"type": "view"}, "view": {"type": "home", "id": "V0"}}
        else:
            channel, only = message["channel"], "only" in message
            place = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": only}
            given |= {"container": place, "channel": {"id": channel, "name": "photos"}}
            if not only:
                given["message"] = dict(message)
        channel = str(message.get("channel") or PHOTOS)
        return await self._interact("block_actions", by, given, channel, replaces=message.get("ts"))

    async def pick(self, callback_id: str, message: Mapping[str, Any], *, by: str = ANN) -> Sent:
        """Use a shortcut of a message."""
        given = {"callback_id": callback_id, "message": dict(message), "channel": {"id": message["channel"]}}
        given["message_ts"] = message["ts"]
        return await self._interact("message_action", by, given, message["channel"])

    async def submit(self, view: Mapping[str, Any], *, by: str = ANN, **answers: Any) -> Sent:
        """Fill in a modal: texts, values of choices, or lists of files."""
        values: dict[str, Any] = {}
        for block in view["blocks"]:
            if block["type"] != "input":
                continue
            element = block["element"]
            answer = answers.get(element["action_id"])
            state: dict[str, Any] = {"type": element["type"]}
            if element["type"] in ("plain_text_input", "number_input"):
                state["value"] = answer if answer is not None else element.get("initial_value")
            elif element["type"] == "file_input":
                state["files"] = answer or []
            else:
                state["selected_option"] = {"value": answer} if answer else element.get("initial_option")
            values[block["block_id"]] = {element["action_id"]: state}
        whole = {**view, "state": {"values": values}, "team_id": self.home_of(by)}
        return await self._interact("view_submission", by, {"view": whole})

    async def typing(self, view: Mapping[str, Any], action_id: str, typed: str, *, by: str = ANN) -> Sent:
        """Type into an external select of a modal."""
        given = {"action_id": action_id, "block_id": action_id, "value": typed, "view": dict(view)}
        sent = await self._interact("block_suggestion", by, given)
        await self.until(lambda: sent.payload is not None)
        self.problems += [f"options: {problem}" for problem in options_problems(sent.payload)]
        return sent

    async def say(self, text: str, *, by: str = ANN, channel: str = PHOTOS, retry: int = 0, **given: Any) -> Sent:
        """Write a message, as the bot is told of it; `retry` says how often Slack tells it again."""
        direct = channel.startswith("D")
        event = {"type": "message" if direct else "app_mention", "user": by, "text": text, "channel": channel}
        event |= {"ts": f"{next(self.numbers)}.0", "channel_type": "im" if direct else "channel"} | given
        return await self.event(event, team=self.home_of(by), retry=retry)

    async def event(
        self, event: Mapping[str, Any], *, team: str = TEAM, at: float | None = None, retry: int = 0
    ) -> Sent:
        """Tell the bot of an event that happened in a workspace at a time, or just now."""
        body = {"type": "event_callback", "team_id": team, "api_app_id": APP, "event": dict(event)}
        body |= {"event_id": self.number("Ev"), "event_time": int(time.time() if at is None else at)}
        granted = {"team_id": team, "user_id": BOTS[team], "is_bot": True, **self._install()}
        body |= {"authorizations": [granted]}
        sent = await self._do("events_api", body, team)
        for attempt in range(retry):
            await self._do("events_api", body, team, retry=attempt + 1)
        return sent

    async def uninstall(self, team: str, *, at: float | None = None) -> None:
        """Take the app out of a workspace, and tell it of that as Slack does."""
        self.grants.uninstall(team)
        await self.event({"type": "tokens_revoked", "tokens": {"bot": [BOTS[team]]}}, team=team, at=at)
        await self.event({"type": "app_uninstalled"}, team=team, at=at)

    def attach(self, name: str, data: bytes, mimetype: str = "image/jpeg", *, team: str = TEAM) -> dict[str, Any]:
        """Upload a file as a person of a workspace."""
        number = self.number("F0SENT")
        self.store[number] = data
        url = f"{self.http}/files/{number}/{name}"
        file = {"id": number, "name": name, "mimetype": mimetype, "size": len(data), "url_private_download": url}
        self.files[number] = {**file, "team": team}
        return dict(file)

    async def drop(self) -> None:
        """Ask the bot to connect again, as Slack does every few hours."""
        await self.sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})

    def signed(self, body: str, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
        """Return the headers of a signed request."""
        stamp = str(int(time.time() if at is None else at))
        digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    def _install(self) -> dict[str, bool]:
        return {"is_enterprise_install": self.grants.org_wide}

    async def _interact(
        self, kind: str, by: str, given: Mapping[str, Any], channel: str = PHOTOS, *, replaces: str | None = None
    ) -> Sent:
        team = self.home_of(by)
        who = {"id": by, "team_id": self.people.get(by, {}).get("team_id", TEAM), "username": by.lower()}
        payload = {"type": kind, "user": who, "team": {"id": team}, "api_app_id": APP, **given, **self._install()}
        return await self._do("interactive", payload, team, channel, replaces=replaces)

    async def _do(
        self,
        kind: str,
        payload: dict[str, Any],
        team: str,
        channel: str = PHOTOS,
        *,
        retry: int = 0,
        replaces: str | None = None,
    ) -> Sent:
        sent = Sent(self.number("E"), time.monotonic(), team, channel)
        self.sent[sent.envelope] = sent
        if kind != "events_api":
            sent.trigger = f"trigger-{sent.envelope}"
            self.triggers.add(sent.trigger)
            payload = {**payload, "trigger_id": sent.trigger}
            home = payload.get("container", {}).get("type") == "view"
            if payload.get("type") not in ("view_submission", "block_suggestion") and not home:
                suffix = f"?replaces={replaces}" if replaces else ""
                payload["response_url"] = f"{self.http}/respond/{sent.envelope}{suffix}"
        if self.endpoint:
            await self._by_http(kind, payload, sent)
        else:
            envelope = {"type": kind, "envelope_id": sent.envelope, "payload": payload, "retry_attempt": retry}
            await self.sockets[-1].send_json({**envelope, "accepts_response_payload": True})
        return sent

    async def _by_http(self, kind: str, payload: dict[str, Any], sent: Sent) -> None:
        body, content_type = json.dumps(payload), "application/json"
        if kind != "events_api":
            content_type = "application/x-www-form-urlencoded"
            body = urlencode(payload if kind == "slash_commands" else {"payload": body})
        headers = {**self.signed(body), "Content-Type": content_type}
        async with (
            aiohttp.ClientSession() as session,
            session.post(str(self.endpoint), data=body, headers=headers) as answer,
        ):
            assert answer.status == 200, await answer.text()
            await self.acknowledged(sent, await answer.json() if answer.content_type == "application/json" else None)

    async def acknowledged(self, sent: Sent, payload: Any) -> None:
        """Take the bot's acknowledgement."""
        sent.acknowledged_s, sent.payload = time.monotonic() - sent.began, payload
        if payload and payload.get("response_action") == "update":
            self.problems += [f"update: {problem}" for problem in view_problems(payload["view"])]
        await self.tell()
