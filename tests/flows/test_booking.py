"""From a wish to a booked ticket, and every way it can go wrong; counted in the cinema's own ledger."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.conftest import until
from usher.client import Refused

Open = Callable[..., Any]


async def test_a_wish_becomes_one_booked_ticket_when_the_sale_opens(world: Open) -> None:
    async with world() as one:
        job = await one.wish()
        await one.event("watch_started")
        await one.open_sale()
        booked = await one.event("booked")
        books = await one.ledger()
        assert [b["booking_id"] for b in books["bookings"]] == [booked["confirmation"]]
        assert [c["amount_minor"] for c in books["charges"]] == [booked["amount"]]
        assert [h["status"] for h in books["holds"]] == ["booked"]
        assert books["balances"]["0001"] == 200_000 - booked["amount"]
        row = await one.status(job, "SUCCESS")
        assert row["confirmation"] == booked["confirmation"]


async def test_a_new_wish_whose_tickets_are_on_sale_waits_for_no_tick(world: Open) -> None:
    async with world(look_every=3600.0) as one:
        await one.open_sale()
        await one.wish()
        await one.event("booked", within=20)


@pytest.mark.slow
async def test_seats_that_are_sold_under_our_nose_are_chosen_anew(world: Open) -> None:
    async with world() as one:
        await one.fault("seats_taken_at_hold", "hold")
        await one.open_sale()
        await one.wish()
        await one.event("booked")
        assert len((await one.ledger())["charges"]) == 1


@pytest.mark.slow
async def test_a_sold_out_show_gives_way_to_the_next(world: Open) -> None:
    async with world() as one:
        await one.fault("seats_taken_at_hold", "hold", count=3)
        await one.open_sale()
        await one.wish()
        rejected = await one.event("show_rejected")
        booked = await one.event("booked")
        assert booked["show"] != rejected["show"]


async def test_charged_but_no_answer_is_read_from_the_order_history(world: Open) -> None:
    async with world() as one:
        # for good: Chromium by itself sends a request again whose kept-alive connection was closed
        await one.fault("drop_after_charge", "pay", count=None)
        await one.open_sale()
        job = await one.wish()
        booked = await one.event("booked")
        names = await _settled(one, job)
        assert "outcome_unknown" in names
        assert names[-2:] == ["reconciled", "booked"]
        books = await one.ledger()
        assert len(books["charges"]) == 1
        assert books["bookings"][0]["booking_id"] == booked["confirmation"]


async def _settled(one: Any, job: str) -> list[str]:
    """The job's history once it is booked; a plain subscriber hears a batch before it is committed."""

    async def names() -> list[str]:
        found: list[str] = await one.names(job)
        return found if found[-1:] == ["booked"] else []

    return await until(names)


@pytest.mark.slow
async def test_nothing_charged_and_no_answer_is_tried_again_after_the_history_says_so(world: Open) -> None:
    async with world() as one:
        await one.fault("quiet_close", "pay", count=None)
        await one.open_sale()
        job = await one.wish()
        await one.event("outcome_unknown")
        await one.clear_faults()
        await one.event("booked")
        names = await _settled(one, job)
        assert names.index("outcome_unknown") < names.index("reconciled") < names.index("booked")
        assert names.count("payment_submitted") == 2
        assert len((await one.ledger())["charges"]) == 1


@pytest.mark.slow
async def test_an_order_that_turns_out_over_the_cap_is_given_back_unpaid(world: Open) -> None:
    async with world() as one:
        await one.fault("price_raised_at_summary", "summary", value=20_000)
        await one.open_sale()
        await one.wish(cap={"amount": 70_000, "currency": "INR"})
        rejected = await one.event("show_rejected")
        booked = await one.event("booked")
        assert rejected["reason"] == "price"
        assert booked["amount"] <= 70_000
        books = await one.ledger()
        assert [h["status"] for h in books["holds"]] == ["released", "booked"]
        assert [c["amount_minor"] for c in books["charges"]] == [booked["amount"]]


