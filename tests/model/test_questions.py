"""What a question may be answered with, by whom, and what the answer makes happen."""

from functools import reduce

import msgspec
import pytest

from events import job as j
from events import orders as o
from events.lifecycle import Job, Refusal, Status, decide, evolve
from events.wish import Wish
from tests.model.test_lifecycle import ASKED, HELD, LOST, PAID, SHOWN, TAKEN
from tests.samples import AT, LOOK, PLAN, SHOW, WISH

ALONE = msgspec.structs.replace(WISH, votes=1, voters=())
OTHER = msgspec.structs.replace(SHOW, show_id="PRAS-2", session="2")


def after(*commands: o.Command, wish: Wish = WISH) -> Job:
    """The job after a life of these commands, its wish replaced by `wish`."""
    job = Job()
    for command in commands:
        job = reduce(evolve, facts(_wished(command, wish), job), job)
    return job


def _wished(command: o.Command, wish: Wish) -> o.Command:
    return msgspec.structs.replace(command, wish=wish) if hasattr(command, "wish") else command


def facts(command: o.Command, job: Job) -> list[j.Event]:
    decision = decide(command, job)
    assert not isinstance(decision, Refusal), decision
    return decision


def refused(command: o.Command, job: Job) -> Refusal:
    decision = decide(command, job)
    assert isinstance(decision, Refusal), decision
    return decision


# consent
def test_where_one_answer_is_enough_it_decides() -> None:
    job = after(*ASKED, wish=ALONE)
    assert facts(o.GiveConsent("asha"), job) == [j.ConsentGiven("asha")]
    assert facts(o.DeclineConsent("asha"), job) == [j.ConsentDeclined("asha")]


def test_a_stranger_may_not_decide_about_seats() -> None:
    assert "voters" in refused(o.GiveConsent("stranger"), after(*ASKED)).why


def test_two_of_three_votes_give_consent() -> None:
    job = after(*ASKED)
    assert facts(o.GiveConsent("tg7"), job) == [j.ConsentVoted("tg7", yes=True)]
    job = after(*ASKED, o.GiveConsent("tg7"))
    assert job.status is Status.AWAITING_CONSENT
    assert facts(o.GiveConsent("tg7"), job) == []
    assert facts(o.GiveConsent("asha"), job) == [j.ConsentVoted("asha", yes=True), j.ConsentGiven("asha")]


def test_a_person_who_votes_again_replaces_the_vote() -> None:
    job = after(*ASKED, o.GiveConsent("tg7"), o.DeclineConsent("tg7"))
    assert facts(o.GiveConsent("asha"), job) == [j.ConsentVoted("asha", yes=True)]
    assert isinstance(facts(o.DeclineConsent("asha"), job)[-1], j.ConsentDeclined)


def test_once_enough_yes_cannot_come_any_more_it_is_declined() -> None:
    pair = msgspec.structs.replace(WISH, votes=2, voters=("tg7",))
    assert isinstance(facts(o.DeclineConsent("tg7"), after(*ASKED, wish=pair))[-1], j.ConsentDeclined)


def test_the_votes_of_an_earlier_question_do_not_count() -> None:
    again = (o.ExpireConsent(), o.DetectTickets(WISH, (OTHER,), LOOK, AT), o.StartBooking("b", AT))
    asked = o.RequestConsent(2, OTHER.show_id, PLAN, AT)
    job = after(*ASKED, o.GiveConsent("tg7"), *again, asked)
    assert facts(o.GiveConsent("asha"), job) == [j.ConsentVoted("asha", yes=True)]


def test_other_refuses_this_show_and_the_next_attempt_tries_the_others_at_once() -> None:
    offered = o.DetectTickets(ALONE, (SHOW, OTHER), LOOK, AT)
    life = (TAKEN[0], TAKEN[1], offered, TAKEN[3], ASKED[-1])
    job = after(*life, o.DeclineConsent("asha", other=True), wish=ALONE)
    assert job.status is Status.WATCHING
    [started] = facts(o.StartBooking("b", AT), job)
    assert isinstance(started, j.BookingStarted)
    assert started.show == OTHER.show_id


def test_a_plain_no_waits_for_the_next_look() -> None:
    job = after(*ASKED, o.DeclineConsent("asha"), wish=ALONE)
    refused(o.StartBooking("b", AT), job)


