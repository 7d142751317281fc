"""How the Slack on this machine answers its Web API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_grants import APP, BOTS
from tests.fakes.slack_schema import message_problems, view_problems, walk

if TYPE_CHECKING:
    from tests.fakes.slack_world import World

READY_AFTER = 1  # times that a new picture is looked at before it can be shown

Args = Mapping[str, Any]
Result = dict[str, Any]


def refused(error: str) -> Result:
    """Return a refusal."""
    return {"ok": False, "error": error}


def answer_call(slack: World, method: str, args: Args, team: str) -> Result:
    """Answer one call of a method, made with the token of a workspace."""
    answer = METHODS.get(method)
    return answer(slack, args, team) if answer else refused("unknown_method")


def check_message(slack: World, where: str, body: Args, team: str) -> str | None:
    """Note what is wrong with a message; return why it is refused."""
    found = message_problems(body)
    slack.problems += [f"{where}: {problem}" for problem in found]
    ids = [part["slack_file"]["id"] for part in walk(body.get("blocks") or []) if "slack_file" in part]
    if where == "chat.postEphemeral" or body.get("response_type") == "ephemeral":
        hidden = [one for one in ids if not str(slack.files.get(one, {}).get("shared") or "").startswith("D")]
        slack.problems += [f"{where}: {one} was shared with nobody who sees it" for one in hidden]
    ready = all(slack.knows(team, one) for one in ids)
    return "invalid_blocks" if found or not ready else None


def _auth_test(slack: World, args: Args, team: str) -> Result:
    me = {"user": "moda", "user_id": BOTS[team], "bot_id": "B0BOT"}
    return {"ok": True, "url": slack.http, "team": "Team", "team_id": team, **me, **slack.me}


def _bot_info(slack: World, args: Args, team: str) -> Result:
    return {"ok": True, "bot": {"id": args["bot"], "app_id": APP}}


def _post(slack: World, args: Args, team: str) -> Result:
    channel = slack.direct.get(args["channel"], args["channel"])
    if channel in slack.closed:
        return refused("not_in_channel")
    if error := check_message(slack, "chat.postMessage", args, team):
        return refused(error)
    message = slack.keep({**args, "channel": channel, "team": team})
    return {"ok": True, "channel": channel, "ts": message["ts"], "message": message}


def _post_ephemeral(slack: World, args: Args, team: str) -> Result:
    if args["channel"] in slack.closed:
        return refused("not_in_channel")
    if error := check_message(slack, "chat.postEphemeral", args, team):
        return refused(error)
    return {"ok": True, "message_ts": slack.keep({**args, "only": args["user"], "team": team})["ts"]}


def _update(slack: World, args: Args, team: str) -> Result:
    message = slack.messages.get(args["ts"])
    if message is None or message["team"] != team:
        return refused("message_not_found")
    if error := check_message(slack, "chat.update", args, team):
        return refused(error)
    message |= {**args, "edits": message.get("edits", 0) + 1}
    return {"ok": True, "ts": args["ts"], "channel": args["channel"]}


def _delete(slack: World, args: Args, team: str) -> Result:
    return {"ok": True} if slack.messages.pop(args["ts"], None) else refused("message_not_found")


def _open_view(slack: World, args: Args, team: str) -> Result:
    if args["trigger_id"] not in slack.triggers:
        return refused("expired_trigger_id")
    slack.triggers.remove(args["trigger_id"])
    return _keep_view(slack, args["view"], "views.open", {"opened_by": args["trigger_id"]})


def _update_view(slack: World, args: Args, team: str) -> Result:
    view = slack.views.get(args["view_id"])
    return _keep_view(slack, args["view"], "views.update", view) if view else refused("not_found")


def _keep_view(slack: World, view: dict[str, Any], where: str, known: Mapping[str, Any]) -> Result:
    found = view_problems(view)
    slack.problems += [f"{where}: {problem}" for problem in found]
    if found:
        return refused("invalid_arguments")
    number = known.get("id") or slack.number("V")
    slack.views[number] = {"opened_by": known.get("opened_by"), **view, "id": number}
    return {"ok": True, "view": {"id": number}}


def _publish(slack: World, args: Args, team: str) -> Result:
    found = view_problems(args["view"])
    slack.problems += [f"views.publish: {problem}" for problem in found]
    slack.homes[args["user_id"]] = args["view"]
    return refused("invalid_arguments") if found else {"ok": True}


def _get_upload(slack: World, args: Args, team: str) -> Result:
    number = slack.number("F0FILE")
    file = {"id": number, "name": args["filename"], "size": int(args["length"]), "mimetype": "", "team": team}
    slack.files[number] = {**file, "alt": args.get("alt_txt", "")}
    return {"ok": True, "upload_url": f"{slack.http}/upload/{number}", "file_id": number}


def _complete_upload(slack: World, args: Args, team: str) -> Result:
    for one in args["files"]:
        file = slack.files.get(one["id"])
        if file is None or file["id"] not in slack.store or file["team"] != team:
            return refused("file_not_found")
        if len(slack.store[file["id"]]) != file["size"]:
            slack.problems.append("an upload of another length than was said")
        file |= {"looks": 0, "shared": args.get("channel_id"), "thread": args.get("thread_ts")}
        file["comment"] = args.get("initial_comment", "")
        if args.get("channel_id") in slack.closed:
            return refused("not_in_channel")
    return {"ok": True, "files": [dict(slack.files[one["id"]]) for one in args["files"]]}


def _file_info(slack: World, args: Args, team: str) -> Result:
    file = slack.files.get(args["file"])
    if file is None or file["team"] != team:
        return refused("file_not_found")
    if "looks" in file:
        file["looks"] += 1
        if file["looks"] > READY_AFTER:
            file["mimetype"] = "image/jpeg"
    return {"ok": True, "file": dict(file)}


def _open_conversation(slack: World, args: Args, team: str) -> Result:
    return {"ok": True, "channel": {"id": slack.direct.setdefault(args["users"], f"D{args['users']}")}}


def _user_info(slack: World, args: Args, team: str) -> Result:
    person = slack.people.get(args["user"])
    seen = person is not None and person["team_id"] not in set(BOTS) - {team}  # guests of others are seen
    return {"ok": True, "user": person} if seen else refused("user_not_found")


def _open_connection(slack: World, args: Args, team: str) -> Result:
    return {"ok": True, "url": f"{slack.http.replace('http', 'ws')}/socket/{next(slack.numbers)}"}


METHODS: Mapping[str, Callable[[Any, Args, str], Result]] = {
    "auth.test": _auth_test,
    "bots.info": _bot_info,
    "chat.postMessage": _post,
    "chat.postEphemeral": _post_ephemeral,
    "chat.update": _update,
    "chat.delete": _delete,
    "views.open": _open_view,
    "views.update": _update_view,
    "views.publish": _publish,
    "files.getUploadURLExternal": _get_upload,
    "files.completeUploadExternal": _complete_upload,
    "files.info": _file_info,
    "conversations.open": _open_conversation,
    "users.info": _user_info,
    "apps.connections.open": _open_connection,
}
