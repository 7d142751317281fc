"""What the bot's own tables hold about one person: counted, and forgotten."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from core.store.database import Database

# What goes when somebody asks to be forgotten, with the person for every `?`.
_OF_THE_PERSON = (
    "DELETE FROM results WHERE owner = ?",
    "DELETE FROM people WHERE person = ?",
    "DELETE FROM entries WHERE person = ?",
    # a board's message is the team's: it is drawn anew, and nobody's from then on
    "DELETE FROM entries WHERE author = ? AND CAST(n AS text) NOT IN "
    "(SELECT place FROM board_posts WHERE chat = 'web')",
    "UPDATE entries SET author = '' WHERE author = ?",
    "UPDATE board_links SET joined_by = '' WHERE joined_by = ?",
)
# The same, with the workspace for every `?` that is this person's alone.
_OF_THEIR_WORKSPACE = (
    "DELETE FROM results WHERE workspace = ?",
    "DELETE FROM settings WHERE workspace = ?",
    "DELETE FROM board_posts WHERE workspace = ?",
    "DELETE FROM board_watches WHERE workspace = ?",
    "DELETE FROM board_links WHERE workspace = ? OR home = ?",
    "DELETE FROM board_codes WHERE home = ?",
    "DELETE FROM leases WHERE name LIKE 'news:' || ? || ':%'",
)


class People:
    """Everybody, in the bot's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, person: str) -> Mapping[str, int]:
        """Return how much there is of a person, by what it is."""
        row = await self._database.row(
            "SELECT (SELECT count(*) FROM results WHERE owner = ?), "
            "(SELECT count(*) FROM entries WHERE person = ? OR author = ?), "
            "(SELECT count(*) FROM people WHERE person = ?), "
            "(SELECT count(*) FROM sessions WHERE person = ?), "
            "(SELECT count(*) FROM board_links WHERE joined_by = ?)",
            (person,) * 6,
        )
        return dict(zip(("results", "entries", "names", "sessions", "links"), row or (0,) * 5, strict=True))

    async def forget(self, person: str, own_workspace: str) -> None:
        """Delete all there is of a person, and of the workspace that is theirs alone.

        Who is logged in to the web chat stays so, as somebody else of whom nothing is known: nobody could send them a
        new link.
        """
        async with self._database.transaction() as transaction:
            for statements, whose in ((_OF_THE_PERSON, person), (_OF_THEIR_WORKSPACE, own_workspace)):
                for sql in statements:
                    await transaction.execute(sql, (whose,) * sql.count("?"))
            await transaction.execute("UPDATE sessions SET person = ? WHERE person = ?", (new_guest(), person))

    async def forget_unreachable(self) -> int:
        """Delete names and conversations of those who have no session any more, so nobody can read them."""
        async with self._database.transaction() as transaction:
            names = await transaction.execute("DELETE FROM people WHERE person NOT IN (SELECT person FROM sessions)")
            return names + await transaction.execute(
                "DELETE FROM entries WHERE person <> '' AND person NOT IN (SELECT person FROM sessions)"
            )


def new_guest() -> str:
    """Return an id for somebody new in the web chat."""
    return f"web:{secrets.token_hex(8)}"
