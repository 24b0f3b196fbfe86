"""A booking that failed, as a test that needs no cinema: the look and the visit, recorded and lived again."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from events.reading import DirectReader
from services.artifacts import Artifacts
from services.recordings import of_visit
from tests.flows.conftest import until
from usher.commands.flights import fixture
from usher.flights import live_again

Open = Callable[..., Any]
VISIT = ["open_show → SeatMap", "hold → Held", "cover → Covered", "pay → Refused"]


async def test_a_failed_booking_becomes_a_test_against_a_recorded_site(world: Open, tmp_path: Path) -> None:
    into = tmp_path / "flights"
    async with world() as one:
        await one.fault("refuse_payment", "pay", count=None)
        await one.open_sale()
        job = await one.wish()
        failed = await one.event("booking_failed")
        assert failed["reason"] == "payment_refused"
        await one.usher.desk("job.pause", job=job)

        async def kept() -> bytes | None:
            return await Artifacts(one.usher.nc, DirectReader(one.usher.nc)).get(of_visit(job, 1))

        await until(kept)
        settings = msgspec.structs.replace(one.parts.settings, nats_url=one.usher.nc.connected_url.geturl())
        assert await asyncio.to_thread(fixture, settings, job, into) == 0
    record = into / f"{job[-8:]}.jsonl"
    lived = await asyncio.to_thread(live_again, record)
    assert [list(one.calls) for one in lived] == [["look → Available"], VISIT]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    flown = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(into)), env=environment
    )
    assert await asyncio.wait_for(flown.wait(), 60) == 0
