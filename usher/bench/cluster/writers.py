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

BETWEEN = 6.0  # s between two commands of a job, on average
AGAIN = 0.1  # s until a command that was not acknowledged is given again
CROWD = "crowd"  # nobody whom a desk would serve: our jobs take no place in anybody's five
FILM = "Paper Boats"  # of the demo cinema: never on sale, so nothing but us moves these jobs


class Acked(NamedTuple):
    """An event that the log acknowledged, and when (monotonic)."""

    job_id: str
    event_id: str
    sequence: int
    at: float


class Writers:
    """So many jobs at a time, each through one of the stores: made, paused, resumed, cancelled; then the next."""

    def __init__(self, stores: Sequence[EventStore], jobs: int) -> None:
        self._stores, self._jobs = stores, jobs
        self.acked: list[Acked] = []
        self.refused = self.failed = 0
        self._go_on = True

    async def run(self) -> None:
        """Write until `stop`; every job ends cancelled."""
        await asyncio.gather(*(self._lives(place) for place in range(self._jobs)))

    def stop(self) -> None:
        """Begin no job any more."""
        self._go_on = False

    async def _lives(self, place: int) -> None:
        store, chance = self._stores[place % len(self._stores)], random.Random(place)
        wish = Wish(film=FILM, city="Hyderabad")
        while self._go_on:
            job_id, until = new_job_id(), utc_now() + timedelta(days=1)
            steps = (o.PauseJob("a pause", CROWD), o.ResumeJob(CROWD), o.CancelJob(CROWD))
            for command in (o.CreateJob(CROWD, wish, until), *steps):
                await asyncio.sleep(chance.uniform(0, 2 * BETWEEN) if self._go_on else 0)
                await self._given(store, job_id, command)

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