async def test_cards_that_do_not_cover_the_order_pause_the_job_and_charge_nothing(world: Open) -> None:
    async with world(card=False) as one:
        await one.usher.desk("user.card.add", number="8000000000000002", pin="123456")
        await one.open_sale()
        job = await one.wish()
        failed = await one.event("booking_failed")
        assert failed["reason"] == "not_covered"
        assert (await one.usher.job(job))["user"] == "local"
        books = await one.ledger()
        assert books["charges"] == []
        assert [h["status"] for h in books["holds"]] == ["released"]


@pytest.mark.slow
async def test_two_cards_pay_one_order_together(world: Open) -> None:
    async with world(card=False) as one:
        for number in ("8000000000000002", "8000000000000001"):
            await one.usher.desk("user.card.add", number=number, pin="123456")
        await one.open_sale()
        await one.wish()
        paid = await one.event("payment_submitted")
        await one.event("booked")
        assert [card["last4"] for card in paid["cards"]] == ["0002", "0001"]
        assert paid["cards"][0]["amount"] == 50_000


async def test_a_rehearsal_does_everything_but_pay(world: Open) -> None:
    async with world() as one:
        await one.open_sale()
        job = await one.wish(dry_run=True)
        rehearsed = await one.event("rehearsed")
        assert [(card["last4"], card["amount"]) for card in rehearsed["cards"]] == [("0001", rehearsed["amount"])]
        books = await one.ledger()
        assert (books["charges"], [h["status"] for h in books["holds"]]) == ([], ["released"])
        row = await one.status(job, "REHEARSED")
        assert row["reason"].endswith("would have been paid with •••• 0001")


@pytest.mark.slow
async def test_a_cancel_while_watching_ends_it(world: Open) -> None:
    async with world() as one:
        job = await one.wish()
        await one.event("watch_started")
        await one.usher.desk("job.cancel", job=job)
        await one.open_sale()
        with pytest.raises(Refused, match="CANCELLED"):
            await one.usher.desk("job.pause", job=job)
        assert (await one.ledger())["holds"] == []


async def test_a_wrong_time_is_answered_with_what_is_on_sale(world: Open) -> None:
    async with world() as one:
        await one.open_sale()
        job = await one.wish(times=[{"start": "03:00:00", "until": "04:00:00"}])
        asked = await one.event("preferences_mismatched")
        assert asked["missing"] == ["time"]
        await one.usher.desk("job.change", job=job, wish={"film": "Dune: Part Three", "city": "Hyderabad"})
        await one.event("booked")


@pytest.mark.slow
async def test_a_blocked_site_is_told_not_kept_silent(world: Open) -> None:
    async with world(look_failures_told=1) as one:
        await one.fault("block_200", "look", count=None)
        told = await one.messages("blind", of=one.wish())
        assert "does not let us look" in told[0]


@pytest.mark.slow
async def test_a_wish_that_stands_already_is_told(world: Open) -> None:
    async with world() as one:
        await one.wish()
        await one.listed()
        with pytest.raises(Refused, match="already has this very wish"):
            await one.wish()


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"seats": {"count": 0}}, "seats"),
        ({"seats": {"count": 11}}, "seats"),
        ({"dates": ["2020-01-01"]}, "date"),
        ({"cap": {"amount": -5, "currency": "INR"}}, "cap"),
        ({"film": " "}, "film"),
        ({"watch_until": "2020-01-01T00:00:00Z"}, "watch_until"),
    ],
)
@pytest.mark.slow
async def test_bad_input_names_the_field_and_what_is_allowed(world: Open, parts: dict[str, Any], field: str) -> None:
    async with world(card=False) as one:
        with pytest.raises(Refused) as refused:
            await one.wish(**parts)
        assert refused.value.body["field"] == field
        assert "Allowed" in str(refused.value)
