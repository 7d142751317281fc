"""The decoders of a program: a few processes that read pictures for its threads, started when they are needed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Self, TypeVar

from PIL import Image

import core
from core.decoding.channel import Parcel, pair, receive, send
from core.decoding.memory import Memory
from core.errors import BadImage, DecoderUnavailable
from core.images import ImageLimits, Look, Picture
from core.photos import Colour
from core.sources.embedded import Embedded, from_plain

ROOT = Path(core.__file__).parents[1]
# all that a decoder's process is told of its surroundings: how libraries for arithmetic are set up, and no secret
KEPT = ("LD_LIBRARY_PATH", "OPENBLAS_", "MKL_")
PATIENCE = 6  # times the processor's time that a picture may take, where others use it as well
START_S = 60.0  # that a process may take to start, on a machine with much else to do
Result = TypeVar("Result")


class Decoders:
    """Reads pictures, each in a process that has the limits' memory and time. Use `with`; called from any thread.

    At most so many read at once, one a core unless `most` says otherwise; the rest wait for their turn. From the event
    loop they are read with `soon`.
    """

    def __init__(self, limits: ImageLimits | None = None, *, most: int = 0) -> None:
        self.limits = limits or ImageLimits()
        self.killed = 0  # processes that took too long or broke
        most = most or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="picture")
        self._turns = threading.BoundedSemaphore(most)
        self._memory = Memory(self.limits.max_memory_bytes * 3 // 4)  # files and strips take the rest
        self._lock = threading.Lock()
        self._idle: list[_Decoder] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes. One that is reading is ended when it is done."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            ended, self._idle = self._idle, []
        for decoder in ended:
            decoder.end()

    @property
    def waiting(self) -> tuple[int, ...]:
        """The ids of the processes that have nothing to read."""
        with self._lock:
            return tuple(decoder.pid for decoder in self._idle)

    async def soon(self, read: Callable[[], Result]) -> Result:
        """Return what `read`, which reads pictures here, returns: on threads that nothing else waits for."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, read)

    def picture(self, data: bytes, *, name: str = "") -> Picture:
        """Verify and decode one photo. `name` is its file name, whose ending must tell the truth.

        Raises BadImage, and as all that reads here DecoderUnavailable where no process can be started.
        """
        return _picture(self._ask("picture", data, name=name))

    def look(self, data: bytes, *, name: str = "", thumbnail_px: int = 512) -> tuple[Picture, Look]:
        """Return a photo and what is kept of how it looks. Raises BadImage."""
        told = self._ask("look", data, name=name, thumbnail_px=thumbnail_px)
        kept = told.header["look"]
        colours = tuple(Colour(hex_, share) for hex_, share in kept["colours"])
        return _picture(told), Look(bytes(told.parts[1]), kept["average_colour"], colours, kept["phash"])

    def reduced(self, data: bytes, px: int, *, srgb: bool = True) -> Image.Image:
        """Return a photo, upright and in RGB, with its longer side at most `px` pixels. Raises BadImage.

        Where it need not be sRGB, it may keep the colours of its file, with their profile in `info["icc_profile"]`.
        """
        told = self._ask("reduced", data, px=px, srgb=srgb)
        image = _image(told)
        if profile := bytes(told.parts[1]):
            image.info["icc_profile"] = profile
        return image

    def described(self, data: bytes) -> tuple[str, Embedded]:
        """Return a picture's format, a key of `ENDINGS`, and what it says of itself. Raises BadImage."""
        told = self._ask("described", data).header
        return told["format"], from_plain(told["embedded"])

    def _ask(self, job: str, data: bytes, **given: object) -> Parcel:
        if len(data) > self.limits.max_bytes:  # said without sending so much
            data = data[: self.limits.max_bytes + 1]
        with self._turns:
            told = self._told(Parcel({"do": job, "with": given}, [data]))
        if "refused" in told.header:
            raise BadImage.repeated(told.header["refused"], told.header["values"])
        return told

    def _told(self, asked: Parcel) -> Parcel:
        """Return what a decoder says. Raises BadImage for a picture that it does not survive."""
        decoder = self._take()
        try:
            told = decoder.ask(asked, self.limits.max_s * PATIENCE, self._memory)
        except (EOFError, OSError) as error:  # TimeoutError is an OSError
            if self._kill(decoder) == -signal.SIGPROF or isinstance(error, TimeoutError):
                raise BadImage("The picture takes too long to read. Save it as a JPEG, then try again.") from error
            raise BadImage("The picture is broken in a way that can't be read.") from error
        except BaseException:
            self._kill(decoder)
            raise
        self._give_back(decoder)
        return told

    def _take(self) -> _Decoder:
        with self._lock:
            while self._idle:
                decoder = self._idle.pop()
                if decoder.alive:
                    return decoder
                decoder.end()  # somebody ended it while it waited
        return _Decoder.start(self.limits)

    def _give_back(self, decoder: _Decoder) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(decoder)
                return
        decoder.end()

    def _kill(self, decoder: _Decoder) -> int:
        self.killed += 1
        return decoder.end()


class _Decoder:
    """One process, and the channel to it."""

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self._process = process
        self._channel = channel

    @classmethod
    def start(cls, limits: ImageLimits) -> Self:
        """Return a process that is ready to read. Raises DecoderUnavailable."""
        ours, theirs = pair()
        try:
            with theirs:
                process = subprocess.Popen(  # noqa: S603 - this very program
                    [sys.executable, "-P", "-m", "core.decoding.worker", json.dumps(asdict(limits))],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_surroundings(),
                    start_new_session=True,  # a person's Ctrl-C is for the program, which ends this by itself
                )
        except OSError as error:
            ours.close()
            raise _unavailable() from error
        started = cls(process, ours)
        try:
            receive(ours, time.monotonic() + START_S)
        except (EOFError, OSError) as error:
            started.end()
            raise _unavailable() from error
        return started

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def ask(self, asked: Parcel, within_s: float, memory: Memory) -> Parcel:
        """Return what the process says. Raises TimeoutError, and EOFError or OSError when it is gone."""
        told = self._exchange(asked, within_s)
        if "needs" not in told.header:
            return told
        with memory.lent(told.header["needs"]):
            return self._exchange(Parcel({"go": "on"}), within_s)

    def _exchange(self, message: Parcel, within_s: float) -> Parcel:
        self._channel.settimeout(within_s)
        send(self._channel, message)
        return receive(self._channel, time.monotonic() + within_s)

    def end(self) -> int:
        """End the process, whatever it does; return how it ended."""
        self._channel.close()
        self._process.kill()
        return self._process.wait()


def _unavailable() -> DecoderUnavailable:
    return DecoderUnavailable("The process that reads pictures can't be started. `modaclip doctor` says more.")


def _surroundings() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "OPENBLAS_NUM_THREADS": "1",  # photos share the cores, not the parts of one
        "MALLOC_MMAP_THRESHOLD_": "8388608",  # what a large picture took is given back to the system after it
    }


def _picture(told: Parcel) -> Picture:
    width, height = told.header["size"]
    return Picture(_image(told), width, height, told.header["content_hash"])


def _image(told: Parcel) -> Image.Image:
    width, height = told.header["decoded"]
    return Image.frombytes("RGB", (width, height), told.parts[0])
