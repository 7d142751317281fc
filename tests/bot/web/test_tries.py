"""Wrong passwords: who gave them waits, nobody else does, and what is remembered is bounded."""

from __future__ import annotations

import pytest

from bot.web.tries import FORGOTTEN_S, FREE, IN_ALL, LONGEST_S, MOST_ADDRESSES, Tries


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tries(clock: Clock) -> Tries:
    return Tries(clock)


def fail(tries: Tries, address: str, times: int) -> None:
    for _ in range(times):
        tries.fail(address)


def test_a_slip_of_the_fingers_costs_nothing(tries: Tries) -> None:
    fail(tries, "192.0.2.1", FREE - 1)
    assert tries.wait_s("192.0.2.1") == 0


def test_an_address_waits_longer_with_each_wrong_try(tries: Tries) -> None:
    waits = []
    for _ in range(FREE + 10):
        tries.fail("192.0.2.1")
        waits.append(tries.wait_s("192.0.2.1"))
    assert waits[FREE - 1 : FREE + 3] == [1.0, 2.0, 4.0, 8.0] and waits[-1] == LONGEST_S


def test_nobody_else_waits_for_it(tries: Tries) -> None:
    fail(tries, "192.0.2.1", 20)
    assert tries.wait_s("192.0.2.2") == 0


def test_the_wait_passes(tries: Tries, clock: Clock) -> None:
    fail(tries, "192.0.2.1", FREE)
    clock.now += 1.0
    assert tries.wait_s("192.0.2.1") == 0


def test_the_right_password_makes_good(tries: Tries) -> None:
    fail(tries, "192.0.2.1", FREE + 5)
    tries.succeed("192.0.2.1")
    assert tries.wait_s("192.0.2.1") == 0


def test_an_hour_later_an_address_begins_anew(tries: Tries, clock: Clock) -> None:
    fail(tries, "192.0.2.1", FREE + 5)
    clock.now += FORGOTTEN_S + 1
    tries.fail("192.0.2.1")
    assert tries.wait_s("192.0.2.1") == 0


def test_the_addresses_of_one_ipv6_network_are_one(tries: Tries) -> None:
    for number in range(FREE):
        tries.fail(f"2001:db8:1:2::{number + 1:x}")
    assert tries.wait_s("2001:db8:1:2:ffff::1") > 0 and tries.wait_s("2001:db8:1:3::1") == 0


def test_many_addresses_together_are_slowed_to_one_try_a_second(tries: Tries, clock: Clock) -> None:
    for number in range(IN_ALL):
        assert tries.wait_s(f"10.0.0.{number}") == 0
        tries.fail(f"10.0.0.{number}")
    assert tries.wait_s("10.1.0.1") == 1.0
    clock.now += 1.0
    assert tries.wait_s("10.1.0.1") == 0


def test_what_is_remembered_is_bounded(tries: Tries) -> None:
    for number in range(MOST_ADDRESSES + 500):
        tries.fail(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert len(tries._wrong) == MOST_ADDRESSES


@pytest.mark.parametrize("address", ["", "unknown", "192.0.2.1, evil", "x" * 10_000, "fe80::1%eth0"])
def test_what_is_no_address_is_slowed_as_one(tries: Tries, address: str) -> None:
    fail(tries, address, FREE)
    assert tries.wait_s(address) > 0
