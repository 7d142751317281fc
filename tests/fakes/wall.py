"""A chat that shows what it is sent, and remembers it."""

from __future__ import annotations

from bot.replies import Reply


class Wall:
    """An outlet of boards."""

    def __init__(self) -> None:
        self.drawn: list[Reply] = []
        self.posted: list[Reply] = []
        self.forgotten: list[str] = []

    async def repaint(self, place: str, reply: Reply, language: str) -> bool:
        self.drawn.append(reply)
        return True

    async def post(self, workspace: str, channel: str, reply: Reply, language: str) -> bool:
        self.posted.append(reply)
        return True

    def waiting(self, person: str) -> int:
        return 0

    async def forget(self, person: str) -> None:
        self.forgotten.append(person)
