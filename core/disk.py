"""Writing files where the disk may be full or read-only: whole or not at all, and said in a sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import LibraryError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@contextmanager
def writing(file: Path | None = None) -> Iterator[None]:
    """Raise LibraryError where the disk takes no more or may not be written; what of `file` was written is removed."""
    try:
        yield
    except OSError as error:
        if file is not None:
            with suppress(OSError):
                file.unlink(missing_ok=True)
        if error.errno in FULL:
            raise LibraryError("The disk is full, so this was not written. Free some space, then try again.") from error
        if error.errno in READ_ONLY:
            raise LibraryError(
                "The library's folder can't be written ({trouble}). Allow writing, then try again.",
                trouble=error.strerror,
            ) from error
        raise
