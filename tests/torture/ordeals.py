"""Finds the ordeals: every module here that has one names it ORDEAL."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from tests import torture
from tests.torture.frame import Ordeal

_OTHERS = {"__main__", "frame", "ordeals", "test_ordeals"}


def all_ordeals() -> Mapping[str, Ordeal]:
    """Return every ordeal by its name."""
    names = [entry.name for entry in pkgutil.iter_modules(torture.__path__) if not entry.ispkg]
    modules = [import_module(f"tests.torture.{name}") for name in names if name not in _OTHERS]
    return {module.ORDEAL.name: module.ORDEAL for module in modules if hasattr(module, "ORDEAL")}
