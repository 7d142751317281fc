"""How often wrong passwords were given, so that nobody can try many: by address, and in all.

Whoever is wrong waits before the next try, longer each time, and is told so at once: nothing is kept open meanwhile,
and nobody waits for anybody else. In all, only so many tries are wrong a minute, from however many addresses. What is
remembered is bounded. Who is let in already, and the link that the program prints, need no password.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

FREE = 3  # wrong tries of an address before it waits
LONGEST_S = 60.0
FORGOTTEN_S = 3600.0  # after its last wrong try an address begins anew
MOST_ADDRESSES = 2000
IN_ALL = 60  # wrong tries at once, of all addresses; one more each second


class Tries:
    """The wrong tries of late. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()  # by address: how many, and when the last was
        self._all, self._at = 0.0, clock()  # wrong tries that count in all, at a time

    def wait_s(self, address: str) -> float:
        """Return for how many seconds an address must wait before its next try; 0 where it need not."""
        now = self._clock()
        count, last = self._wrong.get(_block(address), (0, 0.0))
        own_s = last + min(LONGEST_S, 2.0 ** (count - FREE)) - now if count >= FREE else 0.0
        return max(0.0, own_s, self._in_all(now) - (IN_ALL - 1))

    def fail(self, address: str) -> None:
        """Count a wrong try."""
        now, block = self._clock(), _block(address)
        count, last = self._wrong.pop(block, (0, now))
        self._wrong[block] = (1 if now - last > FORGOTTEN_S else min(count + 1, 100), now)
        while len(self._wrong) > MOST_ADDRESSES:
            self._wrong.popitem(last=False)
        self._all, self._at = self._in_all(now) + 1, now

    def succeed(self, address: str) -> None:
        """Forget the wrong tries of an address."""
        self._wrong.pop(_block(address), None)

    def _in_all(self, now: float) -> float:
        return max(0.0, self._all - (now - self._at))


def _block(address: str) -> str:
    """Return what counts as one address: of IPv6 the network that one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
