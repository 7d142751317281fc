"""Why the bot does not do what was asked: sentences for the person, raised where it is noticed."""

from __future__ import annotations

from core.errors import ModaclipError


class Refused(ModaclipError):
    """Something that this person may not do, or that can't be done any more."""
