"""How long a board's picture takes, against decoding its thumbnails and nothing else.

    python -m benchmarks.collage [FOLDER]

FOLDER holds photos; the sample photos if none is named. Each board is drawn and written in a process of its own, from
thumbnails of 512 pixels, with votes, notes and sections; the baseline, decoding the same thumbnails with Pillow at full
size, runs in another. Times are the best of three; memory is the most that the process held.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from core.boards.board import TOP, Author, Ballot, Board, Pin, Section
from core.boards.collage import encode_collage
from core.boards.showing import ShownBoard, ShownPin
from core.credits import credit_for
from core.photos import Colour, Photo, Photographer

PHOTOS = Path(__file__).parents[1] / "samples"
COUNTS = (9, 50, 200)
TIMES = 3
THUMBNAIL_PX, THUMBNAIL_QUALITY = 512, 82
MOST_BYTES = 8 * 2**20
NOW = datetime(2025, 1, 1, tzinfo=UTC)
SECTIONS = (Section("a", "Light and weather"), Section("b", "Łódź, São Paulo, 東京"))
NOTES = ("", "warm light, like the brief", "", "too cold? ask whether the client minds the people in the background")


def main() -> int:
    if len(sys.argv) > 3:
        return measure(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    with tempfile.TemporaryDirectory() as scratch:
        shrink(folder, Path(scratch))
        print(f"{'photos':>6}{'decoding alone':>26}{'drawing and writing':>26}{'ratio':>8}{'file':>10}")
        for count in COUNTS:
            (alone, alone_mb, _), (drawn, drawn_mb, size) = (run(what, count, scratch) for what in ("decode", "draw"))
            print(
                f"{count:>6}{f'{alone:.3f} s, {alone_mb:.0f} MB':>26}{f'{drawn:.3f} s, {drawn_mb:.0f} MB':>26}"
                f"{drawn / alone:>8.1f}{f'{size / 1e6:.1f} MB':>10}"
            )
    return 0


def shrink(folder: Path, into: Path) -> None:
    """Write a thumbnail of each photo of a folder."""
    for path in sorted(folder.rglob("*.jpg"))[: max(COUNTS)]:
        with Image.open(path) as photo:
            photo.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
            photo.convert("RGB").save(into / path.name, quality=THUMBNAIL_QUALITY)


def run(what: str, count: int, folder: str) -> tuple[float, float, float]:
    """Measure in a process of its own; return seconds, megabytes and the file's bytes."""
    command = [sys.executable, "-m", "benchmarks.collage", what, f"{count}", folder]
    seconds, megabytes, size = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), float(megabytes), float(size)


def measure(what: str, count: int, folder: Path) -> int:
    thumbnails = sorted(folder.iterdir())
    chosen = [thumbnails[i % len(thumbnails)] for i in range(count)]
    shown = board(chosen)
    times, size = [], 0
    for _ in range(TIMES):
        begun = time.perf_counter()
        if what == "draw":
            size = len(encode_collage(shown, max_bytes=MOST_BYTES) or b"")
        else:
            decode(chosen)
        times.append(time.perf_counter() - begun)
    print(min(times), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, size)
    return 0


def decode(thumbnails: list[Path]) -> None:
    for path in thumbnails:
        with Image.open(path) as thumbnail:
            thumbnail.load()


def board(thumbnails: list[Path]) -> ShownBoard:
    """Return a board of these photos, each by somebody else."""
    somebody, pins = Author("1", "Ana"), []
    for i, path in enumerate(thumbnails):
        photo = Photo(f"p{i}", "table", Photographer(f"{path.stem.title()} {i}"), licence="CC-BY-4.0")
        section = ("", "a", "b")[3 * i // len(thumbnails)] or TOP
        votes = tuple(Ballot(Author(f"{j}", "x"), "up" if j % 3 else "one") for j in range(i % 5))
        pin = Pin(i + 1, photo, section, somebody, NOW, NOTES[i % len(NOTES)], votes)
        pins.append(ShownPin(pin, photo, credit_for(photo), thumbnail=path))
    parts = tuple((one, tuple(p for p in pins if p.pin.section == one.id)) for one in (Section(TOP, ""), *SECTIONS))
    known = Board("b", "Autumn", somebody, NOW, sections=SECTIONS, pins=tuple(pin.pin for pin in pins))
    return ShownBoard(known, parts, (Colour("#2b3a42", 0.6), Colour("#e07b39", 0.4)), NOW)


if __name__ == "__main__":
    raise SystemExit(main())
