"""The lives that the golden histories tell: commands as the actors gave them, decided by the rules.

To add one, write a function and name it in LIVES; `make golden-accept` writes its file.
"""

from collections.abc import Callable
from datetime import timedelta

import msgspec

from events import orders as o
from events.wish import Availability, Money
from tests.golden.life import (
    CARD,
    LATE,
    OTHER,
    POOR,
    TOTAL,
    Life,
    confirmed,
    consent_asked,
    created,
    held,
    hold,
    lost,
    mismatched,
    paid,
    taken,
    watched,
)
from tests.golden.lives_asked import ASKED
from tests.samples import AT, LOOK, PLAN, SHOW, WISH


def booked_with_cards() -> Life:
    return confirmed(paid())


def waits_for_its_window() -> Life:
    return created(msgspec.structs.replace(WISH, watch_from=AT + timedelta(days=1)))


def watches() -> Life:
    return watched()


def second_show_after_the_first_sold_out() -> Life:
    life = taken(SHOW, LATE).do("booker", o.RejectShow(1, SHOW.show_id, "sold_out"), after=2)
    life.do("booker", hold(life, 1, LATE)).do("booker", o.SubmitPayment(1, TOTAL, "INR", CARD, "DC1"))
    return confirmed(life)


def every_show_rejected_then_booked_when_one_changed() -> Life:
    life = taken().do("booker", o.RejectShow(1, SHOW.show_id, "seats_taken", "H7 is gone"))
    life.do("booker", o.FailBooking(1, "no_show_left", "every show that fits was tried"))
    again = msgspec.structs.replace(SHOW, availability=Availability.FILLING)
    life.do("watcher", o.DetectTickets(WISH, (again,), LOOK, life.at), after=120)
    life.do("booker", o.StartBooking("host-1", life.soon()))
    life.do("booker", hold(life, 2), o.SubmitPayment(2, TOTAL, "INR", CARD, "DC2"))
    return confirmed(life, 2)


def poor_seats_taken_with_consent() -> Life:
    life = consent_asked().do("desk", o.GiveConsent("asha"), after=40)
    life.do("booker", o.StartBooking("host-1", life.soon())).do("booker", hold(life, 2, plan=POOR))
    return confirmed(life.do("booker", o.SubmitPayment(2, TOTAL, "INR", CARD, "DC2")), 2)


def poor_seats_declined() -> Life:
    return consent_asked().do("desk", o.DeclineConsent("asha"), after=20)


def poor_seats_unanswered() -> Life:
    return consent_asked().do("scheduler", o.ExpireConsent(), after=120)


def poor_seats_unanswered_then_better_ones() -> Life:
    life = poor_seats_unanswered()
    changed = msgspec.structs.replace(SHOW, availability=Availability.ALMOST_FULL)
    life.do("watcher", o.DetectTickets(WISH, (changed, LATE), LOOK, life.at), after=300)
    life.do("booker", o.StartBooking("host-2", life.soon())).do("booker", hold(life, 2))
    return confirmed(life.do("booker", o.SubmitPayment(2, TOTAL, "INR", CARD, "DC2")), 2)


def paused_while_asked_for_consent() -> Life:
    return consent_asked().do("desk", o.PauseJob("thinking", "asha"))


def asked_and_kept_waiting() -> Life:
    return mismatched().do("desk", o.KeepWaiting("asha"), after=30)


def asked_and_changed_the_wish() -> Life:
    life = mismatched()
    life.do("desk", o.ChangePreferences(OTHER, "another cinema", "asha", life.soon(4_000)), after=50)
    return life.do("watcher", o.DetectTickets(OTHER, (LATE,), LOOK, life.at), after=100)


def asked_and_not_answered() -> Life:
    return mismatched().do("scheduler", o.PauseJob("nobody answered what to do instead", "usher"), after=900)


def asked_then_what_was_wished_came_on_sale() -> Life:
    life = mismatched()
    return life.do("watcher", o.DetectTickets(WISH, (SHOW,), LOOK, life.at), after=200)


def changed_while_pending() -> Life:
    life = created()
    return life.do("desk", o.ChangePreferences(OTHER, "closer", "asha", life.soon(4_000)))


def paused_and_resumed() -> Life:
    return watched().do("desk", o.PauseJob("away", "asha"), o.ResumeJob("asha"), after=3_600)


def challenged_while_looking() -> Life:
    life = watched().do("watcher", o.MeetChallenge("captcha", "while looking"), after=20)
    return life.do("desk", o.PassChallenge("asha"), after=600)


def challenged_while_booking() -> Life:
    return taken().do("booker", o.MeetChallenge("otp", "the seat page", "page.png", attempt=1), after=4)


