"""Files are there whole or not at all, and what was left half written does not stay."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.files import ENDING, LEFT_AFTER_S, replacing, sweep, write_file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_takes_the_place_of_the_one_before_and_makes_its_folders(tmp_path: Path) -> None:
    for data in (b"one", b"two"):
        write_file(tmp_path / "a" / "file", data, new=tmp_path / "new")
    assert (tmp_path / "a" / "file").read_bytes() == b"two"
    assert names(tmp_path / "a") == ["file"] and names(tmp_path / "new") == []


def test_nobody_sees_a_file_before_it_is_whole(tmp_path: Path) -> None:
    with replacing(tmp_path / "file") as file:
        file.write(b"half")
        file.flush()
        assert not (tmp_path / "file").exists()
    assert (tmp_path / "file").read_bytes() == b"half"


def test_writing_that_fails_leaves_what_stood_there_and_nothing_beside(tmp_path: Path) -> None:
    write_file(tmp_path / "file", b"old")
    with pytest.raises(OSError, match="full"), replacing(tmp_path / "file") as file:
        file.write(b"half")
        raise OSError("full")
    assert (tmp_path / "file").read_bytes() == b"old" and names(tmp_path) == ["file"]


def test_what_was_left_long_ago_is_swept_away_and_what_others_write_is_not(tmp_path: Path) -> None:
    for name in (f".left{ENDING}", f".written{ENDING}", ".hidden", "file"):
        (tmp_path / name).write_bytes(b"half")
    then = time.time() - LEFT_AFTER_S - 1
    for name in (f".left{ENDING}", ".hidden", "file"):
        os.utime(tmp_path / name, (then, then))
    assert sweep(tmp_path) == 1
    assert names(tmp_path) == [".hidden", f".written{ENDING}", "file"]


def test_a_folder_that_is_not_there_has_nothing_to_sweep(tmp_path: Path) -> None:
    assert sweep(tmp_path / "nowhere") == 0
