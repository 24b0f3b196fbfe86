"""Everything that is counted after a round, against the living parts: the log, the books, the read model, the home."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from typing import Any, TypeVar

from nats.errors import Error as NatsError

from events.errors import Unavailable, UsherError
from services.asking import ask, newest
from services.rebuilding import rebuild
from services.verifying import verify_log
from usher.bench.kill import count
from usher.bench.kill.world import World

TROUBLE = (UsherError, NatsError, TimeoutError)
T = TypeVar("T")


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """What work gives; a machine with much to do may let it time out a few times."""
    for _ in range(9):
        with contextlib.suppress(NatsError, TimeoutError, Unavailable):
            return await work()
        await asyncio.sleep(0.5)
    return await work()


async def counted(world: World, promised: Collection[str]) -> list[str]:
    """What does not hold. `promised` are the jobs of which the desk told somebody."""
    await _patiently(world.read_on)
    wrong = await _patiently(lambda: _kept(world))
    log = await _patiently(world.log)
    stories = count.stories(log)
    unknown = set(promised) - {one.job_id for one in stories}
    wrong += [f"I4: the desk told of {job_id}, which the log does not know" for job_id in sorted(unknown)]
    books: dict[str, Any] = await world.call("GET", "ledger")
    wrong += count.money(books, stories) + count.ends(stories)
    wrong += await _told(world, stories)
    wrong += await _rebuilt(world)
    places = [path for path in world.home.iterdir() if path.name != "master.key"]
    places += list((world.home.parent / "nats").rglob("*.blk"))
    return wrong + count.leaks(world.numbers, places)


async def _kept(world: World) -> list[str]:
    """I4: what a reader has seen is still there as it was, no number is missing, each event has its cause."""
    there = {one.sequence: one for one in await world.read_all()}
    wrong = [f"I4: event {one.sequence} is gone or changed" for one in world.seen if there.get(one.sequence) != one]
    verified = await verify_log(world.nc, {}, lambda done, total: None)
    return wrong + [f"I4: {one.stream} {one.sequence}: {one.what}" for one in verified.findings]


async def _told(world: World, stories: list[count.Story]) -> list[str]:
    """The notifier may be a moment behind."""
    wrong: list[str] = []
    for _ in range(300):
        wrong = count.told(world.home / "outbox.sqlite3", stories)
        if not wrong:
            break
        await asyncio.sleep(0.1)
    return wrong


async def _rebuilt(world: World) -> list[str]:
    """I5, once the projector has caught up; looks may still come in while we compare, so more than once."""
    wrong: list[str] = []
    for _ in range(5):
        try:
            after = await newest(world.nc, "JOBS", "USERS", "LOOKS")
            await ask(world.nc, "usher.query.jobs", {"which": "all", "user": "local", "after": after})
            anew = world.home / "anew.sqlite3"
            await rebuild(world.nc, anew, lambda done, total: None)
            wrong = count.differing(world.home / "usher.sqlite3", anew)
        except TROUBLE as broken:
            wrong = [f"I5: not compared: {broken!r}"]
        if not wrong:
            return []
        await asyncio.sleep(1)
    return wrong
