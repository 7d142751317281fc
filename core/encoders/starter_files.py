"""Where the starter encoder's weights lie on this machine: inside two installed packages, never on the network."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from core.errors import EncoderUnavailable


def find_package_file(package: str, inside: str) -> Path:
    """Return the path of a file inside an installed package, without importing it.

    Raises EncoderUnavailable when the package or the file is missing.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / inside
        if path.is_file():
            return path
    raise EncoderUnavailable(
        "The starter encoder needs the package {package}, which is not installed or not complete. "
        "Install it with pip install {package}.",
        package=package.replace("_", "-"),
    )
