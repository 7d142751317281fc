"""No file of the repository holds anything that looks like a token, a key or a password."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOOKS = {
    "a token of Slack": r"xox[a-z](?:\.xox[a-z])?-[0-9]{6,}[0-9A-Za-z-]+|xapp-\d-[A-Z0-9]{6,}",
    "a token of Discord": r"\b[MNO][A-Za-z\d_-]{23,28}\.[\w-]{6}\.[\w-]{27,}",
    "a key of a cloud": r"\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b|\bsk-[A-Za-z0-9_-]{20,}",
    "a token of a code host or a hub": r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bhf_[A-Za-z0-9]{25,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a key of Fernet": r"(?<![\w/+-])[\w-]{43}=(?![\w=-])",
    "a URL with a password": r"[a-z]+://[^\s/:@\"'<>{}]+:[^\s/@\"'<>{}]+@[^\s\"'/]+",
}
# passwords of examples and of tests
MADE_UP = re.compile(r":(?:hush|secret|p|pass|password|PASSWORD|…)@|://photos\.example")


@pytest.mark.parametrize("what", LOOKS)
def test_nothing_looks_like(what: str) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    if listed.returncode:
        pytest.skip("there is no git here, so nobody says which files are tracked")
    found = []
    for name in filter(None, listed.stdout.decode().split("\0")):
        text = (ROOT / name).read_text(encoding="utf-8", errors="ignore") if (ROOT / name).is_file() else ""
        found += [f"{name}: {hit[0][:12]}…" for hit in re.finditer(LOOKS[what], text) if not MADE_UP.search(hit[0])]
    assert found == []
