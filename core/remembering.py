"""Answers that hold until something is written: asked for once, and right after every change, by whatever process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """The answers that were last asked for of something that has a version.

    The version is asked before an answer is made. So what is written meanwhile makes an answer newer than its version,
    never older.
    """

    def __init__(
        self, version: Callable[[], Awaitable[int]], most: int, *, size: Callable[[Value], int] = lambda _: 1
    ) -> None:
        """Keep answers whose sizes add up to `most`."""
        self._version = version
        self._most = most
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._held = 0  # the sizes of all
        self._at: int | None = None  # the version that they are of

    async def known(self, key: Hashable) -> Value | None:
        """Return the answer, where it is remembered and still right."""
        await self._current()
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    async def get(
        self,
        key: Hashable,
        make: Callable[[], Awaitable[Value]],
        *,
        worth: Callable[[Value], bool] = lambda _: True,
    ) -> Value:
        """Return the answer, made where it is not remembered; one that is not `worth` it is not kept."""
        version = await self._current()
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = await make()
        if version == self._at and key not in self._values and worth(value):
            self._values[key] = value
            self._held += self._size(value)
            while self._held > self._most:
                self._held -= self._size(self._values.popitem(last=False)[1])
        return value

    async def _current(self) -> int:
        version = await self._version()
        if version != self._at:
            self._values.clear()
            self._held, self._at = 0, version
        return version
