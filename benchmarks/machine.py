"""Which machine measured, in one line: ratios travel, times do not."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "torch", "open_clip_torch", "usearch", "hnswlib", "Pillow")


def describe() -> str:
    """Return processor, cores, memory, versions, the day, and how busy the machine was when asked."""
    found = [f"{name} {known}" for name in PACKAGES if (known := _version(name))]
    busy = f"load {os.getloadavg()[0]:.1f} before the run" if hasattr(os, "getloadavg") else ""
    parts = [
        _processor(),
        f"{os.cpu_count()} cores",
        f"{_memory_gb():.0f} GB",
        f"{platform.system()} {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        *found,
        f"{datetime.now(UTC):%Y-%m-%d}",
        busy,
    ]
    return ", ".join(part for part in parts if part)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_gb() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError, AttributeError):
        return 0.0
