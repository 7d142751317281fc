"""What a board's picture says besides what people wrote. A chat may give these words in its reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; those in braces are filled in."""

    version: str = "Version {version}"
    picked: str = "Picked for version {version}: {numbers}"
    gone: str = "Not in the library any more"
    no_picture: str = "No picture"
    nothing: str = "Nothing here yet"
    begin: str = "Search for what it should feel like, and pin the photos you like."


ENGLISH: Final = Words()
