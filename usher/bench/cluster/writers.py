"""Many jobs at once, changed all the time: what was acknowledged, and how long nothing was."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from nats.errors import Error as NatsError

from events import orders as o
from events.errors import UsherError
from events.lifecycle import Refusal
from events.settings import new_job_id, utc_now
from events.store import EventStore
from events.wish import Wish

BETWEEN = 3.0  # s between two commands of a job, on average
AGAIN = 0.1  # s until a command that was not acknowledged is given again
FILM = "Paper Boats"  # of the demo cinema: never on sale, so nothing but us moves these jobs


class Acked(NamedTuple):
    """An event that the log acknowledged, and when (monotonic)."""

    job_id: str
    event_id: str
    sequence: int
    at: float


class Writers:
    """Jobs that are paused and resumed until they are cancelled, each through one of the stores."""

    def __init__(self, stores: Sequence[EventStore], jobs: int) -> None:
        self._stores, self.jobs = stores, [new_job_id() for _ in range(jobs)]
        self.acked: list[Acked] = []
        self.refused = self.failed = 0
        self._go_on = True

    async def run(self) -> None:
        """Write until `stop`; every job ends cancelled."""
        await asyncio.gather(*(self._life(place, job_id) for place, job_id in enumerate(self.jobs)))

    def stop(self) -> None:
        """Let every job end."""
        self._go_on = False

    async def _life(self, place: int, job_id: str) -> None:
        store, chance = self._stores[place % len(self._stores)], random.Random(place)
        await asyncio.sleep(chance.uniform(0, BETWEEN))
        wish = Wish(film=FILM, city="Hyderabad")
        await self._given(store, job_id, o.CreateJob("local", wish, utc_now() + timedelta(days=1)))
        paused = False
        while self._go_on:
            await asyncio.sleep(chance.uniform(0, 2 * BETWEEN))
            command = o.ResumeJob("local") if paused else o.PauseJob("a pause", "local")
            await self._given(store, job_id, command)
            paused = not paused
        await self._given(store, job_id, o.CancelJob("local"))

    async def _given(self, store: EventStore, job_id: str, command: o.Command) -> None:
        """Give a command until the log takes it, or the rules refuse it: a lost one may have been done."""
        while True:
            try:
                outcome = await store.execute(job_id, command)
            except (UsherError, NatsError, TimeoutError):  # also "unknown": the next decision sees what was written
                self.failed += 1
                await asyncio.sleep(AGAIN)
                continue
            if isinstance(outcome, Refusal):
                self.refused += 1
                return
            now, first = time.monotonic(), outcome.sequence - len(outcome.ids) + 1
            self.acked += [Acked(job_id, one, first + place, now) for place, one in enumerate(outcome.ids)]
            return

    def longest_pause(self, since: float, until: float) -> float:
        """Seconds between two acknowledgements, at most, within a stretch of time."""
        times = [since, *(one.at for one in self.acked if since <= one.at <= until), until]
        return max(later - earlier for earlier, later in pairwise(times))
