"""No order of commands leaves the drawn diagram, pays twice, or breaks a fold."""

from functools import reduce
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import job as j
from events import orders as o
from events.lifecycle import DIAGRAM, FINAL, RULES, Job, Refusal, Status, decide, evolve
from tests.samples import AT, GROUP, LOOK, PLAN, SHOW, WISH

attempts = st.integers(1, 3)
people = st.sampled_from(["asha", "tg7", "tg8", "stranger"])
sources: st.SearchStrategy[Literal["order_history", "user"]] = st.sampled_from(["order_history", "user"])
COMMANDS: st.SearchStrategy[o.Command] = st.one_of(
    st.just(o.CreateJob("asha", WISH, AT)),
    st.just(o.StartWatching(GROUP)),
    st.just(o.DetectTickets(WISH, (SHOW,), LOOK, AT)),
    st.just(o.ReportMismatch(WISH, ("time",), (SHOW,), "f", LOOK)),
    st.just(o.ChangePreferences(WISH, "why", "asha", AT)),
    st.just(o.KeepWaiting("asha")),
    st.builds(o.StartBooking, st.just("b"), st.just(AT), st.none() | attempts),
    st.builds(o.RejectShow, attempts, st.just(SHOW.show_id), st.just("sold_out")),
    st.builds(o.RequestConsent, attempts, st.just(SHOW.show_id), st.just(PLAN), st.just(AT)),
    st.builds(o.GiveConsent, people),
    st.builds(o.DeclineConsent, people, st.booleans()),
    st.just(o.ExpireConsent()),
    st.builds(
        o.HoldSeats,
        attempts,
        st.just(SHOW.show_id),
        st.just(PLAN),
        st.just(65_962),
        st.just("INR"),
        st.just(AT),
        st.just("D"),
    ),
    st.builds(o.RequestPayment, attempts, st.just(65_962), st.just("INR"), st.just(AT), st.just("qr")),
    st.builds(o.ClaimPayment, people),
    st.builds(o.SubmitPayment, attempts, st.sampled_from([65_962, 1]), st.just("INR"), st.just(()), st.just("D")),
    st.builds(o.Rehearse, attempts, st.sampled_from([65_962, 1]), st.just("INR")),
    st.builds(o.ConfirmBooking, attempts, st.just("D"), st.just(("H7",)), st.just(65_962), st.just("INR")),
    st.builds(o.FailBooking, attempts, st.just("no"), st.just(""), st.booleans()),
    st.builds(o.LoseOutcome, attempts, st.just("?"), st.just(AT), st.booleans()),
    st.builds(o.AskOutcome, attempts, st.just("?")),
    st.builds(o.TellOutcome, people, st.booleans(), st.sampled_from(["", "D"])),
    st.builds(
        o.ReconcileBooked,
        attempts,
        sources,
        st.just("D"),
        st.just(("H7",)),
        st.just(1),
        st.just("INR"),
    ),
    st.builds(o.ReconcileNotBooked, attempts, sources),
    st.builds(o.MeetChallenge, st.just("captcha"), st.just("look"), st.none(), st.none() | attempts),
    st.just(o.PassChallenge("asha")),
    st.just(o.PauseJob("why", "asha")),
    st.just(o.ResumeJob("asha")),
    st.just(o.CancelJob("asha")),
    st.just(o.ExpireJob()),
    st.just(o.FailJob("why")),
)
# lives that reach deep states often enough to matter
TAKEN: tuple[o.Command, ...] = (
    o.CreateJob("asha", WISH, AT),
    o.StartWatching(GROUP),
    o.DetectTickets(WISH, (SHOW,), LOOK, AT),
    o.StartBooking("b", AT),
)
HELD = (*TAKEN, o.HoldSeats(1, SHOW.show_id, PLAN, 65_962, "INR", AT, "D"))
PAID = (*HELD, o.SubmitPayment(1, 65_962, "INR", (), "D"))
ASKED = (*TAKEN, o.RequestConsent(1, SHOW.show_id, PLAN, AT))
SHOWN = (*HELD, o.RequestPayment(1, 65_962, "INR", AT, "qr"))
LOST = (*PAID, o.LoseOutcome(1, "?", AT, unreadable=True))
openings = st.sampled_from(
    [(), TAKEN, ASKED, HELD, PAID, SHOWN, LOST, (*LOST, o.AskOutcome(1, "?")), (*SHOWN, o.CancelJob("asha"))]
)


def after(*commands: o.Command) -> Job:
    job = Job()
    for command in commands:
        facts = decide(command, job)
        assert not isinstance(facts, Refusal), facts
        job = reduce(evolve, facts, job)
    return job


