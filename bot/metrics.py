"""What is measured while the bot runs, in Prometheus' form; one registry for each program, so that tests share none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts and times of what the desk does."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)  # memory, processor, open files, since when it runs
        self._requests = Counter(
            "modaclip_requests", "Requests answered, by what was asked and how it ended", ["what", "outcome"],
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "modaclip_request_seconds", "Seconds until a request was answered", ["what"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._stages = Histogram(
            "modaclip_stage_seconds", "Seconds that one stage of answering took", ["stage"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._waits = Histogram(
            "modaclip_wait_seconds", "Seconds that requests waited for their turn", buckets=_SECONDS, registry=registry
        )
        self._turned_away = Counter(
            "modaclip_turned_away", "Requests refused because too much was asked, by whose too much it was", ["why"],
            registry=registry,
        )  # fmt: skip
        self._lags = Histogram(
            "modaclip_loop_lag_seconds", "Seconds for which the event loop was late, looked at every second",
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._passwords = Counter("modaclip_wrong_passwords", "Wrong passwords of the web chat", registry=registry)
        self._gauges = {
            name: Gauge(f"modaclip_{name}", what, registry=registry)
            for name, what in {
                "answering": "Requests being answered now",
                "waiting": "Requests waiting for their turn",
                "encoder_waiting": "Pieces of work that the encoders have before them",
                "libraries_open": "Libraries that are open",
                "photos": "Photos in the open libraries",
                "photos_damaged": "Photos left out of answers because what is kept of them is damaged",
                "texts_remembered": "Query texts whose vectors are remembered",
                "pictures_given_up": "Pictures whose reading took too long or broke the process that read them",
                "tasks": "Tasks of the event loop",
                "disk_free_bytes": "Bytes that are free where the bot keeps what it keeps",
            }.items()
        }

    def answered(self, what: str, outcome: str, seconds: float) -> None:
        """Count one request that ended: "answered", "refused", "cancelled" or "error"."""
        self._requests.labels(what, outcome).inc()
        self._seconds.labels(what).observe(seconds)

    def waited(self, seconds: float) -> None:
        """Count a turn that has come, after so long."""
        self._waits.observe(seconds)

    def turned_away(self, why: str) -> None:
        """Count a request that found no place: "person", "workspace", "all" or "restart"."""
        self._turned_away.labels(why).inc()

    def lagged(self, seconds: float) -> None:
        """Count for how long the event loop was late."""
        self._lags.observe(seconds)

    def wrong_password(self) -> None:
        """Count a wrong password of the web chat."""
        self._passwords.inc()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done meanwhile as one stage of an answer, such as "find" or "complete"."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._stages.labels(name).observe(time.perf_counter() - began)

    def watch(self, **functions: Callable[[], float]) -> None:
        """Let gauges, by name, be read when they are asked for."""
        for name, function in functions.items():
            self._gauges[name].set_function(function)

    def show(self, **values: float) -> None:
        """Set gauges, by name."""
        for name, value in values.items():
            self._gauges[name].set(value)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
