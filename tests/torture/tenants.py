"""Teams stay apart: whatever people do who know all of each other's ids and buttons, each team is shown only its own.

Hypothesis chooses who does what; after every step all that was shown is looked at, and all that has changed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from core.store import StoreOptions
from tests.fakes.postgres import NoServer, running_server
from tests.torture.frame import Ordeal, Outcome, Trial
from tests.torture.tenants_chats import Chats
from tests.torture.tenants_discord import Discord
from tests.torture.tenants_doing import Doing
from tests.torture.tenants_hands import Hands
from tests.torture.tenants_slack import Slack
from tests.torture.tenants_teams import ACTORS, KNOWN, SECRETS, Actor
from tests.torture.tenants_web import Web
from tests.torture.tenants_world import World, log_looked_at

STEPS_A_RUN = 40
LEAST_CARRIED = 10  # things that are done in each chat; everybody reaching once for what is not theirs is more
MOST_FAULTS = 10  # after which it is not gone on
SOMEBODY = st.sampled_from(ACTORS)
NUMBER = st.integers(0, 2**32 - 1)


class Desks:
    """A world that is opened, and started anew from time to time; what is done in it is done on its loop."""

    def __init__(self, runner: asyncio.Runner, hands: Hands) -> None:
        self.world = hands.world
        self.doing = Doing(hands.world, hands)
        self._runner = runner
        self._stack = AsyncExitStack()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something, unless enough has gone wrong."""
        if len(self.world.faults) < MOST_FAULTS:
            self._runner.run(work)
        else:
            work.close()

    async def start(self) -> None:
        """Open the world; what was open is closed first."""
        await self._stack.aclose()
        await self._stack.enter_async_context(self.world.open())
        await self._stack.enter_async_context(self.doing.connected())

    async def stop(self) -> None:
        """Close the world. Nobody's words stand in what was measured."""
        said = self.world.desk.metrics.text().decode().lower()
        if found := [word for word in (*SECRETS.values(), *KNOWN.values(), "same-one") if word in said]:
            self.world.note(f"{found} stood in the metrics")
        await self._stack.aclose()


class Teams(RuleBasedStateMachine):
    """What people may do, in any order."""

    desks: Desks

    @initialize(often=st.integers(0, 7))
    def start_anew(self, often: int) -> None:
        if often == 0:
            self.desks.do(self.desks.start())

    @rule(actor=SOMEBODY, other=SOMEBODY, n=NUMBER)
    def commands(self, actor: Actor, other: Actor, n: int) -> None:
        for who in (actor, other, actor, other, actor):
            self._do(self.desks.doing.command, who, n)

    @rule(actor=SOMEBODY, other=SOMEBODY, n=NUMBER)
    def press(self, actor: Actor, other: Actor, n: int) -> None:
        for who in (actor, other, actor, other, actor):
            self._do(self.desks.doing.press, who, n)

    @rule(actor=SOMEBODY, n=NUMBER)
    def submit(self, actor: Actor, n: int) -> None:
        self._do(self.desks.doing.submit, actor, n)

    @rule(actor=SOMEBODY, n=NUMBER)
    def complete(self, actor: Actor, n: int) -> None:
        self._do(self.desks.doing.complete, actor, n)

    @rule(actor=SOMEBODY, n=NUMBER)
    def ask_by_address(self, actor: Actor, n: int) -> None:
        doing = self.desks.doing
        self._do((doing.ask_for_picture, doing.ask_for_board, doing.recent)[n % 3], actor, n)

    @rule(actor=SOMEBODY, n=NUMBER)
    def work_on_page(self, actor: Actor, n: int) -> None:
        self._do(self.desks.doing.work_on_page, actor, n)

    @rule(actor=SOMEBODY, n=NUMBER)
    def share(self, actor: Actor, n: int) -> None:
        self._do(self.desks.doing.share, actor, n)

    @rule(actor=SOMEBODY, n=NUMBER)
    def leave(self, actor: Actor, n: int) -> None:
        self._do(self.desks.doing.leave, actor, n)
        self.desks.do(self.desks.doing.look_for_news())

    def _do(self, what: Callable[[Actor, random.Random], Coroutine[Any, Any, None]], actor: Actor, n: int) -> None:
        """Do something; its details are others each time, for hypothesis begins with nothing but zeros."""
        self.desks.do(what(actor, random.Random(f"{n}:{len(self.desks.world.steps)}")))


def live_in(hands: Hands, number: int, runs: int, running: Sequence[AbstractAsyncContextManager[Any]] = ()) -> None:
    """Let people do things in a world for so many runs, while `running` is entered."""
    world, stack = hands.world, AsyncExitStack()
    chosen = settings(
        max_examples=runs,
        stateful_step_count=STEPS_A_RUN,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    with asyncio.Runner() as runner, log_looked_at(world):
        desks = Desks(runner, hands)
        try:
            for one in running:
                runner.run(stack.enter_async_context(one))
            runner.run(desks.start())
            runner.run(world.begin())
            runner.run(desks.doing.begin())
            runner.run(desks.doing.reach())
            run_state_machine_as_test(seed(number)(type("TheseTeams", (Teams,), {"desks": desks})), settings=chosen)
        finally:
            runner.run(desks.stop())
            runner.run(stack.aclose())


def run(trial: Trial) -> Outcome:
    """Do it in SQLite, and in PostgreSQL where a server can be started."""
    outcome = Outcome()

    def note(name: str, world: World, more: str = "") -> None:
        outcome.faults += [f"{name}: {fault}" for fault in world.faults]
        shared = sum(len(one.seen_from) > 1 for one in world.boards.values())
        outcome.figures[name] = (
            f"{len(world.steps)} steps{more}, {world.looked_at} texts and pictures, {len(world.boards)} boards"
            f" ({shared} shared at the end)"
        )

    def live(engine: str, store: StoreOptions, runs: int) -> None:
        world = World(trial.folder / engine, store)
        live_in(Hands(world), trial.random(engine).randrange(2**32), runs)
        note(engine, world)

    def chat(engine: str, store: StoreOptions, runs: int) -> None:
        world, discord, slack = World(trial.folder / f"{engine} in chats", store), Discord(), Slack()
        chats = Chats(world, {"discord": discord, "slack": slack, "web": Web()})
        number = trial.random(f"{engine} in chats").randrange(2**32)
        live_in(chats, number, runs, [discord.fake.running(), slack.fake.running()])
        for one in (discord.fake, slack.fake):
            outcome.faults += [f"{engine}, sent to a chat: {problem}" for problem in one.problems]
        for name, times in chats.carried.items():
            outcome.expect(times >= LEAST_CARRIED, f"{engine}: only {times} things came to the desk through {name}")
        note(f"{engine} in chats", world, f" ({sum(chats.carried.values())} through a chat)")

    live("SQLite", StoreOptions(), trial.times(12, 1))
    chat("SQLite", StoreOptions(), trial.times(8, 1))
    try:
        with running_server() as server:
            server.run("CREATE DATABASE tenants")
            live("PostgreSQL", StoreOptions(server.url("tenants")), trial.times(12, 1))
            if not trial.short:
                server.run("CREATE DATABASE chats")
                chat("PostgreSQL", StoreOptions(server.url("chats")), 8)
    except NoServer as error:
        outcome.skipped = f"no PostgreSQL: {error}"
    return outcome


ORDEAL = Ordeal("tenants", "teams that know all of each other's ids, buttons and codes are shown only their own", run)
