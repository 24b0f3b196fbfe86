"""What may go wrong at one point, chosen by a seed: the same seed gives the same points in the same order."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

ACTORS = (
    "desk",
    "desk2",
    "scheduler",
    "scheduler2",
    "watcher",
    "watcher2",
    "booker",
    "booker2",
    "notifier",
    "projector",
)
BOOKERS = ("booker", "booker2")
STEPS = (
    "created",
    "watch_started",
    "tickets_detected",
    "booking_started",
    "seats_held",
    "payment_submitted",
    "outcome_unknown",
    "booked",
)
PLACES = ("seat", "hold", "summary", "apply", "pay")
SHORTEST, LONGEST = 0.1, 60.0  # s that a network may be cut
FROZEN = 25.0  # s at most: longer than a lease of the run


class Point(msgspec.Struct, frozen=True):
    """One thing that goes wrong: `what` happens to `whom`, `after` a step's event (or at a random time) plus `later`
    seconds, for `seconds`. `value` is a cinema fault's; `count`: how many requests it meets.
    """

    what: str
    whom: str
    after: str | None
    later: float
    seconds: float = 0.0
    where: str = "any"
    value: float = 0.0
    count: int = 1

    @property
    def kind(self) -> str:
        """What it is called in the figures."""
        return f"{self.what} {self.whom.rstrip('0123456789')}" if self.what != "fault" else f"cinema {self.whom}"

    def __str__(self) -> str:
        when = f"{self.after or 'any time'} + {self.later:.2f} s"
        detail = f" at {self.where} ({self.value:.0f}, {self.count}×)" if self.what == "fault" else ""
        return f"{self.what} {self.whom}{detail} for {self.seconds:.1f} s, {when}"


def _fault(chance: random.Random, after: str | None, later: float) -> Point:
    """A fault of the cinema. Delays before the click, which a slow machine prolongs as it does the leases, may pass
    the booker's lease; those at the click stay below the time that usher gives the site to settle, which is its stated
    assumption.
    """
    name, where, value = chance.choice(
        (
            ("drop_after_charge", "pay", 0.0),
            ("drop_after_charge", "pay", 0.0),
            ("hang_after_charge", "pay", 0.0),
            ("hang_before_charge", "pay", 0.0),
            ("quiet_close", chance.choice(PLACES), 0.0),
            ("refuse_payment", "pay", 0.0),
            ("status_500", chance.choice((*PLACES, "history", "look")), 0.0),
            ("delay_ms", chance.choice(("seat", "hold", "summary", "apply")), chance.uniform(200, 12_000)),
            ("delay_ms", "pay", chance.uniform(200, 3_000)),
            ("price_raised_at_summary", "summary", 20_000.0),
            ("seats_taken_at_hold", "hold", 0.0),
            ("challenge", chance.choice(("seat", "hold", "summary")), 0.0),
            ("history_unreadable", "history", 0.0),
        )
    )
    return Point("fault", name, after, later, where=where, value=value, count=chance.randint(1, 2))


def _while(chance: random.Random, longest: float) -> float:
    """Seconds: as often below the middle of the orders of magnitude as above."""
    return float(SHORTEST * (longest / SHORTEST) ** chance.random())


def point(chance: random.Random) -> Point:
    """One random point."""
    after = chance.choice(STEPS) if chance.random() < 0.6 else None
    later = chance.uniform(0, 0.8) if chance.random() < 0.7 else 0.0
    down = chance.choice((0.0, 0.0, chance.uniform(0, 3)))
    kind = chance.choices(
        ("actor", "booker", "broker", "browser", "all", "fault", "cut", "silence", "freeze"),
        (24, 18, 7, 8, 3, 22, 6, 6, 6),
    )[0]
    match kind:
        case "actor":
            return Point("kill", chance.choice(ACTORS), after, later, down)
        case "booker":
            return Point("kill", chance.choice(BOOKERS), after, later, down)
        case "broker":
            return Point("kill", "nats-server", after, later, down)
        case "browser":
            return Point("kill browser", chance.choice(BOOKERS), after, later)
        case "all":
            return Point("kill", "everything", after, later, down)
        case "fault":
            return _fault(chance, after, later)
        case "freeze":
            return Point("freeze", chance.choice(ACTORS), after, later, _while(chance, FROZEN))
        case _:
            return Point(kind, chance.choice(ACTORS), after, later, _while(chance, LONGEST))


def points(seed: int, round_: int) -> Iterator[Point]:
    """The points of one round, without an end."""
    chance = random.Random(f"{seed}/{round_}")
    while True:
        yield point(chance)
