"""Every error that a caller of the engine may meet.

Each message is one or two plain sentences that a chat user can act on: what happened, and what to try. Front ends show
`str(error)` as it is, so no message holds a stack trace, a secret or a path that the user did not give.
"""

from __future__ import annotations


class ModaclipError(Exception):
    """Base of all errors that the engine raises on purpose."""


class BadQuery(ModaclipError):
    """A query that can't be read: where the mistake is, and what was probably meant."""

    def __init__(self, message: str, *, query: str = "", position: int = 0, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.query = query
        self.position = position  # in characters, from the start of `query`
        self.suggestion = suggestion  # a corrected query, or None


class BadImage(ModaclipError):
    """Bytes that are not a usable photo: broken, truncated, too large, or of another type than they claim."""


class SourceError(ModaclipError):
    """A source of photos that can't be read at all (a single bad record is a `Skipped`, not an error)."""


class FetchError(ModaclipError):
    """A URL that did not give its photo: refused, too large, gone, or not answering."""


class EncoderUnavailable(ModaclipError):
    """An encoder whose weights or packages are not on this machine and could not be brought."""


class EncoderMismatch(ModaclipError):
    """A library opened with another encoder, or other weights, than its vectors were made with."""


class NotFound(ModaclipError):
    """A photo, tag or file that is not in the library."""


class LibraryError(ModaclipError):
    """A library folder that is missing, damaged, newer than this version, or in use by another import."""
