"""What a person may spend: counted from holds in the log's order, a day by the person's calendar."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import job as j
from events import orders as o
from events.errors import BadInput
from events.lifecycle import Refusal, Status, decide, evolve
from events.people import check_settings
from events.spending import Budget, Limits, Payment, excess, limits_of
from tests.model.test_lifecycle import HELD, PAID, SHOWN, after
from tests.samples import AT, WISH

KOLKATA, NEW_YORK = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # 25 November in India, still the 24th in New York


def paid(amount: int, sequence: int = 1, at: datetime = NOW) -> Payment:
    return Payment(f"job{sequence}", 1, sequence, at, amount)


def budget(*others: Payment, zone: ZoneInfo = KOLKATA, sequence: int = 100, **limits: int) -> Budget:
    return Budget(Limits(**limits), zone, sequence, NOW, others)


def test_without_a_limit_everything_fits() -> None:
    assert excess(10**9, budget(paid(10**9))) == ""


def test_an_order_may_reach_its_limit_but_not_pass_it() -> None:
    assert excess(50_000, budget(order=50_000)) == ""
    assert excess(65_962, budget(order=50_000)) == "₹659.62 is over your limit for an order, ₹500.00"


def test_a_day_counts_what_was_paid_on_it() -> None:
    said = excess(40_000, budget(paid(30_000, 1), paid(20_000, 2), day=80_000))
    assert said == "₹400.00 after ₹500.00 that is paid or being paid is over your limit for a day, ₹800.00"
    assert excess(30_000, budget(paid(30_000, 1), paid(20_000, 2), day=80_000)) == ""


def test_a_day_is_the_persons_own() -> None:
    before_midnight_in_india = paid(70_000, at=datetime(2026, 11, 24, 18, 0, tzinfo=UTC))
    assert excess(20_000, budget(before_midnight_in_india, day=80_000)) == ""
    assert excess(20_000, budget(before_midnight_in_india, day=80_000, zone=NEW_YORK))


def test_the_limit_in_all_counts_every_day() -> None:
    assert "in all" in excess(1, budget(paid(100, at=NOW - timedelta(days=400)), total=100))


def test_a_hold_that_came_later_does_not_count() -> None:
    assert excess(60_000, budget(paid(60_000, sequence=101), day=100_000)) == ""


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=8), st.integers(1, 300_000))
def test_of_jobs_that_pay_at_once_no_more_is_paid_than_the_day_allows(amounts: list[int], limit: int) -> None:
    """Each sees all the other holds, in whatever order the bookers get to it."""
    holds = [paid(amount, sequence) for sequence, amount in enumerate(amounts, 1)]
    spent = 0
    for own in holds:
        others = tuple(other for other in holds if other is not own)
        if not excess(own.amount, Budget(Limits(day=limit), KOLKATA, own.sequence, own.at, others)):
            spent += own.amount
    assert spent <= limit


TOO_MUCH = budget(order=50_000)


@pytest.mark.parametrize("intent", [PAID[-1], SHOWN[-1]])
def test_no_payment_over_a_limit_is_decided(intent: o.Command) -> None:
    decision = decide(msgspec.structs.replace(intent, budget=TOO_MUCH), after(*HELD))
    assert isinstance(decision, Refusal)
    assert "your limit for an order" in decision.why


def test_a_rehearsal_ends_the_job_and_only_a_rehearsal_does() -> None:
    dry = msgspec.structs.replace(WISH, dry_run=True)
    life = (o.CreateJob("asha", dry, AT), HELD[1], msgspec.structs.replace(HELD[2], wish=dry), *HELD[3:])
    job = after(*life)
    assert isinstance(decide(PAID[-1], job), Refusal)
    assert isinstance(decide(o.Rehearse(1, 1, "INR"), job), Refusal)
    assert isinstance(decide(o.Rehearse(1, 65_962, "INR", (), TOO_MUCH), job), Refusal)
    facts = decide(o.Rehearse(1, 65_962, "INR"), job)
    assert facts == [j.Rehearsed(1, 65_962, "INR")]
    assert reduce(evolve, [j.Rehearsed(1, 65_962, "INR")], job).status is Status.REHEARSED
    assert isinstance(decide(o.Rehearse(1, 65_962, "INR"), after(*HELD)), Refusal)


def test_limits_are_settings_in_rupees() -> None:
    assert limits_of({"limit_order": "1500", "limit_day": "99.5", "limit_total": ""}) == Limits(150_000, 9_950, None)
    for text in ("-5", "0", "abc", "1e9", "1.234", "12345678", "٣"):
        with pytest.raises(BadInput, match="rupees above 0"):
            check_settings({"limit_day": text})


def test_a_booker_that_takes_over_names_the_hold_that_was_left() -> None:
    taken = decide(o.StartBooking("c", AT, 1), after(*HELD))
    assert isinstance(taken, list)
    assert isinstance(taken[0], j.BookingStarted)
    assert taken[0].left_over == "D"
    nothing_held = decide(o.StartBooking("c", AT, 1), after(*HELD[:-1]))
    assert isinstance(nothing_held, list)
    assert isinstance(nothing_held[0], j.BookingStarted)
    assert nothing_held[0].left_over == ""