def test_a_wish_changed_instead_of_an_answer_ends_the_question() -> None:
    job = after(*ASKED, o.ChangePreferences(WISH, "another day", "asha", AT))
    assert (job.status, job.consent, job.votes, job.offers) == (Status.WATCHING, None, {}, ())
    refused(o.GiveConsent("asha"), job)


# mismatch
MISMATCH = (*TAKEN[:2], o.ReportMismatch(WISH, ("time",), (SHOW,), "f", LOOK))
UNANSWERED = (*MISMATCH, o.PauseJob("nobody answered", "usher"))


def test_a_late_answer_to_an_unanswered_question_sets_the_job_going_again() -> None:
    job = after(*UNANSWERED)
    assert facts(o.KeepWaiting("asha"), job) == [j.Resumed("asha")]
    changed = facts(o.ChangePreferences(WISH, "take", "asha", AT), job)
    assert [type(fact) for fact in changed] == [j.PreferencesChanged, j.Resumed]
    assert reduce(evolve, changed, job).status is Status.WATCHING


def test_a_job_that_a_person_paused_stays_paused_when_its_wish_changes() -> None:
    job = after(*MISMATCH, o.PauseJob("asked to", "asha"), o.ChangePreferences(WISH, "why", "asha", AT))
    assert job.status is Status.PAUSED
    refused(o.KeepWaiting("asha"), job)


def test_a_resumed_job_is_not_asked_the_same_again() -> None:
    assert facts(MISMATCH[-1], after(*UNANSWERED, o.ResumeJob("asha"))) == []


def test_a_challenge_that_is_not_open_cannot_be_passed() -> None:
    refused(o.PassChallenge("asha"), after(*MISMATCH, o.PauseJob("asked to", "asha")))


# payment by code
def test_once_a_code_is_shown_nothing_else_is_held_paid_or_failed() -> None:
    job = after(*SHOWN)
    assert job.status is Status.AWAITING_PAYMENT
    for command in (o.StartBooking("c", AT, 1), SHOWN[-1], HELD[-1], PAID[-1], o.FailBooking(1, "timeout")):
        refused(command, job)


def test_a_code_for_another_amount_than_was_held_is_not_shown() -> None:
    refused(o.RequestPayment(1, 65_963, "INR", AT, "qr"), after(*HELD))


def test_a_rehearsal_shows_no_code() -> None:
    rehearsal = msgspec.structs.replace(WISH, dry_run=True)
    assert "rehearsal" in refused(SHOWN[-1], after(*HELD, wish=rehearsal)).why


def test_a_booker_that_lost_the_job_shows_no_code() -> None:
    job = reduce(evolve, [j.BookingStarted(2, SHOW.show_id, "c", AT)], after(*HELD))
    refused(SHOWN[-1], job)


def test_i_have_paid_is_said_once() -> None:
    assert facts(o.ClaimPayment("asha"), after(*SHOWN)) == [j.PaymentClaimed("asha")]
    assert facts(o.ClaimPayment("asha"), after(*SHOWN, o.ClaimPayment("asha"))) == []
    refused(o.ClaimPayment("asha"), after(*LOST))


def test_a_code_that_lapsed_unpaid_pauses_the_job() -> None:
    lapsed = after(*SHOWN, o.LoseOutcome(1, "the code's time is over", AT))
    assert lapsed.status is Status.UNCERTAIN
    job = reduce(evolve, facts(o.ReconcileNotBooked(1, "order_history"), lapsed), lapsed)
    assert job.status is Status.PAUSED
    assert not job.exposed


def test_a_code_that_was_paid_late_is_a_ticket() -> None:
    lapsed = after(*SHOWN, o.LoseOutcome(1, "the code's time is over", AT))
    booked = facts(o.ReconcileBooked(1, "order_history", "D", ("H7", "H8"), 65_962, "INR"), lapsed)
    assert [type(fact) for fact in booked] == [j.Reconciled, j.Booked]


def test_a_cancel_of_a_shown_code_waits_for_the_order_history() -> None:
    job = after(*SHOWN, o.CancelJob("asha", "too late"))
    assert job.status is Status.UNCERTAIN
    assert facts(o.CancelJob("asha"), job) == []
    ended = facts(o.ReconcileNotBooked(1, "order_history", "not there"), job)
    assert reduce(evolve, ended, job).status is Status.CANCELLED


