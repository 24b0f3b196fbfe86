"""What can happen to a job, in the order of its life: every event, as data.

Amounts are paise, times UTC. An event's tag is a promise: renaming the class keeps it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from events.wish import MaskedCard, SeatPlan, Show, Wish


class Fact(msgspec.Struct, frozen=True, gc=False, tag_field="event", forbid_unknown_fields=True):
    """Something that happened to one job. Never edited, only followed."""


class Created(Fact, frozen=True, tag="created"):
    """Somebody wished to see a film. `watch_until` is the end of watching, decided at creation."""

    user: str
    wish: Wish
    watch_until: datetime


class WatchStarted(Fact, frozen=True, tag="watch_started"):
    """The watch window opened: the job's group is looked at."""

    group: str


class WatchResumed(Fact, frozen=True, tag="watch_resumed"):
    """The person chose to keep waiting for what was wished."""

    by: str


class TicketsDetected(Fact, frozen=True, tag="tickets_detected"):
    """Shows that fit the wish are on sale. `shows` is best first and never empty; `seen_at` is when the look ended."""

    shows: tuple[Show, ...]
    look: str
    seen_at: datetime


class PreferencesMismatched(Fact, frozen=True, tag="preferences_mismatched"):
    """Tickets are on sale, but not for what was wished. `missing` names the parts of the wish no show met.

    A city that the site does not know is missing too: then nothing is on sale, and `nearest` names cities it knows.
    """

    missing: tuple[str, ...]
    on_sale: tuple[Show, ...]
    fingerprint: str
    look: str
    nearest: tuple[str, ...] = ()


class PreferencesChanged(Fact, frozen=True, tag="preferences_changed"):
    """The wish was replaced."""

    wish: Wish
    why: str
    by: str
    watch_until: datetime


class BookingStarted(Fact, frozen=True, tag="booking_started"):
    """A booker took the job. `attempt` counts from 1; `lease_until` is when others may continue it.

    `left_over` is the site's reference of the hold that a lost booker left behind: this attempt gives it back.
    """

    attempt: int
    show: str
    booker: str
    lease_until: datetime
    left_over: str = ""


class ShowRejected(Fact, frozen=True, tag="show_rejected"):
    """This show could not be booked; the next one is tried. `fingerprint` is what the show looked like then."""

    attempt: int
    show: str
    reason: str
    detail: str = ""
    fingerprint: str = ""


class ConsentRequested(Fact, frozen=True, tag="consent_requested"):
    """The best seats are poor: the person decides until `deadline`.

    `artifact` is a picture of the page, `map` the hall's seats (JSON of a SeatMap) for whoever draws them.
    """

    attempt: int
    show: str
    plan: SeatPlan
    deadline: datetime
    fingerprint: str = ""
    artifact: str | None = None
    map: str | None = None


class ConsentVoted(Fact, frozen=True, tag="consent_voted"):
    """One of several people answered. A later answer of the same person replaces the earlier one."""

    by: str
    yes: bool
    other: bool = False


class ConsentGiven(Fact, frozen=True, tag="consent_given"):
    """The poor seats are taken; `by` gave the deciding answer."""

    by: str


class ConsentDeclined(Fact, frozen=True, tag="consent_declined"):
    """The poor seats are refused; watching goes on. `other`: the other shows that fit are tried at once."""

    by: str
    other: bool = False


class ConsentExpired(Fact, frozen=True, tag="consent_expired"):
    """Nobody answered in time; watching goes on."""


class SeatsHeld(Fact, frozen=True, tag="seats_held"):
    """The site holds seats for us until `hold_ends`. `amount` is the order's total with fees."""

    attempt: int
    show: str
    plan: SeatPlan
    amount: int
    currency: str
    hold_ends: datetime
    reference: str
    cinema: str = ""
    film: str = ""
    starts: datetime | None = None
    map: str | None = None


class PaymentRequested(Fact, frozen=True, tag="payment_requested"):
    """The person must pay by QR before `deadline`. Written before anybody sees the code (`artifact`, a PNG):
    from here on only the site knows whether it was paid."""

    attempt: int
    amount: int
    currency: str
    deadline: datetime
    artifact: str


class PaymentClaimed(Fact, frozen=True, tag="payment_claimed"):
    """The person says that the code is paid: usher looks at once. It proves nothing."""

    by: str


