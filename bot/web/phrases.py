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
    "attach": mark("Attach a picture or a text"),
    "drop": mark("Drop the picture here"),
    "remove_picture": mark("Remove this picture"),
    "remove_file": mark("Remove this file"),
    "copy": mark("Copy"),
    "copied": mark("Copied"),
    "close": mark("Close"),
    "save": mark("Save"),
    "conversation": mark("Conversation"),
    "your_message": mark("Your message"),
    "you": mark("You"),
    "your_name": mark("Your name"),
    "your_name_hint": mark("As others see it on boards and beside what you post"),
    "posted": mark("Posted to the channel"),
    "offline": mark("The connection is gone. I am trying again."),
    "clear": mark("Clear"),
    "clear_all": mark("Clear the conversation"),
    "leave": mark("Log out"),
    "link": mark("Link to this result"),
    "no_picture": mark("The picture is not here"),
    "too_large": mark("This picture is too large. At most 64 MB are taken."),
}

BOARDS = {
    "boards": mark("Boards"),
    "to_talk": mark("Chat"),
    "open_board": mark("Open the board"),
    "new_board": mark("Name of a new board"),
    "make_board": mark("Make a board"),
    "no_boards": mark("There is no board yet. Give one a name, and it is there."),
    "board_gone": mark("This board is not here any more."),
    "change_lost": mark("The connection was gone. Your last change may be lost."),
    "credits_of": mark("Credits ({n})"),
    "file_gone": mark("not kept any more; ask for it again"),
    "find_for_board": mark("Find photos for this board…"),
    "find_for_section": mark("Find photos"),
    "suggest": mark("Find"),
    "suggestions": mark("Photos that fit"),
    "pin_it": mark("Put it on the board"),
    "vote_now": mark("Vote one by one"),
    "all_voted": mark("You have voted on every photo."),
    "decide": mark("Decide…"),
    "decide_numbers": mark("Numbers, or empty: those that lead"),
    "why": mark("Why these"),
    "export_as": mark("Export as…"),
    "add_section": mark("Add a section"),
    "more": mark("More"),
    "history": mark("History"),
    "undo": mark("Undo my last change"),
    "rename": mark("Rename…"),
    "name": mark("What it is called"),
    "secret_votes": mark("Make votes secret"),
    "open_votes": mark("Make votes open"),
    "outliers": mark("What does not fit?"),
    "gaps": mark("What is missing?"),
    "share": mark("Show it in the chat"),
    "share_with": mark("Share with another chat…"),
    "archive": mark("Put it in the archive"),
    "unarchive": mark("Take it out of the archive"),
    "delete": mark("Delete…"),
    "title": mark("Its title"),
    "wish": mark("What is looked for here"),
    "edit_title": mark("Change the title"),
    "remove_section": mark("Remove the section"),
    "empty_board": mark("Nothing is on this board yet. Look for photos above, or drop pictures here."),
    "empty_section": mark("Nothing stands here yet. Drag photos here, or look for some."),
    "looks_for": mark("Looked for: {wish}"),
    "section": mark("Section"),
    "no_section": mark("Without a section"),
    "note": mark("Note"),
    "remove_pin": mark("Take it off the board"),
    "votes": mark("Votes"),
    "vote_up": mark("Yes"),
    "vote_one": mark("The one"),
    "vote_down": mark("No"),
    "picked": mark("picked"),
    "gone": mark("not in the library any more"),
    "on_board": mark("Number {number} on “{name}”"),
    "palette": mark("Colours of the board"),
    "pin_help": mark(
        "Enter shows it large, arrow keys lead to others. Space lifts it, arrow keys then carry it, and Space puts it "
        "down. N writes a note, U votes yes, D no, O the one; Delete takes it off."
    ),
    "lifted": mark("Photo {number} is lifted. Arrow keys carry it, Space puts it down, Escape puts it back."),
    "moved_to": mark("Photo {number}: place {place} of {of}, {section}"),
    "dropped": mark("Photo {number} is put down."),
    "put_back": mark("Photo {number} is back in its place."),
}


def phrases_for(words: Words) -> Mapping[str, str]:
    """Return what the page says, by key."""
    said = {key: words.say(message) for key, message in {**PHRASES, **BOARDS}.items()}
    return said | {f"menu_{menu.command}": words.named("menu", menu.name) for menu in MESSAGE_COMMANDS}
