"""What the ordeal `kills` brings into a library and takes out of it: the same bytes for the same name, each time."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from PIL import Image

BLOB_BYTES = 3 * 2**20


def picture(*of: object) -> bytes:
    """Return a JPEG of one hue with grain of its own, so that no two are near-duplicates."""
    chance = np.random.default_rng(list(hashlib.sha256(repr(of).encode()).digest()[:8]))
    grain = Image.fromarray(chance.integers(0, 90, (8, 8), dtype=np.uint8)).resize((96, 64), Image.Resampling.NEAREST)
    hue = Image.new("HSV", (96, 64), (int(chance.integers(0, 256)), 230, 230)).convert("RGB")
    file = io.BytesIO()
    Image.composite(Image.new("RGB", (96, 64), "black"), hue, grain).save(file, "JPEG", quality=92)
    return file.getvalue()


def sha(data: bytes) -> str:
    """Return what tells these bytes from others."""
    return hashlib.sha256(data).hexdigest()


def blob(*of: object) -> bytes:
    """Return many bytes of which the last say whether all are there."""
    data = np.random.default_rng(list(sha(repr(of).encode()).encode())).bytes(BLOB_BYTES)
    return data + sha(data).encode()


def is_whole(data: bytes) -> bool:
    """Tell whether all bytes of a blob are there."""
    return sha(data[:-64]).encode() == data[-64:]
