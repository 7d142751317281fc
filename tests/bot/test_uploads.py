"""Pictures that wait for their forms: for a quarter of an hour, and no one person's in everybody's way."""

from __future__ import annotations

import pytest

from bot.refusals import Refused
from bot.requests import Upload
from bot.uploads import MOST_OF_PERSON, MOST_WAITING, WAITING_S, Uploads
from core.fetch import FetchOptions
from core.images import ImageLimits
from tests.bot.teams import request
from tests.fakes.clock import Clock


async def read() -> bytes:
    return b"picture"


PICTURES = (Upload("a.jpg", None, read),)


def uploads_of(clock: Clock) -> Uploads:
    return Uploads(ImageLimits(), FetchOptions(), clock=clock)


def test_pictures_wait_for_a_quarter_of_an_hour() -> None:
    uploads = uploads_of(clock := Clock())
    token = uploads.wait(request(person="ann"), PICTURES)
    late = uploads.wait(request(person="ann"), PICTURES)
    assert uploads.take(request(person="ann"), token) == PICTURES
    clock.now += WAITING_S + 1
    with pytest.raises(Refused, match="did not wait"):
        uploads.take(request(person="ann"), late)


def test_who_opens_many_forms_loses_their_first_and_nobody_else_s() -> None:
    uploads = uploads_of(Clock())
    other = uploads.wait(request(person="bob"), PICTURES)
    tokens = [uploads.wait(request(person="ann"), PICTURES) for _ in range(MOST_OF_PERSON + 1)]
    with pytest.raises(Refused):
        uploads.take(request(person="ann"), tokens[0])
    assert uploads.take(request(person="ann"), tokens[1]) == uploads.take(request(person="bob"), other) == PICTURES


def test_one_person_s_forms_leave_room_for_others() -> None:
    uploads = uploads_of(Clock())
    for _ in range(MOST_WAITING + 1):
        uploads.wait(request(person="ann"), PICTURES)
    assert uploads.take(request(person="bob"), uploads.wait(request(person="bob"), PICTURES)) == PICTURES


def test_when_all_is_full_it_is_said_so_until_the_first_have_waited_too_long() -> None:
    uploads = uploads_of(clock := Clock())
    for number in range(MOST_WAITING):
        uploads.wait(request(person=f"p{number}"), PICTURES)
    with pytest.raises(Refused, match="Too many pictures"):
        uploads.wait(request(person="ann"), PICTURES)
    clock.now += WAITING_S + 1
    assert uploads.take(request(person="ann"), uploads.wait(request(person="ann"), PICTURES)) == PICTURES
