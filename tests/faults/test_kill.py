"""kill -9 of any actor at any moment of a booking: one charge at most, and the job ends honestly."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.faults.harness import ACTORS, FINAL, scene

SEED = 20261124
STEPS = ("tickets_detected", "booking_started", "seats_held", "payment_submitted")
QUICK_AND_SLOW_STEPS = [pytest.param(step, marks=pytest.mark.slow) for step in STEPS[:-1]] + [STEPS[-1]]  # the dearest


async def _killed(folder: Path, actor: str, step: str, later: float) -> None:
    """Kill an actor so many seconds after a step, start it again, and count."""
    from tests.faults.harness import invariants

    async with scene(folder) as one:
        job = await one.desk("job.create", wish={"film": "Dune: Part Three", "city": "Hyderabad"})
        await one.event("watch_started", within=20)
        await one.call("POST", "sale", film="Dune: Part Three", open=True)
        await one.event(step, within=20)
        await asyncio.sleep(later)  # the random moment itself: nothing is waited for
        await one.fleet.kill(actor)
        await one.fleet.start(actor)
        await one.event(*FINAL, within=75)
        found = await one.ended(job["job"])
        books = await one.call("GET", "ledger")
        assert invariants(books, found) == [], one.names
        assert found["status"] == "SUCCESS", (found, one.names)


@pytest.mark.timeout(150)
@pytest.mark.parametrize("step", QUICK_AND_SLOW_STEPS)
async def test_a_booker_killed_at_a_step_boundary_charges_once(tmp_path: Path, step: str) -> None:
    await _killed(tmp_path, "booker", step, 0.0)


def moments(actor: str) -> list[tuple[str, float]]:
    """Twenty random moments, the same for the same seed."""
    chance = random.Random(f"{SEED}/{actor}")
    return [(chance.choice(STEPS), chance.uniform(0, 1.2)) for _ in range(20)]


@pytest.mark.slow
@pytest.mark.timeout(150)
@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("number", range(int(os.environ.get("USHER_KILLS", "20"))))
async def test_an_actor_killed_at_a_random_moment_charges_once(tmp_path: Path, actor: str, number: int) -> None:
    step, later = moments(actor)[number]
    await _killed(tmp_path, actor, step, later)


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_two_bookers_and_four_watchers_book_once(tmp_path: Path) -> None:
    from tests.faults.harness import invariants

    async with scene(tmp_path) as one:
        for extra in ("booker2", "watcher2", "watcher3", "watcher4"):
            await one.fleet.start(extra)
        job = await one.desk("job.create", wish={"film": "Dune: Part Three", "city": "Hyderabad"})
        await one.event("watch_started", within=20)
        await one.call("POST", "sale", film="Dune: Part Three", open=True)
        await one.event(*FINAL, within=60)
        found = await one.ended(job["job"])
        assert found["status"] == "SUCCESS"
        assert invariants(await one.call("GET", "ledger"), found) == []