class PaymentSubmitted(Fact, frozen=True, tag="payment_submitted"):
    """Written before the irreversible click: from here on only the site knows the outcome."""

    attempt: int
    amount: int
    currency: str
    cards: tuple[MaskedCard, ...]
    reference: str


class Rehearsed(Fact, frozen=True, tag="rehearsed"):
    """A dry run came to the last click, which was not made: the hold was given back, nothing was charged. It is the
    job's end. `amount` and `cards` are what would have been paid; no cards: a code would have been shown."""

    attempt: int
    amount: int
    currency: str
    cards: tuple[MaskedCard, ...] = ()


class Booked(Fact, frozen=True, tag="booked"):
    """The site confirmed the booking. `artifact` is the ticket's picture in the object store."""

    attempt: int
    confirmation: str
    show: str
    film: str
    cinema: str
    starts: datetime
    seats: tuple[str, ...]
    amount: int
    currency: str
    artifact: str | None = None
    map: str | None = None


NO_SHOW_LEFT = "no_show_left"  # the reason where every show that fits was tried


class BookingFailed(Fact, frozen=True, tag="booking_failed"):
    """The attempt ended without a booking. `watching` False means that a person must act before it goes on."""

    attempt: int
    reason: str
    detail: str = ""
    watching: bool = True


class OutcomeUnknown(Fact, frozen=True, tag="outcome_unknown"):
    """Payment may have been made and nobody knows what came of it. The order history decides.

    `unreadable`: this time the history could not be read (else it was read and did not show the order yet).
    """

    attempt: int
    why: str
    next_read: datetime
    unreadable: bool = False


class OutcomeAsked(Fact, frozen=True, tag="outcome_asked"):
    """The history has been unreadable for too long: the person is asked whether it was booked. Reading goes on.

    `artifact` is a picture of what usher sees there, where one could be had.
    """

    attempt: int
    why: str
    artifact: str | None = None


class OutcomeTold(Fact, frozen=True, tag="outcome_told"):
    """The person says whether it was booked, perhaps with the site's number. Only the history's own word beats it."""

    by: str
    booked: bool
    number: str = ""


class Reconciled(Fact, frozen=True, tag="reconciled"):
    """The outcome is known: from the order history, or from the person where that cannot be read.
    Only `not_booked` allows a new attempt."""

    attempt: int
    outcome: Literal["booked", "not_booked"]
    source: Literal["order_history", "user"]
    detail: str = ""


class ChallengeMet(Fact, frozen=True, tag="challenge_met"):
    """CAPTCHA, OTP, login or queue page: a person must act."""

    kind: str
    where: str
    artifact: str | None = None


class ChallengePassed(Fact, frozen=True, tag="challenge_passed"):
    """The person says that the challenge is passed; watching goes on."""

    by: str


class Paused(Fact, frozen=True, tag="paused"):
    """Watching stopped until resumed."""

    why: str
    by: str


class Resumed(Fact, frozen=True, tag="resumed"):
    """The person resumed the job."""

    by: str


class CancelRequested(Fact, frozen=True, tag="cancel_requested"):
    """The person gives up a payment by code that may have been made: the code is withdrawn and the order history
    read. A ticket that was paid stays theirs; else the job ends as cancelled."""

    by: str
    why: str = ""


class Cancelled(Fact, frozen=True, tag="cancelled"):
    """The person ended the job."""

    by: str
    why: str = ""


class Expired(Fact, frozen=True, tag="expired"):
    """The watch window closed."""

    why: str


class Failed(Fact, frozen=True, tag="failed"):
    """The job was given up."""

    reason: str


Event = (
    Created | WatchStarted | WatchResumed | TicketsDetected | PreferencesMismatched | PreferencesChanged
    | BookingStarted | ShowRejected | ConsentRequested | ConsentVoted | ConsentGiven | ConsentDeclined
    | ConsentExpired | SeatsHeld | PaymentRequested | PaymentClaimed | PaymentSubmitted | Rehearsed | Booked
    | BookingFailed | OutcomeUnknown | OutcomeAsked | OutcomeTold | Reconciled | ChallengeMet | ChallengePassed
    | Paused | Resumed | CancelRequested | Cancelled | Expired | Failed
)  # fmt: skip
