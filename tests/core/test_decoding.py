"""Pictures are read apart: whatever they do, they do it to a process that has nothing to lose."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from core.decoding import Decoders, worker
from core.decoding.channel import Parcel, pair, receive, send
from core.decoding.memory import Memory
from core.errors import BadImage, DecoderUnavailable
from core.images import ImageLimits, look_of, read_picture

LINUX = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux tells what a process holds")
SAMPLE = (Path(__file__).parents[2] / "samples" / "paul-carmona-sunset-by-the-pier.jpg").read_bytes()


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders() as opened:
        yield opened


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def test_a_photo_is_the_same_as_if_it_were_read_here(decoders: Decoders) -> None:
    here = read_picture(SAMPLE)
    there, look = decoders.look(SAMPLE, name="a.jpg", thumbnail_px=300)
    assert there.image.tobytes() == here.image.tobytes()
    assert (there.width, there.height, there.content_hash) == (here.width, here.height, here.content_hash)
    assert look == look_of(here.image, thumbnail_px=300)


def test_a_reduced_photo_keeps_the_profile_of_its_file(decoders: Decoders) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    file = io.BytesIO()
    Image.open(io.BytesIO(SAMPLE)).save(file, "JPEG", icc_profile=profile)
    image = decoders.reduced(file.getvalue(), 400, srgb=False)
    assert max(image.size) == 400
    assert image.info["icc_profile"] == profile


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "a.jpg", "empty"),
        (b"<html>", "a.jpg", "not a picture"),
        (png(32, 32), "a.jpg", r"PNG but is named \.jpg"),
        (SAMPLE[:5000], "a.jpg", "cut off"),
    ],
)
def test_what_is_wrong_with_a_picture_is_said_as_it_is_found(
    decoders: Decoders, data: bytes, name: str, said: str
) -> None:
    with pytest.raises(BadImage, match=said):
        decoders.picture(data, name=name)


def test_a_picture_that_takes_too_long_is_refused_and_its_process_ended() -> None:
    with Decoders(ImageLimits(max_s=0.001), most=1) as hurried:
        with pytest.raises(BadImage, match="too long"):
            hurried.picture(SAMPLE)
        assert hurried.killed == 1


@LINUX
def test_a_picture_that_takes_too_much_memory_is_refused() -> None:
    with Decoders(ImageLimits(max_memory_bytes=64 * 2**20), most=1) as narrow:
        with pytest.raises(BadImage, match="memory"):
            narrow.picture(png(6000, 5000))
        assert narrow.picture(SAMPLE).width  # and the next is read by the same process
        assert narrow.killed == 0


def test_a_process_that_dies_while_it_reads_costs_one_picture() -> None:
    with Decoders(most=1) as decoders, ThreadPoolExecutor() as thread:
        decoders.picture(SAMPLE)
        (pid,) = decoders.waiting
        os.kill(pid, signal.SIGSTOP)  # it is given a picture, and never reads it
        reading = thread.submit(decoders.picture, SAMPLE)
        while decoders.waiting:
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(BadImage, match="can't be read"):
            reading.result()
        assert decoders.picture(SAMPLE).width


def test_a_process_that_died_while_it_waited_costs_nothing() -> None:
    with Decoders(most=1) as decoders:
        decoders.picture(SAMPLE)
        (pid,) = decoders.waiting
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert decoders.picture(SAMPLE).width
        assert decoders.killed == 0


def test_that_no_process_can_be_started_is_no_fault_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with Decoders() as decoders, pytest.raises(DecoderUnavailable, match="doctor"):
        decoders.picture(SAMPLE)


def test_no_process_stays_behind() -> None:
    with Decoders() as decoders:
        decoders.picture(SAMPLE)
        (pid,) = decoders.waiting
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@LINUX
def test_a_decoder_holds_its_channel_and_nothing_else(decoders: Decoders) -> None:
    decoders.picture(SAMPLE)
    pid = decoders.waiting[0]
    opened = [link.readlink().as_posix() for link in Path(f"/proc/{pid}/fd").iterdir()]
    assert sorted(place.partition(":")[0] for place in opened) == ["/dev/null", "/dev/null", "socket"]
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert [line.split()[3] for line in limits.splitlines() if line.startswith("Max open files")] == ["3"]


@LINUX
def test_a_decoder_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODACLIP_DISCORD_TOKEN", "not-to-be-told")
    with Decoders() as decoders:
        decoders.picture(SAMPLE)
        assert b"not-to-be-told" not in Path(f"/proc/{decoders.waiting[0]}/environ").read_bytes()


async def test_no_more_pictures_than_agreed_are_read_at_once() -> None:
    with Decoders(most=2) as decoders:
        await asyncio.gather(*(decoders.soon(lambda: decoders.picture(SAMPLE)) for _ in range(12)))
        assert len(decoders.waiting) <= 2


def test_whatever_a_decoder_raises_is_the_pictures_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Parcel:
        raise RuntimeError

    monkeypatch.setitem(worker.JOBS, "picture", broken)  # type: ignore[arg-type]
    told = worker.answer(Parcel({"do": "picture", "with": {}}, [b""]), ImageLimits(), lambda _: None)
    assert told.header["refused"] == "The picture is broken or cut off."


def test_a_message_comes_over_as_it_was() -> None:
    here, there = pair()
    with here, there, ThreadPoolExecutor() as thread:
        data = os.urandom(3_000_000)  # more than the channel holds
        sent = thread.submit(send, here, Parcel({"a": [1, "ü"]}, [data, b""]))
        told = receive(there)
        sent.result()
    assert told.header == {"a": [1, "ü"]}
    assert [bytes(part) for part in told.parts] == [data, b""]


def test_nobody_at_the_other_end_is_noticed() -> None:
    here, there = pair()
    with here:
        there.close()
        with pytest.raises(EOFError):
            receive(here)


def test_large_pictures_share_the_memory_that_there_is() -> None:
    memory, held = Memory(100), []

    def hold(count: int) -> None:
        with memory.lent(count):
            held.append(count)
            time.sleep(0.01)
            held.append(-count)

    with ThreadPoolExecutor() as threads:
        list(threads.map(hold, (60, 70, 40, 500, 30)))
    assert max(sum(min(count, 100) if count > 0 else max(count, -100) for count in held[:n]) for n in range(11)) <= 100


def test_a_picture_that_needs_more_than_there_is_waits_for_all_of_it() -> None:
    with Decoders(ImageLimits(max_memory_bytes=128 * 2**20), most=2) as decoders, ThreadPoolExecutor() as threads:
        large = png(4000, 3000)
        assert [one.width for one in threads.map(decoders.picture, [large, SAMPLE, large])] == [4000, 1024, 4000]
