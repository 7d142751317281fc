"""Invents odd inputs out of chance: texts, records of JSON, files. The same chance invents the same again."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from typing import Any

from tests.torture.strings import STRINGS

ALPHABETS: Sequence[str] = (
    string.ascii_lowercase,
    string.digits + "٣४៣²½Ⅷ①",
    " \t\n\r\x0b\x0c\x85\u2028\u00a0\u3000",
    "\"'“”„‟«»＂`´",
    "-‐–—−－+*/\\|^~<>=≤≥＝:：;,.!?@#$%&()[]{}_",
    "\x00\x01\x07\x1b\x7f\x9b\u200b\u200d\u202e\u2066\ufeff\ufffe\U000e0061",
    "äßİıﬁΣςée\u0301漢字かな한글עבא\u0e33😀👩‍👩‍👧\U0001f1e9",
    "\ud800\udfff\ud83d",
)
NUMBERS: Sequence[object] = (
    0,
    -1,
    1,
    2,
    9,
    10**6,
    2**31,
    2**53,
    2**63,
    2**64,
    -(2**63),
    10**40,
    0.5,
    -0.0,
    1e308,
    1e-320,
)
VALUES: Sequence[object] = (None, True, False, "", [], {}, *NUMBERS)
LONGEST = 3000  # characters of a text that is made by repeating


class Inventor:
    """Makes inputs up. `words` are those of the language that is being tried."""

    def __init__(self, chance: random.Random, words: Sequence[str] = ()) -> None:
        self.chance = chance
        self._words = words

    def text(self) -> str:
        """Return a text: remembered, put together of words, changed, or of any letters."""
        kind = self.chance.random()
        if kind < 0.45 and self._words:
            return self._joined()
        if kind < 0.7:
            return self._changed(self.chance.choice(STRINGS))
        if kind < 0.8 and self._words:
            return self._changed(self._joined())
        if kind < 0.97:
            return "".join(self.letter() for _ in range(self.chance.randint(0, 24)))
        part = self.chance.choice([self.letter(), *self._words[:40], self._joined()[:10]])
        return (part * (LONGEST // max(len(part), 1)))[: self.chance.randint(1, LONGEST)]

    def letter(self) -> str:
        """Return any one letter."""
        if self.chance.random() < 0.05:
            return chr(self.chance.randrange(0x110000))
        return self.chance.choice(self.chance.choice(ALPHABETS))

    def value(self, depth: int = 3) -> Any:
        """Return anything that JSON may hold."""
        kind = self.chance.random()
        if kind < 0.4 or depth == 0:
            return self.text()
        if kind < 0.7:
            return self.chance.choice(VALUES)
        if kind < 0.85:
            return [self.value(depth - 1) for _ in range(self.chance.randint(0, 3))]
        return {self.text(): self.value(depth - 1) for _ in range(self.chance.randint(0, 3))}

    def changed(self, record: Any, times: int | None = None) -> Any:
        """Return a copy of a record in which a few places hold something else, or nothing any more."""
        for _ in range(self.chance.choice((0, 1, 1, 1, 2, 3)) if times is None else times):
            record = self._changed_once(record)
        return record

    def _changed_once(self, record: Any) -> Any:
        if isinstance(record, dict) and record and self.chance.random() < 0.9:
            name = self.chance.choice(list(record))
            kind = self.chance.random()
            if kind < 0.12:
                return {key: value for key, value in record.items() if key != name}
            if kind < 0.16:
                return {**record, self.text(): self.value(1)}
            return {**record, name: self._changed_once(record[name])}
        if isinstance(record, list) and record and self.chance.random() < 0.85:
            place = self.chance.randrange(len(record))
            kind = self.chance.random()
            if kind < 0.15:
                return record[:place] + record[place + 1 :]
            if kind < 0.25:
                return record[:place] + [record[place]] * 2 + record[place + 1 :]
            return [*record[:place], self._changed_once(record[place]), *record[place + 1 :]]
        if isinstance(record, str) and self.chance.random() < 0.4:
            return self._changed(record)
        return self.value(2)

    def data(self, seed: bytes) -> bytes:
        """Return bytes that were others before: some changed, lost, doubled, or cut off."""
        data = bytearray(seed)
        for _ in range(self.chance.choice((1, 1, 2, 3, 8))):
            if not data:
                break
            at = self.chance.randrange(len(data))
            kind = self.chance.random()
            if kind < 0.45:
                data[at] = self.chance.choice((0, 1, 0x7F, 0x80, 0xFF, self.chance.randrange(256)))
            elif kind < 0.6:
                del data[at : at + self.chance.randint(1, 16)]
            elif kind < 0.75:
                data[at:at] = data[at : at + self.chance.randint(1, 32)]
            elif kind < 0.9:
                data[at:at] = self.text().encode("utf-8", "surrogatepass")[:64]
            else:
                del data[at:]
        return bytes(data)

    def _joined(self) -> str:
        between = self.chance.choice((" ", " ", "", ":", '"'))
        return between.join(self.chance.choice(self._words or ("a",)) for _ in range(self.chance.randint(1, 7)))

    def _changed(self, text: str) -> str:
        for _ in range(self.chance.randint(0, 3)):
            at = self.chance.randint(0, len(text))
            kind = self.chance.random()
            if kind < 0.4:
                text = text[:at] + self.letter() + text[at:]
            elif kind < 0.7:
                text = text[:at] + text[at + self.chance.randint(1, 5) :]
            else:
                text = text[:at] + text[at // 2 : at] + text[at:]
        return text[:LONGEST]
