"""What a person is asked while a ticket is bought, and what each answer leads to, with the real cinema."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from events.reading import DirectReader
from events.settings import utc_now
from events.wish import SeatMap
from services.artifacts import Artifacts
from tests.flows.conftest import FILM, until
from usher.client import Refused

Open = Callable[..., Any]
POOR = {"consent_threshold": 1.1}  # then the best seats of any hall are poor enough to ask


async def artifact(one: Any, name: str) -> bytes:
    found: bytes | None = await Artifacts(one.usher.nc, DirectReader(one.usher.nc)).get(name)
    assert found is not None
    return found


# payment by code
async def test_a_code_that_is_paid_becomes_a_ticket(world: Open) -> None:
    async with world(card=False) as one:
        await one.open_sale()
        job = await one.wish(payment="qr")
        asked = await one.event("payment_requested")
        held = await one.event("seats_held")
        assert asked["amount"] == held["amount"]
        assert (await artifact(one, asked["artifact"])).startswith(b"\x89PNG")
        seats = msgspec.json.decode(await artifact(one, held["map"]), type=SeatMap)
        assert set(held["plan"]["seats"]) <= {seat.label for row in seats.rows for seat in row}
        await one.status(job, "AWAITING_PAYMENT")
        await one.pay_code()
        booked = await one.event("booked")
        assert (booked["amount"], booked["map"]) == (asked["amount"], held["map"])
        assert booked["artifact"]
        books = await one.ledger()
        assert [c["amount_minor"] for c in books["charges"]] == [booked["amount"]]
        assert [b["booking_id"] for b in books["bookings"]] == [booked["confirmation"]]


@pytest.mark.slow
async def test_cards_that_do_not_cover_give_way_to_a_code_and_are_left_alone(world: Open) -> None:
    async with world(card=False) as one:
        await one.usher.desk("user.card.add", number="8000000000000002", pin="123456")
        await one.open_sale()
        await one.wish(payment="cards_or_qr")
        asked = await one.event("payment_requested")
        assert asked["amount"] == (await one.event("seats_held"))["amount"]
        await one.pay_code()
        await one.event("booked")
        assert (await one.ledger())["balances"]["0002"] == 50_000


@pytest.mark.slow
async def test_cards_that_cover_need_no_code(world: Open) -> None:
    async with world() as one:
        await one.open_sale()
        job = await one.wish(payment="cards_or_qr")
        await one.event("booked")
        assert "payment_requested" not in await one.names(job)


@pytest.mark.slow
async def test_a_rehearsal_shows_no_code(world: Open) -> None:
    async with world(card=False) as one:
        await one.open_sale()
        job = await one.wish(payment="qr", dry_run=True)
        assert (await one.event("rehearsed"))["cards"] == []
        assert "payment_requested" not in await one.names(job)


@pytest.mark.slow
async def test_a_code_that_nobody_pays_pauses_the_job_and_holds_nothing_more(world: Open) -> None:
    async with world(card=False, code_seconds=3.0) as one:
        await one.open_sale()
        job = await one.wish(payment="qr")
        await one.event("payment_requested")
        failed = await one.event("booking_failed")
        assert (failed["reason"], failed["watching"]) == ("not_paid", False)
        row = await one.status(job, "PAUSED")
        assert "nobody paid" in row["reason"]
        names = await one.names(job)
        assert names.index("outcome_unknown") < names.index("reconciled") < names.index("booking_failed")
        assert names.count("seats_held") == 1
        assert (await one.ledger())["charges"] == []


@pytest.mark.slow
async def test_a_payment_that_the_bank_confirms_late_is_found(world: Open) -> None:
    async with world(card=False, code_seconds=5.0, reconcile_settle=20.0) as one:
        await one.fault("slow_bank", "qr", value=8000)
        await one.open_sale()
        job = await one.wish(payment="qr")
        await one.event("payment_requested")
        await one.pay_code()
        await one.event("outcome_unknown")
        booked = await one.event("booked")
        await one.status(job, "SUCCESS")
        assert "reconciled" in await one.names(job)
        books = await one.ledger()
        assert [c["amount_minor"] for c in books["charges"]] == [booked["amount"]]
        assert len(books["holds"]) == 1


@pytest.mark.slow
async def test_a_cancel_of_an_unpaid_code_withdraws_it_and_ends_the_job(world: Open) -> None:
    async with world(card=False) as one:
        await one.open_sale()
        job = await one.wish(payment="qr")
        await one.event("payment_requested")
        answer = await one.usher.desk("job.cancel", job=job, why="going elsewhere")
        assert answer["status"] == "UNCERTAIN"
        await one.status(job, "CANCELLED")
        names = await one.names(job)
        assert names.index("cancel_requested") < names.index("reconciled") < names.index("cancelled")
        books = await one.ledger()
        assert books["charges"] == []
        assert [hold["status"] for hold in books["holds"]] == ["released"]


@pytest.mark.slow
async def test_a_cancel_loses_no_ticket_whose_money_is_on_its_way(world: Open) -> None:
    async with world(card=False, reconcile_settle=20.0) as one:
        await one.fault("slow_bank", "qr", value=3000)
        await one.open_sale()
        job = await one.wish(payment="qr")
        await one.event("payment_requested")
        await one.pay_code()
        await one.usher.desk("job.cancel", job=job)
        row = await one.status(job, "SUCCESS", "CANCELLED")
        books = await one.ledger()
        assert row["status"] == "SUCCESS"
        assert [b["booking_id"] for b in books["bookings"]] == [row["confirmation"]]


@pytest.mark.slow
async def test_i_have_paid_is_possible_while_a_code_waits_and_proves_nothing(world: Open) -> None:
    async with world(card=False) as one:
        await one.open_sale()
        job = await one.wish(payment="qr")
        await one.event("payment_requested")
        await one.usher.desk("job.paid", job=job)
        await one.event("payment_claimed")
        await one.status(job, "AWAITING_PAYMENT")
        await one.pay_code()
        await one.event("booked")


# consent
async def test_consent_is_asked_with_all_that_a_card_needs_and_yes_books(world: Open) -> None:
    async with world(**POOR) as one:
        await one.open_sale()
        job = await one.wish()
        asked = await one.event("consent_requested")
        assert (await artifact(one, asked["artifact"])).startswith(b"\x89PNG")
        assert msgspec.json.decode(await artifact(one, asked["map"]), type=SeatMap).rows
        await one.usher.desk("job.consent", job=job, yes=True)
        booked = await one.event("booked")
        assert booked["show"] == asked["show"]


async def test_no_goes_back_to_watching_and_holds_nothing(world: Open) -> None:
    async with world(**POOR, look_every=3600.0) as one:
        await one.open_sale()
        job = await one.wish(cinemas=["AMB Cinemas"])
        await one.event("consent_requested")
        await one.usher.desk("job.consent", job=job, yes=False)
        await one.event("consent_declined")
        assert (await one.ledger())["holds"] == []


@pytest.mark.slow
async def test_other_tries_another_show_at_once(world: Open) -> None:
    async with world(**POOR, look_every=3600.0, look_spacing=3600.0) as one:
        await one.open_sale()
        job = await one.wish()
        first = await one.event("consent_requested")
        await one.usher.desk("job.consent", job=job, yes=False, other=True)
        second = await one.event("consent_requested", count=2)
        assert second["show"] != first["show"]


@pytest.mark.slow
async def test_a_question_to_several_expires_where_too_few_answer_and_takes_no_strangers_word(world: Open) -> None:
    async with world(**POOR, consent_timeout=4.0) as one:
        await one.open_sale()
        job = await one.wish(votes=2, voters=["tg7", "tg8"])
        await one.event("consent_requested")
        with pytest.raises(Refused, match="owner and its voters"):
            await one.usher.ask("usher.job.consent", {"user": "tg9", "job": job, "yes": True})
        await one.usher.ask("usher.job.consent", {"user": "tg7", "job": job, "yes": True})
        assert (await one.event("consent_voted"))["by"] == "tg7"
        await one.event("consent_expired")
        await one.event("consent_requested", count=2)
        await one.usher.ask("usher.job.consent", {"user": "tg7", "job": job, "yes": True})
        await one.usher.desk("job.consent", job=job, yes=True)
        await one.event("booked")


@pytest.mark.slow
async def test_more_votes_than_voters_are_refused(world: Open) -> None:
    async with world(card=False) as one:
        with pytest.raises(Refused) as refused:
            await one.wish(votes=3, voters=["tg7"])
        assert refused.value.body["field"] == "votes"


# mismatch
@pytest.mark.slow
async def test_an_offer_that_is_taken_instead_is_booked(world: Open) -> None:
    async with world() as one:
        await one.open_sale()
        job = await one.wish(times=[{"start": "03:00:00", "until": "04:00:00"}])
        offer = (await one.event("preferences_mismatched"))["on_sale"][0]
        taken = {"film": FILM, "city": "Hyderabad", "cinemas": [offer["cinema"]], "languages": [offer["language"]]}
        await one.usher.desk("job.change", job=job, wish=taken, why="took an offer")
        assert (await one.event("booked"))["cinema"] == offer["cinema"]


async def test_an_unanswered_mismatch_pauses_and_resume_goes_on_without_asking_again(world: Open) -> None:
    async with world(input_timeout=1.0) as one:
        await one.open_sale()
        job = await one.wish(times=[{"start": "03:00:00", "until": "04:00:00"}])
        await one.event("paused")
        await one.usher.desk("job.resume", job=job)
        await one.listed()
        await one.event("resumed")
        await one.status(job, "WATCHING")
        with pytest.raises(Refused, match="WATCHING"):
            await one.usher.desk("job.keep_waiting", job=job)


# an outcome that cannot be read
async def _lost(one: Any, where: str) -> str:
    """A job whose payment's answer was lost and whose order history cannot be read."""
    await one.fault(where, "pay", count=None)
    await one.fault("history_unreadable", "history", count=None)
    await one.open_sale()
    job: str = await one.wish()
    asked = await one.event("outcome_asked")
    assert asked["artifact"]
    assert (await artifact(one, asked["artifact"])).startswith(b"\x89PNG")
    return job


