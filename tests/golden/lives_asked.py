"""Lives in which people are asked: to pay with a code, to say what came of a payment, to vote on seats."""

from collections.abc import Callable

import msgspec

from events import orders as o
from tests.golden.life import POOR, TOTAL, Life, confirmed, held, hold, lost, taken
from tests.samples import PLAN, SHOW, WISH

FRIENDS = msgspec.structs.replace(WISH, votes=2, voters=("tg7", "tg8"))


def shown_a_code() -> Life:
    life = held()
    return life.do("booker", o.RequestPayment(1, TOTAL, "INR", life.soon(5), "code.png"))


def friends_asked() -> Life:
    life = taken(wish=FRIENDS)
    return life.do("booker", o.RequestConsent(1, SHOW.show_id, POOR, life.soon(2), "seats.png"), after=3)


def asked_for_the_outcome() -> Life:
    life = lost()
    life.do("booker", o.LoseOutcome(1, "the order history cannot be read", life.soon(1), unreadable=True), after=15)
    return life.do("booker", o.AskOutcome(1, "the order history cannot be read", "history.png"), after=1_800)


def paid_with_a_code() -> Life:
    return confirmed(shown_a_code().do("desk", o.ClaimPayment("asha"), after=60))


def code_not_paid_in_time() -> Life:
    life = shown_a_code()
    life.do("booker", o.LoseOutcome(1, "the code ran out", life.soon(1)), after=300)
    return life.do("booker", o.ReconcileNotBooked(1, "order_history", "not there for ten minutes"), after=600)


def code_given_up() -> Life:
    life = shown_a_code().do("desk", o.CancelJob("asha", "too dear"), after=20)
    return life.do("booker", o.ReconcileNotBooked(1, "order_history", "not there for ten minutes"), after=600)


def code_given_up_but_paid() -> Life:
    life = shown_a_code().do("desk", o.CancelJob("asha", "too dear"), after=20)
    booked = o.ReconcileBooked(1, "order_history", "DC1", PLAN.seats, TOTAL, "INR", "ticket-1.png")
    return life.do("booker", booked, after=15)


def uncertain_asked_and_told_booked() -> Life:
    life = asked_for_the_outcome().do("desk", o.TellOutcome("asha", True, "WX1"), after=120)
    return life.do("booker", o.ReconcileBooked(1, "user", "WX1", PLAN.seats, TOTAL, "INR"))


def uncertain_asked_and_told_not_booked() -> Life:
    life = asked_for_the_outcome().do("desk", o.TellOutcome("asha", False), after=120)
    return life.do("booker", o.ReconcileNotBooked(1, "user", "asha looked"))


def uncertain_told_and_told_otherwise() -> Life:
    life = asked_for_the_outcome().do("desk", o.TellOutcome("asha", False), after=120)
    return life.do("desk", o.TellOutcome("asha", True, "WX1"), after=5)


def uncertain_asked_and_the_history_answers_first() -> Life:
    booked = o.ReconcileBooked(1, "order_history", "DC1", PLAN.seats, TOTAL, "INR", "ticket-1.png")
    return asked_for_the_outcome().do("booker", booked, after=60)


def friends_agree() -> Life:
    life = friends_asked().do("desk", o.GiveConsent("tg7"), o.GiveConsent("asha"), after=15)
    life.do("booker", o.StartBooking("host-1", life.soon())).do("booker", hold(life, 2, plan=POOR))
    return life


def friends_are_against() -> Life:
    return friends_asked().do("desk", o.GiveConsent("asha"), o.DeclineConsent("tg7"), o.DeclineConsent("tg8"), after=15)


def a_friend_changes_her_mind() -> Life:
    return friends_asked().do("desk", o.DeclineConsent("tg7"), o.GiveConsent("tg7"), o.GiveConsent("tg8"), after=15)


def friends_want_another_show() -> Life:
    return friends_asked().do("desk", o.DeclineConsent("asha", other=True), o.DeclineConsent("tg8"), after=15)


ASKED: tuple[Callable[[], Life], ...] = (
    paid_with_a_code,
    code_not_paid_in_time,
    code_given_up,
    code_given_up_but_paid,
    uncertain_asked_and_told_booked,
    uncertain_asked_and_told_not_booked,
    uncertain_told_and_told_otherwise,
    uncertain_asked_and_the_history_answers_first,
    friends_agree,
    friends_are_against,
    a_friend_changes_her_mind,
    friends_want_another_show,
)
