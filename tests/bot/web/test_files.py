"""Files that answers bring are kept whole, and nothing stays of one that was not."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bot.replies import File
from bot.web.files import Files
from core.files import ENDING, LEFT_AFTER_S


async def test_a_file_that_was_left_half_written_is_swept_away_with_the_next(tmp_path: Path) -> None:
    left = tmp_path / f".left{ENDING}"
    left.write_bytes(b"half")
    os.utime(left, (time.time() - LEFT_AFTER_S - 1,) * 2)
    files = Files(tmp_path)
    kept = await files.keep(File("board.pdf", b"whole"))
    _, _, token, name = kept["href"].split("/")
    path = files.path(token, name)
    assert path is not None and path.read_bytes() == b"whole"
    assert [entry.name for entry in tmp_path.iterdir()] == [token]
