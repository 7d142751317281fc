"""The worst that a network does: an import over a server that lies, and chats whose own networks fail.

An import meets every fault of `lying_server`. It must go on, bring what can be brought, say of everything else why it
is missing, connect to nothing that is not public, and end in time; when the server is well again, the same import must
bring what was missing, and nothing twice. The chats must answer again after every fault.
"""

from __future__ import annotations

import asyncio
import csv
import logging
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import httpcore

from core import fetch
from core.addresses import Address
from core.enrich import Vocabulary
from core.fetch import FetchOptions
from core.images import ImageLimits
from core.ingest import ImportReport
from core.intake import IntakeOptions
from core.library import Library, LibraryOptions
from core.sources.detect import open_source
from tests.fakes.encoder import HUES, LIGHTS, ColourEncoder
from tests.torture.chat_faults import harass_discord, harass_slack
from tests.torture.frame import Ordeal, Outcome, Trial
from tests.torture.lying_server import FAULTS, LyingServer, lying

LOOPBACK = frozenset({"127.0.0.1", "::1"})  # what the server's names may stand for
ATTEMPTS, CONCURRENCY = 2, 64
TIMEOUT_S, WHOLE_ATTEMPT = 2.0, 1
MOST_BYTES = 200_000
SLACK_S = 60.0  # that a busy machine may need beyond what faults may take
LATE, AWAY, BUSY = "did not answer in time", "could not be reached, or broke off", "too busy or broken"
LARGE, INSIDE, PICTURE = "larger than", "inside a private network", "picture"
# of each kind, what must be said of why its picture is missing; "" where it must come in all the same
SAID: Mapping[str, str] = {
    **dict.fromkeys(("well", "cut_once", "reset_once", "limit_once", "error_once", "redirect_well"), ""),
    "name_dead_first": "",
    **dict.fromkeys(("slow_headers", "slow_body", "continues", "hang", "name_hangs"), LATE),
    **dict.fromkeys(("reset", "reset_midway", "endless_headers", "endless_chunk_size", "empty", "cut"), AWAY),
    **dict.fromkeys(("long_length", "absurd_length", "two_lengths", "gzip_transfer", "chunk_cut", "chunk_bad"), AWAY),
    **dict.fromkeys(("garbage", "nul_header", "tls_garbage", "name_fails", "name_empty"), AWAY),
    **dict.fromkeys(("endless_body", "endless_chunks", "huge_length"), LARGE),
    **dict.fromkeys(("redirect_inside", "redirect_name", "name_inside", "name_mixed", "name_moves"), INSIDE),
    **dict.fromkeys(("limit", "error"), BUSY),
    **dict.fromkeys(("short_length", "bomb"), PICTURE),
    "wrong_type": "no picture but",
    "no_picture": "not a picture",
    "gzip": "compressed",
    "gone": "no longer",
    "denied": "does not give the picture",
    "nothing_new": "does not give the picture",
    "endless_redirect": "without end",
    "redirect_file": "Only http and https",
    "redirect_odd": "not a URL",
    "no_name": "no host called",
}


def run(trial: Trial) -> Outcome:
    """Let an import and two chats meet a bad network."""
    outcome = Outcome()
    logging.disable(logging.CRITICAL)  # the clients of chats tell of every fault
    try:
        asyncio.run(_run(trial, outcome))
    finally:
        logging.disable(logging.NOTSET)
    return outcome


async def _run(trial: Trial, outcome: Outcome) -> None:
    outcome.expect(set(FAULTS) <= set(SAID), f"kinds without an end: {set(FAULTS) - set(SAID)}")
    await _import(trial, outcome)
    for name, harass in (("Discord", harass_discord), ("Slack", harass_slack)):
        outcome.figures[f"faults of {name}"] = await harass(trial.random(name), trial.times(40, 4), outcome)