def test_shows_behind_the_twenty_best_are_offered_once_those_were_tried() -> None:
    shows = tuple(msgspec.structs.replace(SHOW, show_id=f"s{number:02}") for number in range(25))
    watched = after(o.CreateJob("asha", WISH, AT), o.StartWatching(GROUP))
    tried = msgspec.structs.replace(watched, rejected={show.show_id: show.fingerprint() for show in shows[:20]})
    for job, offered in ((watched, shows[:20]), (tried, shows[20:])):
        assert decide(o.DetectTickets(WISH, shows, LOOK, AT), job) == [j.TicketsDetected(offered, LOOK, AT)]


def test_full_halls_are_no_failure_of_the_job() -> None:
    failed = [after(*TAKEN, o.FailBooking(1, reason)).failures for reason in ("no_show_left", "browser")]
    assert failed == [0, 1]


@settings(max_examples=400)
@given(openings, st.lists(COMMANDS, max_size=40))
def test_no_order_of_commands_leaves_the_diagram_or_pays_twice(
    opening: tuple[o.Command, ...], commands: list[o.Command]
) -> None:
    job, open_payments = Job(), 0
    for command in (*opening, *commands):
        outcome = decide(command, job)
        for fact in [] if isinstance(outcome, Refusal) else outcome:
            was, job = job, evolve(job, fact)
            assert was.status not in FINAL
            assert job.status is was.status or job.status in DIAGRAM[was.status], (was.status, fact)
            assert not isinstance(fact, j.SeatsHeld | j.BookingStarted) or not open_payments, "held before it was told"
            if isinstance(fact, j.PaymentSubmitted | j.PaymentRequested):
                open_payments += 1
            elif isinstance(fact, j.Booked | j.BookingFailed | j.Reconciled):
                open_payments = 0
            assert open_payments <= 1


def test_every_command_has_a_rule() -> None:
    assert set(RULES) == set(o.Order.__subclasses__())


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_state_takes_no_command(status: Status) -> None:
    assert not any(status in states for states, _ in RULES.values())


def test_a_second_booker_is_refused() -> None:
    assert isinstance(decide(o.StartBooking("c", AT), after(*TAKEN)), Refusal)


def test_a_booker_whose_job_was_taken_over_can_neither_hold_nor_pay() -> None:
    job = reduce(evolve, [j.BookingStarted(2, SHOW.show_id, "c", AT)], after(*HELD))
    assert isinstance(decide(o.HoldSeats(1, SHOW.show_id, PLAN, 1, "INR", AT, "D"), job), Refusal)
    assert isinstance(decide(o.SubmitPayment(1, 65_962, "INR", (), "D"), job), Refusal)


def test_another_price_than_the_held_one_is_not_paid() -> None:
    assert isinstance(decide(o.SubmitPayment(1, 65_963, "INR", (), "D"), after(*HELD)), Refusal)


def test_a_total_over_the_cap_is_not_held() -> None:
    over = o.HoldSeats(1, SHOW.show_id, PLAN, 150_001, "INR", AT, "D")
    assert isinstance(decide(over, after(*TAKEN)), Refusal)


def test_a_cancel_after_payment_was_sent_is_refused_with_the_reason() -> None:
    outcome = decide(o.CancelJob("asha"), after(*PAID))
    assert isinstance(outcome, Refusal)
    assert "payment" in outcome.why


def test_an_unknown_outcome_allows_no_new_attempt_until_the_site_says_not_booked() -> None:
    lost = after(*PAID, o.LoseOutcome(1, "?", AT))
    assert isinstance(decide(o.StartBooking("c", AT, 1), lost), Refusal)
    again = reduce(evolve, [j.Reconciled(1, "not_booked", "order_history")], lost)
    assert again.status is Status.WATCHING


def test_a_lost_booker_after_payment_is_not_followed_by_another_attempt() -> None:
    assert isinstance(decide(o.StartBooking("c", AT, 1), after(*PAID)), Refusal)


def test_a_mismatch_that_was_answered_is_not_asked_again() -> None:
    watching = after(*TAKEN[:2])
    asked = o.ReportMismatch(WISH, ("time",), (SHOW,), "f", LOOK)
    answered = reduce(evolve, [*_facts(asked, watching), j.WatchResumed("asha")], watching)
    assert decide(asked, answered) == []


def _facts(command: o.Command, job: Job) -> list[j.Event]:
    facts = decide(command, job)
    assert isinstance(facts, list)
    return facts


def test_a_rejected_show_is_offered_again_only_when_it_changed() -> None:
    job = after(*TAKEN, o.RejectShow(1, SHOW.show_id, "sold_out"), o.FailBooking(1, "no_show_left"))
    assert decide(TAKEN[2], job) == []
