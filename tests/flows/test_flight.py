"""A booking that failed, as a test that needs no cinema: the look and the visit, recorded and lived again."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from events.archive import Sealer, artifact_line
from events.reading import DirectReader
from events.settings import utc_now
from services.artifacts import Artifacts
from services.recordings import RECORDING, of_look, of_visit
from sites.protocol import LookFor
from sites.recording import Call, Recording, pack
from tests.flows.conftest import until
from tests.flows.test_looks import Looks
from usher.commands.flights import fixture
from usher.flights import Lived, live_again

Open = Callable[..., Any]
VISIT = ["open_show → SeatMap", "hold → Held", "cover → Covered", "pay → Refused"]


async def test_a_look_that_was_refused_becomes_a_test(world: Open, tmp_path: Path) -> None:
    async with world() as one:
        looks = await Looks().follow(one)
        await one.fault("status_429", "look", count=None, value=600)
        job = await one.wish()
        look = (await looks.first("blocked"))["look"]

        async def kept() -> bytes | None:
            return await Artifacts(one.usher.nc, DirectReader(one.usher.nc)).get(of_look(look))

        await until(kept)
        settings = msgspec.structs.replace(one.parts.settings, nats_url=one.usher.nc.connected_url.geturl())
        assert await asyncio.to_thread(fixture, settings, job, tmp_path) == 0
    lived = await asyncio.to_thread(live_again, tmp_path / f"{job[-8:]}.jsonl")
    assert [(one.name, list(one.calls)) for one in lived] == [(f"{look}-pages", ["look → Blocked"])]


def test_a_recording_that_lost_an_answer_proves_nothing(tmp_path: Path) -> None:
    def lived(cut: bool) -> Lived:
        asked = Call("look", [msgspec.to_builtins(LookFor("Dune", "Hyderabad"))], {"type": "Available"})
        sealer, file = Sealer(), tmp_path / "record.jsonl"
        data = pack(Recording("bookmyshow", utc_now(), (), (asked,), cut=cut))
        lines = [sealer.head("x", utc_now()), sealer.seal(artifact_line(f"a{RECORDING}", data)), sealer.end()]
        file.write_bytes(b"".join(lines))
        return live_again(file, "/nowhere/chromium")[0]

    assert lived(cut=True).lost
    whole = lived(cut=False)
    assert whole.differences
    assert not whole.lost


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