def test_a_cancel_loses_no_ticket_that_was_paid() -> None:
    job = after(*SHOWN, o.CancelJob("asha"))
    reconciled, booked = facts(o.ReconcileBooked(1, "order_history", "D", ("H7",), 65_962, "INR"), job)
    assert isinstance(reconciled, j.Reconciled)
    assert "before the cancel" in reconciled.detail
    assert reduce(evolve, [reconciled, booked], job).status is Status.SUCCESS


def test_a_confirmation_page_after_a_cancel_is_a_ticket_all_the_same() -> None:
    confirmed = o.ConfirmBooking(1, "D", ("H7",), 65_962, "INR")
    assert isinstance(facts(confirmed, after(*SHOWN, o.CancelJob("asha")))[0], j.Booked)


# an outcome that cannot be read
def test_the_person_is_asked_once_and_only_then_believed() -> None:
    lost = after(*LOST)
    refused(o.TellOutcome("asha", booked=True), lost)
    refused(o.ReconcileBooked(1, "user", "D", ("H7",), 65_962, "INR"), lost)
    asked = after(*LOST, o.AskOutcome(1, "unreadable"))
    assert facts(o.AskOutcome(1, "unreadable"), asked) == []
    refused(o.ReconcileNotBooked(1, "user"), asked)


@pytest.mark.parametrize(("booked", "status"), [(True, Status.SUCCESS), (False, Status.WATCHING)])
def test_the_persons_word_ends_it(booked: bool, status: Status) -> None:
    told = after(*LOST, o.AskOutcome(1, "unreadable"), o.TellOutcome("asha", booked, "D7"))
    yes = o.ReconcileBooked(1, "user", "D7", ("H7",), 65_962, "INR")
    no = o.ReconcileNotBooked(1, "user", "the person says so")
    refused(no if booked else yes, told)
    assert reduce(evolve, facts(yes if booked else no, told), told).status is status


def test_the_history_still_has_the_last_word_after_the_question() -> None:
    told = after(*LOST, o.AskOutcome(1, "unreadable"), o.TellOutcome("asha", booked=False))
    assert facts(o.ReconcileBooked(1, "order_history", "D", ("H7",), 1, "INR"), told)


# every command of the desk in every state that has a person waiting
STATES = {
    "PENDING": TAKEN[:1],
    "WATCHING": TAKEN[:2],
    "BOOKING": TAKEN,
    "AWAITING_INPUT": MISMATCH,
    "AWAITING_CONSENT": ASKED,
    "AWAITING_PAYMENT": SHOWN,
    "PAUSED": UNANSWERED,
    "CHALLENGED": (*TAKEN, o.MeetChallenge("captcha", "seat page", attempt=1)),
    "UNCERTAIN": (*LOST, o.AskOutcome(1, "unreadable")),
    "LAPSED": (*SHOWN, o.LoseOutcome(1, "lapsed", AT)),
}
POSSIBLE: dict[str, tuple[o.Command, set[str]]] = {
    "change": (
        o.ChangePreferences(WISH, "why", "asha", AT),
        {"PENDING", "WATCHING", "AWAITING_INPUT", "AWAITING_CONSENT", "PAUSED", "CHALLENGED"},
    ),
    "cancel": (o.CancelJob("asha"), set(STATES) - {"UNCERTAIN"}),
    "pause": (o.PauseJob("why", "asha"), {"PENDING", "WATCHING", "AWAITING_INPUT", "AWAITING_CONSENT"}),
    "resume": (o.ResumeJob("asha"), {"PAUSED", "CHALLENGED"}),
    "keep_waiting": (o.KeepWaiting("asha"), {"AWAITING_INPUT", "PAUSED"}),
    "consent": (o.GiveConsent("asha"), {"AWAITING_CONSENT"}),
    "challenge_passed": (o.PassChallenge("asha"), {"CHALLENGED"}),
    "paid": (o.ClaimPayment("asha"), {"AWAITING_PAYMENT", "LAPSED"}),
    "settle": (o.TellOutcome("asha", booked=True), {"UNCERTAIN"}),
}


@pytest.mark.parametrize("name", POSSIBLE)
@pytest.mark.parametrize("state", STATES)
def test_what_the_desk_may_be_asked_in_which_state(name: str, state: str) -> None:
    command, states = POSSIBLE[name]
    decision = decide(command, after(*STATES[state]))
    assert isinstance(decision, Refusal) is (state not in states), decision
    if isinstance(decision, Refusal):
        assert decision.why
        assert decision.instead
