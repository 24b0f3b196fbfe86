"""Those who wish: each has one job under way, sees it to its end, and wishes again."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from datetime import UTC, datetime, timedelta

from nats.errors import Error as NatsError

from events import job as j
from events.codec import Recorded
from events.errors import UsherError
from events.lifecycle import FINAL, Job, Status
from events.store import EventStore
from services.asking import Refused, ask
from usher.bench.kill.world import FILM, World

CINEMAS = (  # one needs terms accepted, one says nothing of its seats, one draws them as elements
    "AMB Cinemas: Gachibowli",
    "Prasads Multiplex: Hyderabad",
    "Bhramaramba 70MM: Kukatpally",
    "Lagoon Talkies: Tolichowki",
)
PATIENCE = 10.0  # s, on a quick machine, without news of a job that only watches, until its person gives it up
GLANCE = 1.5  # s between two looks at a job of which nothing is heard: the ear may be cut off
RESTING = frozenset({Status.PAUSED, Status.AWAITING_INPUT, Status.AWAITING_CONSENT})
TROUBLE = (UsherError, NatsError, TimeoutError)


class People:
    """Every user of a world, and the jobs of which the desk told them."""

    def __init__(self, world: World, seed: int) -> None:
        self._world, self._seed = world, seed
        self.jobs: dict[str, str] = {}  # job → its user
        self._stopped = asyncio.Event()
        self._busy: list[asyncio.Task[None]] = []
        self._wishes = 0
        self._every = 0.0

    def begin(self, round_: int, every: float = 0.0) -> None:
        """Let everybody wish, until `end`: anew once the last job has ended, and not before `every` seconds."""
        self._stopped.clear()
        self._every = every
        for user in self._world.users:
            chance = random.Random(f"{self._seed}/{round_}/{user}")
            self._busy.append(asyncio.create_task(self._wish_on(user, chance)))

    async def end(self, within: float) -> None:
        """Nobody wishes any more: wait until every job has ended, or not longer."""
        self._stopped.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await asyncio.gather(*self._busy)
                await self._forgotten()
        for task in self._busy:
            task.cancel()
        self._busy.clear()

    async def _forgotten(self) -> None:
        """Jobs that were made although nobody heard of it: the desk's answer was lost."""
        users = {record.key: record.event.user for record in await self._log() if isinstance(record.event, j.Created)}
        for job_id, user in users.items():
            if job_id not in self.jobs:
                self.jobs[job_id] = user
                await self._see_to_its_end(job_id, user)

    async def _log(self) -> list[Recorded]:
        while True:
            with contextlib.suppress(*TROUBLE):
                return await self._world.log()
            await asyncio.sleep(0.5)

    async def _wish_on(self, user: str, chance: random.Random) -> None:
        while not self._stopped.is_set():
            next_ = time.monotonic() + max(0.5, self._every)
            job_id = await self._wish(user, chance)
            if job_id is not None:
                self.jobs[job_id] = user
                await self._see_to_its_end(job_id, user)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), next_ - time.monotonic())

    async def _wish(self, user: str, chance: random.Random) -> str | None:
        self._wishes += 1
        until = datetime.now(UTC) + timedelta(hours=6, seconds=self._wishes)  # no wish stands twice
        wish = {
            "film": FILM,
            "city": "Hyderabad",
            "cinemas": [chance.choice(CINEMAS)],
            "watch_until": until.isoformat(),
            "seats": {"count": chance.randint(1, 3)},
        }
        try:
            return str((await self._world.desk("job.create", user, within=20, wish=wish))["job"])
        except TROUBLE:  # it may be there all the same
            return await self._standing(user)

    async def _standing(self, user: str) -> str | None:
        with contextlib.suppress(*TROUBLE):
            rows = await ask(self._world.nc, "usher.query.jobs", {"which": "active", "user": user}, within=3)
            return next((row["job_id"] for row in rows if row["job_id"] not in self.jobs), None)
        return None

    async def _see_to_its_end(self, job_id: str, user: str) -> None:
        """As a person would: go on once where it rests, then let it be; and let it be where nothing happens."""
        store, encouraged = EventStore(self._world.nc, "cli"), False
        while True:
            job = Job()
            with contextlib.suppress(*TROUBLE):
                job = (await store.load(job_id, fresh=True)).job
            if job.status in FINAL:
                return
            quiet = time.monotonic() - self._world.heard.setdefault(job_id, time.monotonic())
            with contextlib.suppress(Refused, *TROUBLE):
                if job.status in RESTING and not encouraged:
                    encouraged = True
                    await self._world.desk("job.resume", user, within=10, job=job_id)
                elif job.status in RESTING or (job.status is Status.WATCHING and quiet > PATIENCE * self._world.pace):
                    await self._world.desk("job.cancel", user, within=10, job=job_id)
            await self._world.news(job_id, GLANCE)