def booker_died_and_another_went_on() -> Life:
    life = taken()
    life.do("booker", o.StartBooking("host-2", life.soon(20), abandoned=1), after=600)
    life.do("booker", hold(life, 2), o.SubmitPayment(2, TOTAL, "INR", CARD, "DC2"))
    return confirmed(life, 2)


def booker_died_holding_seats() -> Life:
    life = held()
    return life.do("booker", o.StartBooking("host-2", life.soon(20), abandoned=1), after=600)


def price_rose_before_paying() -> Life:
    return held().do("booker", o.FailBooking(1, "price_changed", "held at 659.62, asked for 700.00"))


def card_refused_and_a_person_must_act() -> Life:
    return held().do("booker", o.FailBooking(1, "card_refused", "the card ending in 0001", watching=False))


def refused_after_the_click() -> Life:
    return paid().do("booker", o.FailBooking(1, "payment_refused", "the hold had lapsed"))


def uncertain() -> Life:
    return lost()


def uncertain_read_twice() -> Life:
    life = lost()
    return life.do("booker", o.LoseOutcome(1, "not in the history yet", life.soon(1)), after=15)


def uncertain_then_found_in_the_history() -> Life:
    booked = o.ReconcileBooked(1, "order_history", "DC1", PLAN.seats, TOTAL, "INR", "ticket-1.png")
    return lost().do("booker", booked, after=15)


def uncertain_then_not_booked_then_booked() -> Life:
    life = lost().do("booker", o.ReconcileNotBooked(1, "order_history", "not there for ten minutes"), after=600)
    life.do("watcher", o.DetectTickets(WISH, (SHOW,), LOOK, life.at), after=60)
    life.do("booker", o.StartBooking("host-1", life.soon())).do("booker", hold(life, 2))
    return confirmed(life.do("booker", o.SubmitPayment(2, TOTAL, "INR", CARD, "DC2")), 2)


def uncertain_and_the_person_says_booked() -> Life:
    return lost().do("booker", o.ReconcileBooked(1, "user", "DC1", PLAN.seats, TOTAL, "INR"), after=3_600)


def uncertain_and_the_person_says_not_booked() -> Life:
    return lost().do("booker", o.ReconcileNotBooked(1, "user", "asha looked"), after=3_600)


def cancelled_while_watching() -> Life:
    return watched().do("desk", o.CancelJob("asha", "going elsewhere"), after=60)


def cancelled_while_seats_are_held() -> Life:
    return held().do("desk", o.CancelJob("asha"))


def expired_unseen() -> Life:
    return watched().do("scheduler", o.ExpireJob(), after=259_200)


def expired_while_paused() -> Life:
    return watched().do("desk", o.PauseJob("away", "asha")).do("scheduler", o.ExpireJob(), after=259_200)


def given_up_after_failures() -> Life:
    life = taken().do("booker", o.FailBooking(1, "unreadable", "the seat page"))
    return life.do("scheduler", o.FailJob("five attempts failed"))


def rehearsed() -> Life:
    life = held(msgspec.structs.replace(WISH, dry_run=True, cap=Money(200_000)))
    return life.do("booker", o.FailBooking(1, "dry_run", "stopped before the last click", watching=False))


def rehearsed_to_the_last_click() -> Life:
    return held(msgspec.structs.replace(WISH, dry_run=True)).do("booker", o.Rehearse(1, TOTAL, "INR", CARD))


LIVES: tuple[Callable[[], Life], ...] = (
    *ASKED,
    booked_with_cards,
    waits_for_its_window,
    watches,
    second_show_after_the_first_sold_out,
    every_show_rejected_then_booked_when_one_changed,
    poor_seats_taken_with_consent,
    poor_seats_declined,
    poor_seats_unanswered,
    poor_seats_unanswered_then_better_ones,
    paused_while_asked_for_consent,
    asked_and_kept_waiting,
    asked_and_changed_the_wish,
    asked_and_not_answered,
    asked_then_what_was_wished_came_on_sale,
    changed_while_pending,
    paused_and_resumed,
    challenged_while_looking,
    challenged_while_booking,
    booker_died_and_another_went_on,
    booker_died_holding_seats,
    price_rose_before_paying,
    card_refused_and_a_person_must_act,
    refused_after_the_click,
    uncertain,
    uncertain_read_twice,
    uncertain_then_found_in_the_history,
    uncertain_then_not_booked_then_booked,
    uncertain_and_the_person_says_booked,
    uncertain_and_the_person_says_not_booked,
    cancelled_while_watching,
    cancelled_while_seats_are_held,
    expired_unseen,
    expired_while_paused,
    given_up_after_failures,
    rehearsed,
    rehearsed_to_the_last_click,
)
