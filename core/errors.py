"""Every error that a caller of the engine may meet, and the sentences that the engine says to people.

Each message is one or two plain sentences that a chat user can act on: what happened, and what to try. No message holds
a stack trace, a secret or a path that the user did not give.

`str(error)` is the English text. A front end that speaks other languages translates `error.message`: its template,
and then those of its values that are messages or errors themselves. For that, each template stands as a literal where
it is raised, and is a whole sentence; what differs from case to case is a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Message:
    """Something said to people: an English template, and what is to be put into it (as `str.format` does)."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Return the English text. A template without values is the text itself."""
        return self.template.format(**self.values) if self.values else self.template


class ModaclipError(Exception):
    """Base of all errors that the engine raises on purpose.

    A value may be a `Message` or an error, so that sentences can be composed.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template)
        self.message = Message(template, values)

    @classmethod
    def repeated(cls, template: str, values: Mapping[str, object]) -> Self:
        """Return an error as it was raised elsewhere, such as in another process."""
        return cls(template, **values)

    def __str__(self) -> str:
        """Return the English text."""
        return str(self.message)

    @property
    def gist(self) -> str:
        """What happened, for logs: without what it happened to, which somebody may have typed."""
        return self.message.template


class BadQuery(ModaclipError):
    """A query that can't be read: where the mistake is, and what was probably meant."""

    def __init__(
        self, template: str, /, *, query: str = "", position: int = 0, suggestion: str | None = None, **values: object
    ) -> None:
        super().__init__(template, **values)
        self.query = query
        self.position = position  # in characters, from the start of `query`
        self.suggestion = suggestion  # a corrected query, or None


class BadImage(ModaclipError):
    """Bytes that are not a usable photo: broken, truncated, too large, or of another type than they claim."""


class BadRecord(ModaclipError):
    """Something said of a photo that can't be kept: a link that is none, a tag too long, a licence missing."""


class SourceError(ModaclipError):
    """A source of photos that can't be read at all (a single bad record is a `Skipped`, not an error)."""


class FetchError(ModaclipError):
    """A URL that did not give its photo: refused, too large, gone, or not answering."""


class DecoderUnavailable(ModaclipError):
    """The processes that read pictures can't be started on this machine."""


class EncoderUnavailable(ModaclipError):
    """An encoder whose weights or packages are not on this machine and could not be brought."""


class EncoderMismatch(ModaclipError):
    """A library opened with another encoder, or other weights, than its vectors were made with."""


class NotFound(ModaclipError):
    """A photo, tag or file that is not in the library."""


def no_photo(photo_id: str, near: Sequence[str] = ()) -> NotFound:
    """Return what is said of a photo that is not there; `near` are ids that may have been meant."""
    if near:
        return NotFound("There is no photo {id!r} here. Did you mean {near}?", id=photo_id, near=", ".join(near))
    return NotFound("There is no photo {id!r} here.", id=photo_id)


class LibraryError(ModaclipError):
    """A library folder that is missing, damaged, newer than this version, or in use by another import."""


class DamagedLibrary(LibraryError):
    """A library of which what is stored is not what was written."""


class ServerLost(LibraryError):
    """A database server that can't be reached, or was lost: what was being written just then may be there or not."""


class LibraryBusy(LibraryError):
    """A library whose lock is held elsewhere; nothing is wrong with it."""
