"""A booker that was frozen beyond its lease (SIGSTOP, a closed lid, a paused machine) wakes up and cannot pay."""

import json
from pathlib import Path

import pytest

from tests.faults.harness import invariants, scene

FILM = "Dune: Part Three"


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("step", "where"), [("seats_held", "apply"), ("payment_submitted", "pay")])
async def test_a_booker_frozen_beyond_its_lease_pays_nothing_when_it_wakes(
    tmp_path: Path, step: str, where: str
) -> None:
    async with scene(tmp_path, USHER_LEASE="5") as one:
        await one.call("POST", "faults", name="delay_ms", where=where, count=1, value=2_000)
        job = await one.desk("job.create", wish={"film": FILM, "city": "Hyderabad"})
        await one.event("watch_started", within=20)
        await one.call("POST", "sale", film=FILM, open=True)
        await one.event(step, within=30)
        one.fleet.freeze("booker")
        await one.fleet.start("booker2")
        await one.event("booked", within=90)
        found = await one.ended(job["job"])
        before = await one.usher.ask("usher.query.timeline", {"job_id": job["job"]})
        one.fleet.thaw("booker")
        await one.fleet.kill("booker2")  # whatever is booked from here on is booked by the one that woke up
        again = await one.desk("job.create", wish={"film": FILM, "city": "Hyderabad", "seats": {"count": 1}})
        second = await one.ended(again["job"], within=90)
        assert second["status"] == "SUCCESS", one.fleet.log()
        books = await one.call("GET", "ledger")
        mine = [c for c in books["charges"] if c["amount_minor"] == found["amount"]]
        assert len(books["charges"]) == 2
        assert len(mine) == 1
        first = books | {"charges": mine, "bookings": books["bookings"][:1]}
        assert invariants(first, found) == []
        after = await one.usher.ask("usher.query.timeline", {"job_id": job["job"]})
        assert [row["type"] for row in after] == [row["type"] for row in before]  # the sleeper added nothing
        if step == "seats_held":  # what it held was given back by its successor, told and counted
            left = [row for row in after if row["type"] == "booking_started"][1]
            assert json.loads(left["body"])["left_over"] == books["holds"][0]["booking_id"]
            assert books["holds"][0]["status"] == "released"
            assert await one.usher.ask("usher.query.left_over") == 1
