"""What the page itself says, in the reader's language; the rest comes in replies."""

from __future__ import annotations

from collections.abc import Mapping

from bot.catalogue import Words, mark
from bot.commands import MESSAGE_COMMANDS

PHRASES = {
    "intro": mark("Say what you look for."),
    "intro_more": mark(
        "Or drop a picture in, and get those that are like it. Every photo carries its photographer's credit."
    ),
    "placeholder": mark("sunset over ocean, or / for commands"),
    "send": mark("Send"),
    "attach": mark("Attach a picture"),
    "drop": mark("Drop the picture here"),
    "remove_picture": mark("Remove this picture"),
    "copy": mark("Copy"),
    "copied": mark("Copied"),
    "close": mark("Close"),
    "save": mark("Save"),
    "conversation": mark("Conversation"),
    "your_message": mark("Your message"),
    "you": mark("You"),
    "posted": mark("Posted to the channel"),
    "offline": mark("The connection is gone. I am trying again."),
    "clear": mark("Clear the conversation"),
    "link": mark("Link to this result"),
    "no_picture": mark("The picture is not here"),
    "too_large": mark("This picture is too large. At most 64 MB are taken."),
}


def phrases_for(words: Words) -> Mapping[str, str]:
    """Return what the page says, by key."""
    said = {key: words.say(message) for key, message in PHRASES.items()}
    return said | {f"menu_{menu.command}": words.named("menu", menu.name) for menu in MESSAGE_COMMANDS}
