"""The command with which who runs the bot forgets somebody who can't, or does not want to, ask in a chat."""

from __future__ import annotations

from dataclasses import asdict

from bot.app import open_desk
from bot.cli import FOUND, NOTHING, Context

SAID = {
    "results": "searches with their answers",
    "entries": "entries of the web chat",
    "names": "names given in the web chat",
    "sessions": "logins to the web chat",
    "links": "boards joined by their hand",
    "changes": "changes on boards",
    "own_photos": "photos of their own",
    "own_boards": "boards of their own",
    "unread": "libraries that could not be looked at",
}


async def run_forget(context: Context) -> int:
    """Show what is kept about a person; with --yes forget it."""
    person, sure = context.arguments.person, context.arguments.yes
    async with open_desk(context.settings, context.folder) as desk:
        kept = asdict(await (desk.privacy.forget(person) if sure else desk.privacy.kept(person)))
    there = {name: count for name, count in kept.items() if count and name in SAID}
    for name, count in there.items():
        context.out.print(f"{count:,} {SAID[name]}", markup=False)
    if not there:
        context.out.print(f"Nothing is kept about {person}.", markup=False)
        return NOTHING
    if sure:
        context.out.print(f"All this about {person} is forgotten; what they did on boards is nobody's.", markup=False)
    else:
        context.out.print("Run this again with --yes to forget it. With a SQLite store, stop the bot first.")
    return FOUND
