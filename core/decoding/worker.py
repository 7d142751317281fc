"""What runs in a decoder's process: `python -m core.decoding.worker LIMITS`, with its channel as standard input.

Once everything that decoding needs is imported, the process gives up what it does not need: it can open no file and no
connection, write no file, and hold only so much memory. Whatever goes wrong with a picture is that picture's fault.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from core.decoding.channel import BUFFER, Message, receive, send
from core.errors import BadImage
from core.images import ImageLimits, Picture, look_of, read_picture, read_reduced

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
    send(channel, Message({"ready": True}))
    while True:
        try:
            asked = receive(channel)
            send(channel, answer(asked, limits))
        except (EOFError, OSError):
            return
        del asked  # not to be held while the next comes in


def answer(asked: Message, limits: ImageLimits) -> Message:
    """Do what is asked for with a picture; where that can't be, say why, as the values of a `BadImage`."""
    try:
        return JOBS[asked.header["do"]](bytes(asked.parts[0]), asked.header["with"], limits)
    except BadImage as error:
        return _refused(error)
    except MemoryError:
        return _refused(BadImage("The picture takes too much memory to read. Save it as a JPEG, then try again."))
    except Exception:  # decoders raise all there is on damaged files
        return _refused(BadImage("The picture is broken or cut off."))


def _picture(data: bytes, given: Mapping[str, Any], limits: ImageLimits) -> Message:
    picture = read_picture(data, name=given["name"], limits=limits)
    return Message(_described(picture), [picture.image.tobytes()])


def _look(data: bytes, given: Mapping[str, Any], limits: ImageLimits) -> Message:
    picture = read_picture(data, name=given["name"], limits=limits)
    look = look_of(picture.image, thumbnail_px=given["thumbnail_px"])
    kept = {
        "average_colour": look.average_colour,
        "colours": [[colour.hex, colour.share] for colour in look.colours],
        "phash": look.phash,
    }
    return Message({**_described(picture), "look": kept}, [picture.image.tobytes(), look.thumbnail])


def _reduced(data: bytes, given: Mapping[str, Any], limits: ImageLimits) -> Message:
    image = read_reduced(data, given["px"], srgb=given["srgb"], limits=limits)
    return Message({"decoded": image.size}, [image.tobytes(), image.info.get("icc_profile") or b""])


JOBS: Mapping[str, Callable[[bytes, Mapping[str, Any], ImageLimits], Message]] = {
    "picture": _picture,
    "look": _look,
    "reduced": _reduced,
}


def _refused(error: BadImage) -> Message:
    return Message({"refused": error.message.template, "values": dict(error.message.values)})


def _described(picture: Picture) -> dict[str, Any]:
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
