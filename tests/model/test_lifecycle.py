"""No order of commands leaves the drawn diagram, pays twice, or breaks a fold."""

from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import job as j
from events.lifecycle import DIAGRAM, FINAL, RULES, Job, Refusal, Status, decide, evolve
from tests.samples import AT, GROUP, LOOK, PLAN, SHOW, WISH

attempts = st.integers(1, 3)
COMMANDS: st.SearchStrategy[j.Command] = st.one_of(
    st.just(j.CreateJob("asha", WISH, AT)),
    st.just(j.StartWatching(GROUP)),
    st.just(j.DetectTickets(WISH, (SHOW,), LOOK, AT)),
    st.just(j.ReportMismatch(WISH, ("time",), (SHOW,), "f", LOOK)),
    st.just(j.ChangePreferences(WISH, "why", "asha", AT)),
    st.just(j.KeepWaiting("asha")),
    st.builds(j.StartBooking, st.just("b"), st.just(AT), st.none() | attempts),
    st.builds(j.RejectShow, attempts, st.just(SHOW.show_id), st.just("sold_out")),
    st.builds(j.RequestConsent, attempts, st.just(SHOW.show_id), st.just(PLAN), st.just(AT)),
    st.just(j.GiveConsent("asha")),
    st.just(j.DeclineConsent("asha")),
    st.just(j.ExpireConsent()),
    st.builds(
        j.HoldSeats,
        attempts,
        st.just(SHOW.show_id),
        st.just(PLAN),
        st.just(65_962),
        st.just("INR"),
        st.just(AT),
        st.just("D"),
    ),
    st.builds(j.RequestPayment, attempts, st.just(65_962), st.just("INR"), st.just(AT), st.just("qr")),
    st.builds(j.SubmitPayment, attempts, st.sampled_from([65_962, 1]), st.just("INR"), st.just(()), st.just("D")),
    st.builds(j.ConfirmBooking, attempts, st.just("D"), st.just(("H7",)), st.just(65_962), st.just("INR")),
    st.builds(j.FailBooking, attempts, st.just("no"), st.just(""), st.booleans()),
    st.builds(j.LoseOutcome, attempts, st.just("?"), st.just(AT)),
    st.builds(
        j.ReconcileBooked,
        attempts,
        st.just("order_history"),
        st.just("D"),
        st.just(("H7",)),
        st.just(1),
        st.just("INR"),
    ),
    st.builds(j.ReconcileNotBooked, attempts, st.just("order_history")),
    st.builds(j.MeetChallenge, st.just("captcha"), st.just("look"), st.none(), st.none() | attempts),
    st.just(j.PassChallenge("asha")),
    st.just(j.PauseJob("why", "asha")),
    st.just(j.ResumeJob("asha")),
    st.just(j.CancelJob("asha")),
    st.just(j.ExpireJob()),
    st.just(j.FailJob("why")),
)
# lives that reach deep states often enough to matter
TAKEN: tuple[j.Command, ...] = (
    j.CreateJob("asha", WISH, AT),
    j.StartWatching(GROUP),
    j.DetectTickets(WISH, (SHOW,), LOOK, AT),
    j.StartBooking("b", AT),
)
HELD = (*TAKEN, j.HoldSeats(1, SHOW.show_id, PLAN, 65_962, "INR", AT, "D"))
PAID = (*HELD, j.SubmitPayment(1, 65_962, "INR", (), "D"))
openings = st.sampled_from([(), TAKEN, HELD, PAID, (*PAID, j.LoseOutcome(1, "?", AT))])


def after(*commands: j.Command) -> Job:
    job = Job()
    for command in commands:
        facts = decide(command, job)
        assert not isinstance(facts, Refusal), facts
        job = reduce(evolve, facts, job)
    return job


@settings(max_examples=400)
@given(openings, st.lists(COMMANDS, max_size=40))
def test_no_order_of_commands_leaves_the_diagram_or_pays_twice(
    opening: tuple[j.Command, ...], commands: list[j.Command]
) -> None:
    job, open_payments = Job(), 0
    for command in (*opening, *commands):
        outcome = decide(command, job)
        for fact in [] if isinstance(outcome, Refusal) else outcome:
            was, job = job, evolve(job, fact)
            assert was.status not in FINAL
            assert job.status is was.status or job.status in DIAGRAM[was.status], (was.status, fact)
            if isinstance(fact, j.PaymentSubmitted):
                open_payments += 1
            elif isinstance(fact, j.Booked | j.BookingFailed | j.Reconciled):
                open_payments = 0
            assert open_payments <= 1


def test_every_command_has_a_rule() -> None:
    assert set(RULES) == set(j.Order.__subclasses__())


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_state_takes_no_command(status: Status) -> None:
    assert not any(status in states for states, _ in RULES.values())


def test_a_second_booker_is_refused() -> None:
    assert isinstance(decide(j.StartBooking("c", AT), after(*TAKEN)), Refusal)


def test_a_booker_whose_job_was_taken_over_can_neither_hold_nor_pay() -> None:
    job = reduce(evolve, [j.BookingStarted(2, SHOW.show_id, "c", AT)], after(*HELD))
    assert isinstance(decide(j.HoldSeats(1, SHOW.show_id, PLAN, 1, "INR", AT, "D"), job), Refusal)
    assert isinstance(decide(j.SubmitPayment(1, 65_962, "INR", (), "D"), job), Refusal)


def test_another_price_than_the_held_one_is_not_paid() -> None:
    assert isinstance(decide(j.SubmitPayment(1, 65_963, "INR", (), "D"), after(*HELD)), Refusal)


def test_a_total_over_the_cap_is_not_held() -> None:
    over = j.HoldSeats(1, SHOW.show_id, PLAN, 150_001, "INR", AT, "D")
    assert isinstance(decide(over, after(*TAKEN)), Refusal)


def test_a_cancel_after_payment_was_sent_is_refused_with_the_reason() -> None:
    outcome = decide(j.CancelJob("asha"), after(*PAID))
    assert isinstance(outcome, Refusal)
    assert "payment" in outcome.why


def test_an_unknown_outcome_allows_no_new_attempt_until_the_site_says_not_booked() -> None:
    lost = after(*PAID, j.LoseOutcome(1, "?", AT))
    assert isinstance(decide(j.StartBooking("c", AT, 1), lost), Refusal)
    again = reduce(evolve, [j.Reconciled(1, "not_booked", "order_history")], lost)
    assert again.status is Status.WATCHING


def test_a_lost_booker_after_payment_is_not_followed_by_another_attempt() -> None:
    assert isinstance(decide(j.StartBooking("c", AT, 1), after(*PAID)), Refusal)


def test_a_mismatch_that_was_answered_is_not_asked_again() -> None:
    watching = after(*TAKEN[:2])
    asked = j.ReportMismatch(WISH, ("time",), (SHOW,), "f", LOOK)
    answered = reduce(evolve, [*_facts(asked, watching), j.WatchResumed("asha")], watching)
    assert decide(asked, answered) == []


def _facts(command: j.Command, job: Job) -> list[j.Event]:
    facts = decide(command, job)
    assert isinstance(facts, list)
    return facts


def test_a_rejected_show_is_offered_again_only_when_it_changed() -> None:
    job = after(*TAKEN, j.RejectShow(1, SHOW.show_id, "sold_out"), j.FailBooking(1, "no_show_left"))
    assert decide(TAKEN[2], job) == []
