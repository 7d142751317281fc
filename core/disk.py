"""A disk that is full or read-only, said in a sentence; that files are whole or not there is `core.files`."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import LibraryError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@contextmanager
def writing() -> Iterator[None]:
    """Raise LibraryError where the disk takes no more or may not be written."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise LibraryError("The disk is full, so this was not written. Free some space, then try again.") from error
        if error.errno in READ_ONLY:
            raise LibraryError(
                "The library's folder can't be written ({trouble}). Allow writing, then try again.",
                trouble=error.strerror,
            ) from error
        raise
