"""Where a payment stops: the person's limits, seats nobody could score, holds of bookers that are gone."""

from collections.abc import Callable
from typing import Any

import pytest

from events import orders as o
from events.lifecycle import Refusal
from events.store import EventStore
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


async def test_a_gone_bookers_hold_is_given_back_by_its_reference_and_no_other(world: Open) -> None:
    """A booker dies between hold and payment; the next one takes the same seats, which only the first one held."""
    async with world(consent_threshold=0.0) as one:
        parts = one.parts.of("booker")
        store = EventStore(parts.nc, "booker")
        await one.fault("delay_ms", "apply", count=None, value=20_000)  # hold, then stand still
        await one.open_sale()
        job = await one.wish()
        held = await one.event("seats_held")
        zombie = next(iter(one.visits()))
        await one.clear_faults()
        taken = await store.execute(job, o.StartBooking("next", held_ends(held), abandoned=1))
        assert not isinstance(taken, Refusal)
