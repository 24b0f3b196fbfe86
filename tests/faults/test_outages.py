"""The broker or the browser goes away in the middle: nothing is lost, nothing is paid twice."""

from pathlib import Path

import pytest

from tests.faults.harness import invariants, scene
from tests.faults.test_kill import QUICK_AND_SLOW_STEPS

FILM = "Dune: Part Three"


@pytest.mark.timeout(150)
@pytest.mark.parametrize("step", QUICK_AND_SLOW_STEPS)
async def test_a_broker_killed_at_a_step_boundary_loses_no_event(tmp_path: Path, step: str) -> None:
    async with scene(tmp_path) as one:
        job = await one.desk("job.create", wish={"film": FILM, "city": "Hyderabad"})
        await one.event("watch_started", within=20)
        await one.call("POST", "sale", film=FILM, open=True)
        await one.event(step, within=20)
        before = list(one.names)
        await one.broker.kill()
        await one.broker.start()
        found = await one.ended(job["job"], within=90)
        assert invariants(await one.call("GET", "ledger"), found) == [], one.names
        assert found["status"] == "SUCCESS", (found, one.names)
        rows = await one.usher.ask("usher.query.timeline", {"job_id": job["job"]})
        kept = [row["type"] for row in rows]
        assert set(before) <= set(kept), (before, kept)
