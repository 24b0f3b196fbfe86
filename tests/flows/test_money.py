"""Where a payment stops: the person's limits, a card for one order only, seats that nobody could score."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.client import Refused

Open = Callable[..., Any]
OTHER_SHOW = {"cinemas": ["Prasads"], "languages": [], "formats": []}


@pytest.mark.slow
async def test_over_a_limit_nothing_is_paid_and_a_raised_limit_lets_it_go_on(world: Open) -> None:
    async with world() as one:
        with pytest.raises(Refused, match="rupees above 0"):
            await one.usher.desk("user.settings", settings={"limit_day": "a lot"})
        await one.usher.desk("user.settings", settings={"limit_order": "500", "limit_day": "1000"})
        await one.open_sale()
        first = await one.wish()
        failed = await one.event("booking_failed")
        assert (failed["reason"], failed["watching"]) == ("over_limit", False)
        assert "is over your limit for an order, ₹500.00" in failed["detail"]
        books = await one.ledger()
        assert (books["charges"], [h["status"] for h in books["holds"]]) == ([], ["released"])
        await one.usher.desk("user.settings", settings={"limit_order": "900"})
        await one.usher.desk("job.resume", job=first)
        paid = (await one.event("booked"))["amount"]

        second = await one.wish(**OTHER_SHOW)
        failed = await one.event("booking_failed", count=2)
        assert f"after ₹{paid / 100:.2f} that is paid" in failed["detail"]
        row = await one.status(second, "PAUSED")
        assert row["reason"].startswith("over_limit: ")
        spent = await one.usher.ask("usher.query.spent", {"user": "local"})
        assert [(row["job_id"], row["amount"]) for row in spent] == [(first, paid)]
        assert [c["amount_minor"] for c in (await one.ledger())["charges"]] == [paid]


@pytest.mark.slow
async def test_two_jobs_with_one_card_that_covers_one_of_them_pay_one(world: Open) -> None:
    async with world(bookings_at_once=2) as one:
        await one.control("cards", number="8000000000000001", pin="123456", balance_minor=100_000)
        await one.open_sale()
        jobs = [await one.wish(), await one.wish(**OTHER_SHOW)]
        booked, failed = await one.event("booked"), await one.event("booking_failed")
        assert failed["reason"] == "not_covered"
        states = {(await one.status(job, "SUCCESS", "PAUSED"))["status"] for job in jobs}
        assert states == {"SUCCESS", "PAUSED"}
        books = await one.ledger()
        assert [c["amount_minor"] for c in books["charges"]] == [booked["amount"]]
        assert books["balances"]["0001"] == 100_000 - booked["amount"]


@pytest.mark.slow
async def test_seats_whose_places_are_not_known_are_asked_about_and_then_booked_as_agreed(world: Open) -> None:
    async with world() as one:
        await one.fault("no_layout", "seat", count=None)
        await one.open_sale()
        job = await one.wish()
        asked = await one.event("consent_requested")
        assert "no aisles" in asked["plan"]["note"]
        assert (await one.ledger())["holds"] == []
        await one.usher.desk("job.consent", job=job, yes=True)
        booked = await one.event("booked")
        assert booked["seats"] == asked["plan"]["seats"]
