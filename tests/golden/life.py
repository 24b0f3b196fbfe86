"""A job's life while it is written down: commands as the actors gave them; and how lives begin."""

from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import msgspec

from events import orders as o
from events.catalogue import BY_STRUCT
from events.codec import encode
from events.lifecycle import Job, Refusal, decide, evolve
from events.wish import MaskedCard, SeatPlan, Wish
from tests.samples import AT, GROUP, LOOK, PLAN, SHOW, WISH

LATE = msgspec.structs.replace(SHOW, show_id="AMBG-13501", session="13501", starts=SHOW.starts + timedelta(hours=3))
POOR = SeatPlan(("A1", "A2"), 0.05, 59_000, "GOLD")
CARD = (MaskedCard("c1", "0001", 65_962),)
OTHER = msgspec.structs.replace(WISH, cinemas=("Prasads",))
TOTAL = 65_962


class Life:
    """A job while it is written down; each command happens a while after the one before."""

    def __init__(self) -> None:
        self.job, self.at, self.lines = Job(), AT, list[dict[str, Any]]()

    def do(self, actor: str, *commands: o.Command, after: float = 1.0) -> "Life":
        """Let an actor say something that the rules allow, `after` seconds."""
        for command in commands:
            self.at += timedelta(seconds=after)
            facts = decide(command, self.job)
            assert not isinstance(facts, Refusal), (command, facts)
            for fact in facts:
                self.job = reduce(evolve, [fact], self.job)
                kind = BY_STRUCT[type(fact)]
                line = {"type": kind.subject, "schema": kind.version, "time": self.at.isoformat(), "actor": actor}
                self.lines.append(line | {"event": msgspec.json.decode(encode(fact)), "then": str(self.job.status)})
        return self

    def soon(self, minutes: float = 10) -> datetime:
        """A deadline."""
        return self.at + timedelta(minutes=minutes)


def created(wish: Wish = WISH) -> Life:
    return Life().do("desk", o.CreateJob("asha", wish, AT + timedelta(days=3)))


def watched(wish: Wish = WISH) -> Life:
    return created(wish).do("scheduler", o.StartWatching(GROUP))


def detected(*shows: Any, wish: Wish = WISH) -> Life:
    life = watched(wish)
    return life.do("watcher", o.DetectTickets(wish, shows or (SHOW,), LOOK, life.at), after=90)


def taken(*shows: Any, wish: Wish = WISH) -> Life:
    life = detected(*shows, wish=wish)
    return life.do("booker", o.StartBooking("host-1", life.soon()), after=0.01)


def held(wish: Wish = WISH) -> Life:
    life = taken(wish=wish)
    return life.do("booker", hold(life, 1), after=2)


def hold(life: Life, attempt: int, show: Any = SHOW, plan: SeatPlan = PLAN) -> o.HoldSeats:
    return o.HoldSeats(attempt, show.show_id, plan, TOTAL, "INR", life.soon(8), f"DC{attempt}")


def paid() -> Life:
    return held().do("booker", o.SubmitPayment(1, TOTAL, "INR", CARD, "DC1"))


def lost() -> Life:
    life = paid()
    return life.do("booker", o.LoseOutcome(1, "the page did not answer", life.soon(1)), after=30)


def confirmed(life: Life, attempt: int = 1) -> Life:
    done = o.ConfirmBooking(attempt, f"DC{attempt}", PLAN.seats, TOTAL, "INR", f"ticket-{attempt}.png")
    return life.do("booker", done)


def consent_asked() -> Life:
    life = taken()
    return life.do("booker", o.RequestConsent(1, SHOW.show_id, POOR, life.soon(2), "seats.png"), after=3)


def mismatched() -> Life:
    return watched().do("watcher", o.ReportMismatch(WISH, ("time",), (LATE,), "f1", LOOK), after=60)
