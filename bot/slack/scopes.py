"""What ModaCLIP may do in a workspace: the permissions that it asks Slack for, each with what it is for.

They stand in the code, too, since a program that was installed has no manifest beside it. A test keeps both the same.
"""

from __future__ import annotations

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {
    "app_mentions:read": "to be told where it is mentioned",
    "chat:write": "to answer, and to keep boards' messages up to date",
    "chat:write.public": "to post where somebody asks for that, without being invited first",
    "commands": "slash commands and shortcuts",
    "files:read": "to read pictures that people send to it",
    "files:write": "to show photos of your library, and to send exports",
    "im:history": "to be told of direct messages",
    "im:write": "to send files, pictures of private answers, and answers to its own page, to who asked",
    "users:read": "name, language and rank of who asks",
}
