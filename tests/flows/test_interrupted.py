"""A person or the machine gets in the way of a booking."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import World, until
from usher.client import Refused

Open = Callable[..., Any]


async def _all_given_back(one: World) -> bool:
    return all(hold["status"] == "released" for hold in (await one.ledger())["holds"])


async def test_a_cancel_while_seats_are_held_gives_them_back_unpaid(world: Open) -> None:
    async with world() as one:
        await one.fault("delay_ms", "summary", count=None, value=1_500)
        await one.open_sale()
        job = await one.wish()
        await one.event("booking_started")

        async def holds() -> list[Any]:
            return list((await one.ledger())["holds"])

        await until(holds)
        cancelled = await one.usher.desk("job.cancel", job=job)
        assert cancelled["status"] == "CANCELLED"
        await until(lambda: _all_given_back(one))
        assert (await one.ledger())["charges"] == []
        assert (await one.usher.job(job))["status"] == "CANCELLED"


async def test_a_cancel_before_anything_is_held_holds_nothing_for_long(world: Open) -> None:
    async with world() as one:
        await one.open_sale()
        job = await one.wish()
        await one.event("booking_started")
        await one.usher.desk("job.cancel", job=job)
        ended = await one.usher.ask("usher.query.job", {"prefix": job, "after": await one.usher.newest()})
        assert ended["status"] == "CANCELLED"
        await until(lambda: _all_given_back(one))
        assert (await one.ledger())["charges"] == []


@pytest.mark.slow
async def test_a_cancel_after_payment_was_sent_is_refused_with_the_reason(world: Open) -> None:
    async with world() as one:
        await one.fault("delay_ms", "pay", count=None, value=1_500)
        await one.open_sale()
        job = await one.wish()
        await one.event("payment_submitted")
        with pytest.raises(Refused, match="payment"):
            await one.usher.desk("job.cancel", job=job)
        booked = await one.event("booked")
        assert [b["booking_id"] for b in (await one.ledger())["bookings"]] == [booked["confirmation"]]


async def test_without_a_browser_the_user_is_told_what_to_install(world: Open) -> None:
    async with world(chromium="/nowhere/chromium") as one:
        await one.open_sale()
        await one.wish()
        failed = await one.event("booking_failed")
        assert failed["reason"] == "browser"
        assert "install" in failed["detail"]
        told = await one.messages("failed", of=one.event("booking_failed"))
        assert "Chromium" in told[0]
        assert (await one.ledger())["holds"] == []
