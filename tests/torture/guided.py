"""Tries one reader with bytes that libFuzzer makes up: it keeps what reaches code that nothing before it had reached.

PYTHONHASHSEED=0 python -m tests.torture.guided NAME FOLDER --inputs N --seed S
PYTHONHASHSEED=0 python -m tests.torture.guided NAME FOLDER --again HEX

libFuzzer (https://llvm.org/docs/LibFuzzer.html) comes by way of atheris. The bytes stand for every choice of the
inventor, so that a change of a few is another choice here and there; or they are a text as they are.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.torture.fuzz_parsers import Target

LONGEST = 512  # bytes: more of them reach nothing new, and take long
BEGINNINGS, BEGINNING = 64, 300  # inputs of chance to begin with, and their bytes


class Choices(random.Random):
    """Chance that is taken from bytes; after their end it goes on in one way that is always the same."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._data, self._at = data, 0

    def getrandbits(self, k: int, /) -> int:
        count = (k + 7) // 8
        taken = self._data[self._at : self._at + count]
        self._at += count
        return int.from_bytes(taken) & (1 << k) - 1 if len(taken) == count else super().getrandbits(k)

    def random(self) -> float:
        return self.getrandbits(16) / 2**16


def made(target: Target, data: bytes) -> Any:
    """Return the input that bytes stand for."""
    from tests.torture.inventing import Inventor  # by now it is watched what it leads to

    if target.invent is Inventor.text and data[:1] < b"\x80":
        return data[1:].decode(errors="replace")
    return target.invent(Inventor(Choices(data[1:]), target.words))


def main(arguments: Sequence[str] | None = None) -> None:
    """Try it; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=bytes.fromhex, metavar="HEX")
    given = parser.parse_args(arguments)
    import atheris  # only where this is run: `make torture` installs it

    with atheris.instrument_imports(include=["bot", "core"]):
        from tests.torture.guiding import RESULT
        from tests.torture.trying import opened
    with tempfile.TemporaryDirectory() as work, opened(Path(work), [given.name]) as [one]:

        def try_with(data: bytes) -> None:
            known = len(one.tried.faults)
            if one.tried.inputs < given.inputs:
                one.try_with(made(one.target, data), data.hex())
                if one.tried.inputs == given.inputs or len(one.tried.faults) > known:  # it may end at any moment
                    (given.folder / RESULT).write_text(json.dumps(asdict(one.tried)), encoding="utf-8")

        if given.again is not None:
            one.try_with(made(one.target, given.again), given.again.hex())
            sys.exit("\n".join(one.tried.faults) or None)
        one.remembered()
        # libFuzzer counts what it begins with otherwise; what is beyond the inputs asked for is not tried
        options = [f"-runs={given.inputs + 1000}", f"-seed={given.seed}", f"-max_len={LONGEST}", "-len_control=0"]
        options += ["-timeout=120", "-rss_limit_mb=8192", f"-artifact_prefix={given.folder}/"]
        options += [f"-dict={_dictionary(given.folder, one.target.words)}"] if one.target.words else []
        atheris.Setup([sys.argv[0], *options, str(_beginnings(given.folder, given.seed))], try_with)
        atheris.Fuzz()


def _beginnings(folder: Path, seed: int) -> Path:
    corpus, chance = folder / "corpus", random.Random(seed)
    corpus.mkdir()
    for number in range(BEGINNINGS):
        (corpus / str(number)).write_bytes(chance.randbytes(BEGINNING))
    return corpus


def _dictionary(folder: Path, words: Sequence[str]) -> Path:
    """Write the words of the reader's language as libFuzzer reads them."""
    path = folder / "words.dict"
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode(errors="replace")) for word in words if word)
    path.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
    return path


if __name__ == "__main__":
    main()
