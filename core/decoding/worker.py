"""What runs in a decoder's process: `python -m core.decoding.worker LIMITS`, with its channel as standard input.

Once everything that decoding needs is imported, the process gives up what it does not need: it can open no file and no
connection, write no file, and hold only so much memory. Whatever goes wrong with a picture is that picture's fault.
"""

from __future__ import annotations

import json
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from core.decoding.channel import BUFFER, FREE_BYTES, Parcel, receive, send
from core.errors import BadImage
from core.images import ImageLimits, Needs, Picture, look_of, read_format, read_picture, read_reduced
from core.sources.embedded import as_plain, read_embedded

try:
    import resource
except ImportError:  # Windows, where processes have no such limits
    resource = None  # type: ignore[assignment]


def main() -> None:
    """Answer until the program is gone."""
    limits = ImageLimits(**json.loads(sys.argv[1]))
    channel = socket.socket(fileno=0)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    _get_ready()
    _give_up(limits.max_memory_bytes)
    send(channel, Parcel({"ready": True}))
    while True:
        try:
            asked = receive(channel)
            _allow(limits.max_s)
            send(channel, answer(asked, limits, partial(_ask_for, channel)))
            _allow(0)
        except (EOFError, OSError):
            return
        del asked  # not to be held while the next comes in


def answer(asked: Parcel, limits: ImageLimits, needs: Needs) -> Parcel:
    """Do what is asked for with a picture; where that can't be, say why, as the values of a `BadImage`."""
    try:
        return JOBS[asked.header["do"]](bytes(asked.parts.pop()), asked.header["with"], limits, needs)
    except BadImage as error:
        return _refused(error)
    except MemoryError:
        return _refused(BadImage("The picture takes too much memory to read. Save it as a JPEG, then try again."))
    except Exception:  # decoders raise all there is on damaged files
        return _refused(BadImage("The picture is broken or cut off."))


def _picture(data: bytes, given: Mapping[str, Any], limits: ImageLimits, needs: Needs) -> Parcel:
    picture = read_picture(data, name=given["name"], limits=limits, needs=needs)
    return Parcel(_measured(picture), [picture.image.tobytes()])


def _look(data: bytes, given: Mapping[str, Any], limits: ImageLimits, needs: Needs) -> Parcel:
    picture = read_picture(data, name=given["name"], limits=limits, needs=needs)
    look = look_of(picture.image, thumbnail_px=given["thumbnail_px"])
    kept = {
        "average_colour": look.average_colour,
        "colours": [[colour.hex, colour.share] for colour in look.colours],
        "phash": look.phash,
    }
    return Parcel({**_measured(picture), "look": kept}, [picture.image.tobytes(), look.thumbnail])


def _described(data: bytes, _: Mapping[str, Any], limits: ImageLimits, __: Needs) -> Parcel:
    return Parcel({"format": read_format(data, limits=limits), "embedded": as_plain(read_embedded(data))})


def _reduced(data: bytes, given: Mapping[str, Any], limits: ImageLimits, needs: Needs) -> Parcel:
    image = read_reduced(data, given["px"], srgb=given["srgb"], limits=limits, needs=needs)
    return Parcel({"decoded": image.size}, [image.tobytes(), image.info.get("icc_profile") or b""])


JOBS: Mapping[str, Callable[[bytes, Mapping[str, Any], ImageLimits, Needs], Parcel]] = {
    "picture": _picture,
    "look": _look,
    "reduced": _reduced,
    "described": _described,
}


def _refused(error: BadImage) -> Parcel:
    return Parcel({"refused": error.message.template, "values": dict(error.message.values)})


def _measured(picture: Picture) -> dict[str, Any]:
    return {
        "decoded": picture.image.size,
        "size": (picture.width, picture.height),
        "content_hash": picture.content_hash,
    }


def _get_ready() -> None:
    """Import what Pillow imports only when it is used."""
    Image.init()
    ImageCms.createProfile("sRGB")
    look_of(Image.fromarray(np.zeros((64, 64, 3), np.uint8)))


def _give_up(memory_bytes: int) -> None:
    """Give up files, connections, and memory beyond what is in use and so many bytes."""
    if resource is None:
        return
    in_use = _memory_in_use()
    if in_use is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (in_use + memory_bytes, in_use + memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # the channel, and two that lead nowhere


def _ask_for(channel: socket.socket, count: int) -> None:
    """Wait until so many bytes of memory may be used, where they are more than anybody may."""
    if count > FREE_BYTES:
        send(channel, Parcel({"needs": count}))
        receive(channel)


def _allow(seconds: float) -> None:
    """End this process once it has used the processor for so long from now; 0: never."""
    if resource is not None:
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _memory_in_use() -> int | None:
    """Return the bytes that count against the limit; None where the system does not tell (all but Linux)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmData:")), None)
    return None if kilobytes is None else int(kilobytes) * 1024


if __name__ == "__main__":
    main()
