"""Files that are damaged at random: what a library answers is right, or says what it lacks, or is a clear error.

Then it is repaired, and what is left must be right, and what is lost be said. The library is asked in a process of its
own, which a damaged file must not bring down.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from tests.torture.frame import Ordeal, Outcome, Trial

ROOT = Path(__file__).parents[2]
PAGE = 4096  # bytes
PATIENCE_S = 60.0  # for one job
LIBRARY, INDEX, TABLES = "library/library.db", "library/index/graph", "state.db"
LOG = "library/library.db-wal"  # of a program that was killed
NEVER_CHANGED = ("pictures", "tabled", "table.csv")

Answers = dict[str, Any]
Damage = Callable[[Path, random.Random], str]  # done to a file; returns what it was


class Asked(AbstractContextManager["Asked"]):
    """The process that asks libraries. A new one is started where it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            with self._process as process:  # closes its pipes
                process.kill()

    def __enter__(self) -> Self:
        return self

    def do(self, what: str, folder: Path, **more: object) -> Answers:
        """Do a job; {"crash": …} where the process died, or said more than an error of the engine."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.torture.damaged_library"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps({"do": what, "folder": str(folder), **more}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            self._process = None
            return {"crash": f"the process died with status {process.wait(PATIENCE_S)}"}
        answers: Answers = json.loads(line)
        return answers


# Damages


def _flip_bit(file: Path, chance: random.Random) -> str:
    at, bit = chance.randrange(file.stat().st_size), chance.randrange(8)
    return _change(file, at, bytes([_read(file, at, 1)[0] ^ 1 << bit]), f"bit {bit} flipped")


def _flip_bytes(file: Path, chance: random.Random) -> str:
    count, at = chance.randint(1, 24), chance.randrange(file.stat().st_size)
    return _change(file, at, chance.randbytes(count), f"{count} bytes written over")


def _flip_text(file: Path, chance: random.Random) -> str:
    """Change one letter of something that people read: what no structure notices."""
    data = file.read_bytes()
    words = (b"Ana Paz", b"Rosa Lind", b"Edited", b"all rights", b"harbour", b"cc-by", b"note on", b"photo ", b"Board ")
    places = [i for word in words for i in _places(data, word)]
    at = chance.choice(places) + chance.randrange(5) if places else 0
    return _change(file, at, bytes([data[at] ^ 1 << chance.randrange(8)]), f"a letter of {data[at - 4 : at + 8]!r}")


def _zero_pages(file: Path, chance: random.Random) -> str:
    count = chance.choice((1, 1, 1, 3))
    page = chance.randrange(max(1, file.stat().st_size // PAGE))
    return _change(file, page * PAGE, bytes(count * PAGE), f"{count} pages zeroed")


def _garble_page(file: Path, chance: random.Random) -> str:
    page = chance.randrange(max(1, file.stat().st_size // PAGE))
    return _change(file, page * PAGE, chance.randbytes(PAGE), "a page written over")


def _swap_pages(file: Path, chance: random.Random) -> str:
    one, two = (chance.randrange(max(1, file.stat().st_size // PAGE)) * PAGE for _ in range(2))
    first, second = _read(file, one, PAGE), _read(file, two, PAGE)
    _change(file, one, second, "")
    return _change(file, two, first, f"swapped with the page at {one}")


def _cut(file: Path, chance: random.Random) -> str:
    size = chance.randrange(file.stat().st_size)
    os.truncate(file, size)
    return f"cut at {size}"


def _lengthen(file: Path, chance: random.Random) -> str:
    with file.open("ab") as end:
        end.write(chance.randbytes(chance.randint(1, 3 * PAGE)))
    return "garbage at its end"


def _remove(file: Path, _: random.Random) -> str:
    file.unlink()
    return "gone"


STRUCTURE: tuple[Damage, ...] = (_zero_pages, _garble_page, _cut)  # what tables without sums can notice
DAMAGES: Sequence[tuple[str, Damage, int]] = (  # file, damage, and how often
    (LIBRARY, _flip_bit, 24),
    (LIBRARY, _flip_bytes, 14),
    (LIBRARY, _flip_text, 18),
    (LIBRARY, _zero_pages, 10),
    (LIBRARY, _garble_page, 8),
    (LIBRARY, _swap_pages, 4),
    (LIBRARY, _cut, 5),
    (LIBRARY, _lengthen, 2),
    (LIBRARY, _remove, 1),
    (INDEX, _flip_bit, 4),
    (INDEX, _flip_bytes, 3),
    (INDEX, _cut, 3),
    (INDEX, _remove, 1),
    *((TABLES, damage, 2) for damage in STRUCTURE),
    *((LOG, damage, 2) for damage in (_flip_bit, _flip_bytes, _cut, _remove)),
)


def _change(file: Path, at: int, data: bytes, what: str) -> str:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(data)
    return f"{what} at {at}"


def _read(file: Path, at: int, count: int) -> bytes:
    with file.open("rb") as opened:
        opened.seek(at)
        return opened.read(count)


def _places(data: bytes, word: bytes) -> list[int]:
    places, at = [], data.find(word)
    while at >= 0:
        places.append(at)
        at = data.find(word, at + 1)
    return places


# What may be answered


def wrong_before(truth: Answers, told: Answers) -> list[str]:
    """Return what a damaged library answers that is neither right, nor says what it lacks, nor a clear error."""
    if "crash" in told:
        return [told["crash"]]
    wrong = [f"{name}: {answer}" for name, answer in told.items() if name.startswith("open") and not _clear(answer)]
    for name, right in truth.items():
        opened = "open tables" if name in ("results", "facts") else "open"
        if opened in told:
            continue
        answer = told.get(name)
        if answer != right and not _clear(answer) and not _lacks(right, answer):
            wrong.append(f"{name}: {_shown(answer)} instead of {_shown(right)}")
    return wrong


def wrong_after(truth: Answers, told: Answers, said: Sequence[str]) -> list[str]:
    """Return what a repaired library answers that is neither right nor said to be lost."""
    if "crash" in told:
        return [told["crash"]]
    text = "\n".join(said)
    if any(line.startswith("error: ") for line in said):
        return wrong_before(truth, told)
    wrong = [f"{name} after the repair: {answer}" for name, answer in told.items() if name.startswith("open")]
    for name, right in truth.items():
        answer = told.get(name)
        if answer != right and not _said_lost(name, right, answer, text):
            wrong.append(f"{name} after the repair: {_shown(answer)} instead of {_shown(right)}")
    return wrong


def wrong_of_log(truth: Answers, told: Answers, said: Answers) -> list[str]:
    """Return what is wrong where the last changes are lost: it must be all of them after one, and be said."""
    if crash := told.get("crash") or said.get("crash"):
        return [crash]
    if told == truth or "open" in told:
        return []
    wrong = [f"{name}: {answer}" for name, answer in told.items() if isinstance(answer, dict) and "error" in answer]
    return wrong + ([] if any("were lost with the file" in line for line in said["lines"]) else ["a loss in silence"])


def _clear(answer: Any) -> bool:
    """Tell whether an answer is an error that says what is the matter and what to do."""
    kinds = ("DamagedLibrary", "LibraryError", "LibraryBusy")
    return isinstance(answer, dict) and answer.get("error") in kinds and answer["text"].endswith(".")


def _lacks(right: Any, answer: Any) -> bool:
    """Tell whether a page says that it lacks something, and all that is there is right."""
    if not isinstance(answer, dict) or "damaged" not in " ".join(answer.get("notices", ())):
        return False
    known = {hit[0]: hit[1:3] for hit in right["hits"]}
    return all(known.get(hit[0]) == hit[1:3] for hit in answer["hits"])


def _said_lost(name: str, right: Any, answer: Any, said: str) -> bool:
    """Tell whether what differs was said to be lost: photos and tags by their ids, other things by their kind."""
    if "lost" not in said:
        return False
    if name.startswith("board"):
        return "board" in said
    if name in ("results", "facts"):
        return "state.db, lost: rows" in said and isinstance(answer, list) and set(answer) <= set(right)
    if isinstance(answer, dict) and "hits" in answer:
        before, after = ({hit[0]: hit[1:3] for hit in one["hits"]} for one in (right, answer))
        differ = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
        return all(n in said for n in differ) or "perhaps some" in said
    if name.startswith("photo "):
        return name.removeprefix("photo ") in said or "perhaps some" in said
    return "photos" in said or "tags" in said


def _shown(answer: Any) -> str:
    text = str(answer)
    return text if len(text) < 600 else f"{text[:600]}…"


def _run(trial: Trial) -> Outcome:
    outcome, chance = Outcome(), trial.random("damage")
    template, folder = trial.folder / "template", trial.folder / "damaged"
    kinds = [(file, damage) for file, damage, weight in DAMAGES for _ in range(weight)]
    counts: Counter[str] = Counter()
    with Asked() as asked:
        template.mkdir()
        made = asked.do("build", template, seed=trial.seed)
        asked.do("ask", template)  # what is derived at the first question is there for all others
        truth = asked.do("ask", template)
        outcome.expect("crash" not in {**made, **truth}, f"the library could not be made: {made} {truth.get('crash')}")
        outcome.expect(truth == asked.do("ask", template), "the same library does not answer the same twice")
        if outcome.faults:
            return outcome
        killed = _killed(asked, trial.folder, template)
        for number in range(trial.times(long=1_000, short=25)):
            file, damage = kinds[number % len(kinds)] if trial.short is False else chance.choice(kinds)
            _copy(killed[0] if file == LOG else template, folder)
            what = f"#{number} {file}: {damage(folder / file, trial.random(f'damage {number}'))}"
            told = asked.do("ask", folder)
            said = asked.do("repair", folder)
            if file == LOG:
                faults = wrong_of_log(killed[1], told, said)
            else:
                faults = wrong_before(truth, told)
                again = asked.do("ask", folder)
                faults += [said["crash"]] if "crash" in said else wrong_after(truth, again, said["lines"])
            outcome.faults += [f"{what}: {fault}" for fault in faults]
            _count(counts, truth, told, said.get("lines", []))
    outcome.figures = dict(counts)
    return outcome


def _killed(asked: Asked, folder: Path, template: Path) -> tuple[Path, Answers]:
    """Return the library as a program leaves it that is killed, and what it answers."""
    living, left, tried = folder / "living", folder / "left", folder / "tried"
    _copy(template, living)
    asked.do("leave", living, to=str(left))
    _copy(left, tried)
    return left, asked.do("ask", tried)


def _copy(template: Path, folder: Path) -> None:
    """Put a sound library there again; its pictures are those of the template, where their paths lead."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns(*NEVER_CHANGED))


def _count(counts: Counter[str], truth: Answers, told: Answers, said: Sequence[str]) -> None:
    counts["damages"] += 1
    counts["without effect"] += told == truth and not any("the database" in line for line in said)
    counts["healed at once"] += told == truth and any("the database" in line for line in said)
    counts["refused to open"] += "open" in told
    counts["left out and said so"] += any(_lacks(truth.get(name), answer) for name, answer in told.items())
    lost = [line for line in said if "lost: " in line]
    counts["repaired without loss"] += any("the database" in line for line in said) and not lost
    counts["repaired, the loss said"] += bool(lost)
    counts["not to be repaired"] += any(line.startswith("error: ") for line in said)


ORDEAL = Ordeal("damage", "files damaged at random, in every place and way", _run)
