"""One instance of every event, for the codec's tests and the golden files."""

from datetime import UTC, datetime, timedelta

import msgspec

from events import job as j
from events import look as lk
from events import user as u
from events.wish import (
    Availability,
    Listing,
    MaskedCard,
    Money,
    PriceClass,
    SeatPlan,
    SeatWish,
    Show,
    TimeRange,
    Wish,
    parse_time_range,
)

AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
EVENING: TimeRange = parse_time_range("18:00-22:00")
WISH = Wish(
    film="Dune: Part Three",
    city="Hyderabad",
    cinemas=("AMB Cinemas", "Prasads"),
    dates=(AT.date(),),
    times=(EVENING,),
    languages=("English",),
    formats=("2D",),
    seats=SeatWish(2, "GOLD"),
    cap=Money(150_000),
    payment="cards_or_qr",
    votes=2,
    voters=("tg7", "tg8"),
)
SHOW = Show(
    show_id="AMBG-13500",
    film="Dune: Part Three",
    film_code="ET00470725",
    cinema="AMB Cinemas: Gachibowli",
    cinema_code="AMBG",
    session="13500",
    starts=AT + timedelta(hours=7),
    language="English",
    format="2D",
    screen="4K DOLBY ATMOS",
    availability=Availability.AVAILABLE,
    classes=(PriceClass("GOLD", "GOLD", 29_500, Availability.AVAILABLE),),
    cut_off=AT + timedelta(hours=7, minutes=15),
)
PLAN = SeatPlan(("H7", "H8"), 0.91, 59_000, "GOLD")
LOOK = "01a20cd9-aa0f-7945-b183-b06c8b8f605a"
GROUP = "bookmyshow--hyderabad--dune-part-three"

EVENTS: tuple[msgspec.Struct, ...] = (
    j.Created("asha", WISH, AT + timedelta(days=3)),
    j.WatchStarted(GROUP),
    j.WatchResumed("asha"),
    j.TicketsDetected((SHOW,), LOOK, AT),
    j.PreferencesMismatched(("time",), (SHOW,), "f1", LOOK, ("Hyderabad",)),
    j.PreferencesChanged(WISH, "another cinema", "asha", AT + timedelta(days=3)),
    j.BookingStarted(2, SHOW.show_id, "host-1", AT + timedelta(minutes=10), "DC1"),
    j.ShowRejected(1, SHOW.show_id, "seats_taken", "H7 is gone", SHOW.fingerprint()),
    j.ConsentRequested(1, SHOW.show_id, PLAN, AT + timedelta(minutes=2), SHOW.fingerprint(), "seats.png", "map.json"),
    j.ConsentVoted("tg7", yes=False, other=True),
    j.ConsentGiven("asha"),
    j.ConsentDeclined("asha", other=True),
    j.ConsentExpired(),
    j.SeatsHeld(1, SHOW.show_id, PLAN, 65_962, "INR", AT, "DC1", SHOW.cinema, SHOW.film, SHOW.starts, "map.json"),
    j.PaymentRequested(1, 65_962, "INR", AT, "qr.png"),
    j.PaymentClaimed("asha"),
    j.PaymentSubmitted(1, 65_962, "INR", (MaskedCard("c1", "0001", 65_962),), "DC1"),
    j.Rehearsed(1, 65_962, "INR", (MaskedCard("c1", "0001", 65_962),)),
    j.Booked(
        attempt=1,
        confirmation="DC1",
        show=SHOW.show_id,
        film=SHOW.film,
        cinema=SHOW.cinema,
        starts=SHOW.starts,
        seats=PLAN.seats,
        amount=65_962,
        currency="INR",
        artifact="ticket.png",
        map="map.json",
    ),
    j.BookingFailed(1, "price_changed", "held at 1, asked for 2"),
    j.OutcomeUnknown(1, "the order history could not be read", AT, unreadable=True),
    j.OutcomeAsked(1, "unreadable for half an hour", "history.png"),
    j.OutcomeTold("asha", True, "DC1"),
    j.Reconciled(1, "not_booked", "order_history", "not there"),
    j.ChallengeMet("captcha", "the seat page", "page.png"),
    j.ChallengePassed("asha"),
    j.Paused("asked to", "asha"),
    j.Resumed("asha"),
    j.CancelRequested("asha", "going elsewhere"),
    j.Cancelled("asha", "going elsewhere"),
    j.Expired("Watch period expired"),
    j.Failed("five attempts failed"),
    u.Registered("Asha", 1001, 1001),
    u.Approved("owner"),
    u.Removed("owner"),
    u.ContactSet("a•••@example.com", "••••••3210"),
    u.CardAdded("c1", "0001", "birthday"),
    u.CardLabelled("c1", "from Meera"),
    u.CardRemoved("c1"),
    u.CardsOrdered(("c2", "c1")),
    u.SettingsChanged({"city": "Hyderabad"}),
    u.Forgotten(),
    lk.Seen(LOOK, GROUP, Listing("bookmyshow", "Hyderabad", WISH.film, (SHOW,)), True, AT, 12),
    lk.LookBlocked(LOOK, GROUP, "rate_limited", "too many requests", 1),
    lk.LookUnreadable(LOOK, GROUP, "the page of shows is not in a shape we know", 2),
)
