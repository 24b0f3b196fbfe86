"""kill -9 of a booker while a person pays by code: what was paid is found, and nothing is held a second time."""

from pathlib import Path
from typing import Any

import pytest

from tests.faults.harness import FINAL, Scene, invariants, scene

FILM = "Dune: Part Three"


async def shown(one: Scene) -> str:
    """A job that waits for its code to be paid."""
    job = await one.desk("job.create", wish={"film": FILM, "city": "Hyderabad", "payment": "qr"})
    await one.event("watch_started", within=20)
    await one.call("POST", "sale", film=FILM, open=True)
    await one.event("payment_requested", within=30)
    return str(job["job"])


async def pay(one: Scene) -> dict[str, Any]:
    newest = (await one.call("GET", "ledger"))["holds"][-1]
    paid: dict[str, Any] = await one.call("POST", "pay_qr", transaction=newest["transaction_id"])
    return paid


@pytest.mark.slow
@pytest.mark.timeout(150)
@pytest.mark.parametrize("paid", ["while no booker lives", "after the next booker came"])
async def test_a_code_outlives_its_booker(tmp_path: Path, paid: str) -> None:
    async with scene(tmp_path) as one:
        job = await shown(one)
        await one.fleet.kill("booker")
        if paid.startswith("while"):
            await pay(one)
        await one.fleet.start("booker")
        if paid.startswith("after"):
            await one.desk("job.paid", job=job)
            await one.event("payment_claimed", within=20)
            await pay(one)
        await one.event(*FINAL, within=75)
        found = await one.ended(job)
        books = await one.call("GET", "ledger")
        assert invariants(books, found) == [], one.names
        assert found["status"] == "SUCCESS", (found, one.names)
        assert len(books["holds"]) == 1


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_cancel_whose_booker_is_gone_withdraws_the_code_all_the_same(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        job = await shown(one)
        await one.fleet.kill("booker")
        await one.desk("job.cancel", job=job)
        await one.fleet.start("booker")
        await one.event("cancelled", within=75)
        found = await one.ended(job)
        books = await one.call("GET", "ledger")
        assert invariants(books, found) == [], one.names
        assert found["status"] == "CANCELLED"
        assert [hold["status"] for hold in books["holds"]] == ["released"]
        assert (await pay(one))["status"] == "refunded"