async def _import(trial: Trial, outcome: Outcome) -> None:
    chance = trial.random("kinds")
    kinds = [*SAID, *chance.choices(list(SAID), k=trial.times(400, 0))]
    chance.shuffle(kinds)
    connected: set[str] = set()
    async with lying(trial.seed) as server, _library(trial.folder) as library:
        table = _table(trial.folder / "photos.csv", server, kinds)
        with _network(server, connected):
            longest_s = len(kinds) * ATTEMPTS * TIMEOUT_S * WHOLE_ATTEMPT / CONCURRENCY + SLACK_S
            async with asyncio.timeout(longest_s):
                first = await library.import_from(open_source(str(table)))
            _look_at_first(outcome, kinds, first)
            server.well = True
            server.requests.clear()
            second = await library.import_from(open_source(str(table)))
            asked = dict(server.requests)
            server.requests.clear()
            third = await library.import_from(open_source(str(table)))
        photos = await library.photos([f"p{number}" for number in range(len(kinds))])
        missing = {number for number, kind in enumerate(kinds) if SAID[kind]}
        outcome.expect(connected <= LOOPBACK, f"connected to {connected - LOOPBACK}")
        outcome.expect(asked == dict.fromkeys(missing, 1), "the second import asked for other pictures than it lacked")
        outcome.expect(not second.missing and not second.skipped, f"the second import lacks {second.missing[:3]}")
        outcome.expect(
            second.embedded == len(missing), f"{second.embedded} embedded of {len(missing)} that were lacking"
        )
        outcome.expect(not server.requests and not third.written, "the third import asked or wrote again")
        outcome.expect(await library.count() == len(kinds), f"{await library.count()} photos of {len(kinds)}")
        hashes = {photo.content_hash for photo in photos.values() if photo.content_hash}
        outcome.expect(len(hashes) == len(kinds), f"{len(hashes)} pictures of {len(kinds)}")
    outcome.figures["downloads"] = len(kinds)
    outcome.figures["of them with a fault"] = sum(kind != "well" for kind in kinds)
    outcome.figures["kinds of faults"] = len(SAID) - 1


def _look_at_first(outcome: Outcome, kinds: list[str], report: ImportReport) -> None:
    """Compare what the import over the lying server said with what it should."""
    told = {one.what: one.reason for one in report.missing}
    outcome.expect(not report.skipped, f"records were skipped: {report.skipped[:3]}")
    for number, kind in enumerate(kinds):
        reason, wanted = told.get(f"p{number}", ""), SAID[kind]
        right = wanted.lower() in reason.lower() if wanted else not reason
        outcome.expect(right, f"{kind} (p{number}): {reason or 'came in'}")


def _table(path: Path, server: LyingServer, kinds: Iterable[str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "url", "photographer"))
        rows.writerows((f"p{number}", server.url(number, kind), "Ann") for number, kind in enumerate(kinds))
    return path


@asynccontextmanager
async def _library(folder: Path) -> AsyncIterator[Library]:
    encoder = ColourEncoder()
    options = LibraryOptions(
        make_encoder=lambda *_: encoder,
        vocabulary=Vocabulary((*HUES, *LIGHTS)),
        fetch=FetchOptions(concurrency=CONCURRENCY, timeout_s=TIMEOUT_S, attempts=ATTEMPTS, pause_s=0.01),
        intake=IntakeOptions(limits=ImageLimits(max_bytes=MOST_BYTES)),
    )
    await Library.create(folder / "library", encoder.name, options)
    async with Library.open(folder / "library", options) as library:
        yield library


def _network(server: LyingServer, connected: set[str]) -> ExitStack:
    """Let the server's names and ports be reached, and note what is connected to; all other rules stand."""
    connect = httpcore.AnyIOBackend.connect_tcp

    async def noted(self: httpcore.AnyIOBackend, host: str, *rest: Any) -> httpcore.AsyncNetworkStream:
        connected.add(host)
        if host not in LOOPBACK:
            raise httpcore.ConnectError("nothing else is reached from here")
        return await connect(self, host, *rest)

    def is_loopback_or_public(address: Address) -> bool:
        return str(address) in LOOPBACK or is_public(address)

    is_public = fetch.is_public
    stack = ExitStack()
    for target, name, value in (
        (httpcore.AnyIOBackend, "connect_tcp", noted),
        (socket, "getaddrinfo", server.look_up),
        (fetch, "is_public", is_loopback_or_public),
        (fetch, "PORTS", range(2**16)),
        (fetch, "WHOLE_ATTEMPT", WHOLE_ATTEMPT),
        (fetch, "MAX_PAUSE_S", 0.05),
    ):
        stack.enter_context(mock.patch.object(target, name, value))
    return stack


ORDEAL = Ordeal("network", "a network that lies, breaks, drips and floods, for imports and for chats", run)
