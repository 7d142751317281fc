"""What is remembered is right after every change."""

from __future__ import annotations

import asyncio

from core.remembering import Remembered


class Source:
    """Something with a version, and an answer that is made of it."""

    def __init__(self) -> None:
        self.at = 1
        self.made = 0

    async def version(self) -> int:
        return self.at

    async def make(self) -> str:
        self.made += 1
        return f"answer of {self.at}"


async def test_an_answer_is_made_once_until_something_changes() -> None:
    source = Source()
    answers: Remembered[str] = Remembered(source.version, 10)
    assert [await answers.get("a", source.make) for _ in range(3)] == ["answer of 1"] * 3
    assert (source.made, await answers.known("a"), await answers.known("b")) == (1, "answer of 1", None)
    source.at = 2
    assert await answers.known("a") is None
    assert await answers.get("a", source.make) == "answer of 2"


async def test_an_answer_that_a_change_overtook_is_not_kept() -> None:
    source, begun = Source(), asyncio.Event()
    answers: Remembered[str] = Remembered(source.version, 10)

    async def slowly() -> str:
        answer = await source.make()
        begun.set()
        await asyncio.sleep(0.02)
        return answer

    asked = asyncio.create_task(answers.get("a", slowly))
    await begun.wait()
    source.at = 2
    await answers.get("b", source.make)
    assert await asked == "answer of 1"
    assert await answers.known("a") is None


async def test_those_that_were_not_asked_for_lately_are_forgotten_first() -> None:
    source = Source()
    answers: Remembered[str] = Remembered(source.version, 5, size=lambda _: 2)
    for key in ("a", "b", "a", "c"):
        await answers.get(key, source.make)
    assert [await answers.known(key) is not None for key in ("a", "b", "c")] == [True, False, True]


async def test_what_is_too_large_or_not_worth_it_is_not_kept() -> None:
    source = Source()
    answers: Remembered[str] = Remembered(source.version, 5, size=len)
    assert await answers.get("a", source.make) == "answer of 1"
    assert await answers.known("a") is None
    some: Remembered[str] = Remembered(source.version, 5)
    await some.get("a", source.make, worth=lambda answer: answer.endswith("2"))
    assert await some.known("a") is None