@pytest.mark.slow
async def test_a_person_who_says_booked_ends_the_uncertainty(world: Open) -> None:
    async with world(reconcile_ask=1.0) as one:
        job = await _lost(one, "drop_after_charge")
        number = (await one.ledger())["bookings"][0]["booking_id"]
        await one.usher.desk("job.settle", job=job, yes=True, number=f" {number} ")
        booked = await one.event("booked")
        assert booked["confirmation"] == number
        assert (await one.event("reconciled"))["source"] == "user"
        assert len((await one.ledger())["charges"]) == 1


@pytest.mark.slow
async def test_a_person_who_says_not_booked_lets_it_go_on(world: Open) -> None:
    async with world(reconcile_ask=1.0) as one:
        job = await _lost(one, "quiet_close")
        await one.clear_faults()
        await one.fault("history_unreadable", "history", count=None)
        await one.usher.desk("job.settle", job=job, yes=False)
        await one.event("booked")
        assert (await one.event("reconciled"))["outcome"] == "not_booked"
        assert len((await one.ledger())["charges"]) == 1


@pytest.mark.slow
async def test_a_history_that_can_be_read_again_answers_the_question_itself(world: Open) -> None:
    async with world(reconcile_ask=1.0) as one:
        job = await _lost(one, "drop_after_charge")
        await one.clear_faults()
        await one.event("booked", within=60)
        assert (await one.event("reconciled"))["source"] == "order_history"
        row = await until(lambda: one.status(job, "SUCCESS"))
        with pytest.raises(Refused, match="SUCCESS"):
            await one.usher.desk("job.settle", job=row["job_id"], yes=False)


# a clock that is wrong
@pytest.mark.slow
async def test_a_clock_that_jumps_an_hour_with_every_glance_books_once(world: Open) -> None:
    glances = itertools.cycle((timedelta(0), timedelta(hours=1), timedelta(hours=-1)))
    async with world(now=lambda: utc_now() + next(glances)) as one:
        await one.fault("drop_after_charge", "pay", count=None)
        job = await one.wish()
        await one.event("watch_started")
        await one.open_sale()
        await one.event("booked", within=60)
        assert "outcome_unknown" in await one.names(job)
        assert len((await one.ledger())["charges"]) == 1
