"""A backup: a folder that holds libraries as plain SQLite files with their pictures, whichever engine keeps them.

`manifest.py` says what is in it and whether it is whole, `saving.py` makes one or brings it up to date, `restoring.py`
puts libraries of it where they shall be, and `pictures.py` carries their files.
"""

from __future__ import annotations

from core.backup.manifest import CantBackUp, Damaged, Kept, Manifest, read_manifest, verify
from core.backup.restoring import Prepared, Restored, forget, prepare, put
from core.backup.saving import Saved, Saving

__all__ = [
    "CantBackUp",
    "Damaged",
    "Kept",
    "Manifest",
    "Prepared",
    "Restored",
    "Saved",
    "Saving",
    "forget",
    "prepare",
    "put",
    "read_manifest",
    "verify",
]
