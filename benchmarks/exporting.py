"""How long it takes to hand a board on, and how much memory: each form against decoding its photos once with Pillow.

    python -m benchmarks.exporting [--photos N] [--pixels WIDTH] [--most MB]

The photos are made here, in soft colours and as large as cameras make them. Each form is exported in a process of its
own, so that its peak of memory is its own; what the process takes before it begins is told as well. Every form is
exported twice: as large as it comes, and within what a chat lets through.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from core.boards.board import Author, Ballot, Board, Decision, Pin, Section
from core.boards.exports import FORMATS, export
from core.boards.showing import Original, ShownBoard, ShownPin
from core.credits import credit_for
from core.decoding import Decoders
from core.images import look_of, read_picture
from core.photos import Colour, Photo, Photographer

BASELINE = "decoding once"
ALONE = "nothing"
FILES = 40  # different ones; the photos of a board take turns with them
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--pixels", type=int, default=3000)
    parser.add_argument("--most", type=float, default=10, help="MB that a chat lets through")
    parser.add_argument("--one", nargs=3, metavar=("FOLDER", "FORM", "BYTES"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        return run_one(Path(arguments.one[0]), arguments.one[1], int(arguments.one[2]), arguments.photos)
    with tempfile.TemporaryDirectory() as folder:
        make_photos(Path(folder), arguments.pixels)
        size = sum(file.stat().st_size for file in Path(folder).glob("*.jpg")) / FILES * arguments.photos / 1e6
        print(
            f"a board of {arguments.photos} photos of {arguments.pixels} x {arguments.pixels * 2 // 3}, {size:.0f} MB\n"
        )
        alone = measured(folder, ALONE, 0, arguments.photos)["peak"]
        base = measured(folder, BASELINE, 0, arguments.photos)
        print(f"{'':24}{'seconds':>9}{'x baseline':>12}{'peak MB':>9}{'above idle':>12}{'file MB':>9}")
        print(line("baseline: " + BASELINE, base, base, alone))
        for form in FORMATS:
            print(line(form, measured(folder, form, 0, arguments.photos), base, alone), flush=True)
        for form in ("png", "pdf", "zip", "html"):
            found = measured(folder, form, int(arguments.most * 1e6), arguments.photos)
            print(line(f"{form} within {arguments.most:g} MB", found, base, alone), flush=True)
        print(f"\na process that has loaded all this and does nothing: {alone:.0f} MB")
    return 0


def line(name: str, found: dict[str, float], base: dict[str, float], alone: float) -> str:
    ratio, above = found["seconds"] / base["seconds"], found["peak"] - alone
    size = f"{found['bytes'] / 1e6:.1f}" if found["bytes"] else ""
    return f"{name:24}{found['seconds']:9.2f}{ratio:12.2f}{found['peak']:9.0f}{above:12.0f}{size:>9}"


def make_photos(folder: Path, width: int) -> None:
    """Make photos that are as hard to pack as real ones: soft spots, and grain over them."""
    size = (width, width * 2 // 3)
    for number in range(FILES):
        spots = Image.merge("RGB", [Image.effect_noise((30, 20), 120) for _ in range(3)])
        grain = Image.effect_noise(size, 24).convert("RGB")
        made = Image.blend(spots.resize(size, Image.Resampling.BICUBIC), grain, 0.25)
        file = folder / f"{number:03}.jpg"
        made.save(file, quality=88)
        (folder / f"{number:03}.thumb").write_bytes(look_of(read_picture(file.read_bytes()).image).thumbnail)


def measured(folder: str, form: str, most: int, photos: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.exporting", "--photos", str(photos), "--one", folder, form, str(most)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def run_one(folder: Path, form: str, most: int, photos: int) -> int:
    """Do one thing, and print how long it took, its peak of memory, and how large the file is."""
    with Decoders() as decoders:
        shown = board(folder, photos, decoders)
        began, size = time.perf_counter(), 0
        if form == BASELINE:
            for pin in shown.pins:
                with Image.open(pin.original.path) as image:
                    image.load()
        elif form != ALONE:
            size = len(export(shown, form, max_bytes=most or None).data)
        seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "peak": peak_mb(), "bytes": size}))
    return 0


def peak_mb() -> float:
    """Return this process's peak of memory; on Linux without that of its parent, which `ru_maxrss` begins with."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def board(folder: Path, count: int, decoders: Decoders) -> ShownBoard:
    """Return a board of eight sections, with notes, votes and picks here and there."""
    author = Author("web:ann", "Ann")
    files = sorted(folder.glob("*.jpg"))
    sections = tuple(Section(f"s{number}", f"Section {number + 1}") for number in range(8))
    pins, shown = [], {}
    for number in range(1, count + 1):
        file = files[number % len(files)]
        photo = Photo(
            f"p{number}",
            "table",
            Photographer(f"Photographer {number % 23}", profile_url=f"https://example.org/{number % 23}"),
            title=f"Photo of a quiet morning {number}",
            licence=("CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "unsplash")[number % 4],
            average_colour="#8a7455",
        )
        note = "More sky, and calm edges." if number % 5 == 0 else ""
        ballots = (Ballot(author, "up"),) if number % 3 == 0 else ()
        pin = Pin(number, photo, sections[number % 8].id, author, NOW, note, ballots)
        pins.append(pin)
        shown[number] = ShownPin(
            pin,
            photo,
            credit_for(photo),
            picked=number % 25 == 0,
            thumbnail=file.with_suffix(".thumb"),
            original=Original(file, decoders),
        )
    picks = tuple(number for number, one in shown.items() if one.picked)
    made = Board(
        "id", "Quiet mornings", author, NOW, 1, None, "Warm and calm.", sections, tuple(pins), count + 1,
        decisions=(Decision(1, 1, picks, "They belong together.", author, NOW),), touched=False,
    )  # fmt: skip
    parts = tuple((section, tuple(shown[pin.number] for pin in of)) for section, of in made.parts())
    return ShownBoard(made, parts, (Colour("#8a7455", 0.6), Colour("#2b2a26", 0.4)), NOW)


if __name__ == "__main__":
    raise SystemExit(main())
