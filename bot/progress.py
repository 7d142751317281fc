"""How far a long piece of work is: a bar with rate and time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from core.credits import one_line
from core.ingest import Progress as Report

QUIET_S = 2.0  # work that is done sooner says nothing
LINE_EVERY_S = 10.0  # between plain lines


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f}/s" if task.speed else "", style="progress.data.speed")


@contextmanager
def progress(console: Console, what: str) -> Iterator[Report]:
    """Yield a function to be called with how many are done, of how many."""
    if console.is_terminal:
        with _bar(console, what) as report:
            yield report
    else:
        yield _lines(console, what)


@contextmanager
def steps(console: Console, name: str) -> Iterator[Callable[[str], Report]]:
    """Yield what shows how far each step of some work is; the one before ends where the next begins."""
    with ExitStack() as shown:

        def step(what: str) -> Report:
            shown.pop_all().close()
            return shown.enter_context(progress(console, f"{what} {name}"))

        yield step


@contextmanager
def _bar(console: Console, what: str) -> Iterator[Report]:
    title = TextColumn("{task.description}", markup=False)
    columns = (title, BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(one_line(what), total=None, visible=False)
        began = time.monotonic()

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=time.monotonic() - began > QUIET_S)

        yield report


def _lines(console: Console, what: str) -> Report:
    began = last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < LINE_EVERY_S or not done:
            return
        last = now
        rate = done / (now - began)
        left_s = (total - done) / rate
        told = f"{what}: {done:,} of {total:,}, {rate:.0f}/s, {left_s:.0f} s left"
        console.print(told, markup=False, highlight=False)

    return report
