"""That a copy is written over nothing that somebody still needs.

A copy says of itself which library it is one of, and, once it is whole, what it held then. As long as it holds the
same, nobody has worked with it, and it may be brought up to date. The same holds for where the source itself was once
copied from: if that still is what it was, nothing is lost by moving back.
"""

from __future__ import annotations

import json

from core.moving.copying import contents_of
from core.moving.values import CantMove
from core.store.raw import COPIED, COPYING, Head, Raw

CREATED_AT = "created_at"  # a fact that every library is given when it is made


async def check_target(source: Raw, target: Raw, where: str) -> None:
    """Raise CantMove where the target holds what moving would undo; `where` names it."""
    own, standing = await source.head(), await target.head()
    library = library_of(own)
    begun = standing.own.get(COPYING)
    if begun:
        if begun != library:
            raise CantMove(
                "Another library is being moved to {where}. Finish that, or say --replace to write over it.",
                where=where,
            )
        return
    contents = await contents_of(target)
    if contents.is_empty:
        return
    ours = [checksum for name, checksum in (_copied(standing), _copied(own)) if name == library]
    if contents.checksum not in ours:
        raise CantMove(
            "There is a library in {where} already that is no copy of this one, or was changed since it was made. "
            "Say --replace to write over it all the same: what it holds is lost then.",
            where=where,
        )


def library_of(head: Head) -> str:
    """Return what tells a library from others, wherever it is kept."""
    return head.facts.get(CREATED_AT, "") or "unknown"


def copied_fact(head: Head, checksum: str) -> str:
    """Return what a whole copy says of itself."""
    return json.dumps([library_of(head), checksum])


def _copied(head: Head) -> tuple[str, str]:
    library, checksum = json.loads(head.own.get(COPIED) or '["", ""]')
    return str(library), str(checksum)
