"""The past judged again: which line refused a show, what would have changed it, and whether today decides alike."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from events import job as j
from events import orders as o
from events.codec import Recorded
from events.lifecycle import Job, Refusal, decide, evolve
from events.look import Seen
from events.wish import (
    Availability,
    Listing,
    Money,
    Seat,
    SeatKind,
    SeatMap,
    SeatPlan,
    SeatWish,
    Show,
    TimeRange,
    Wish,
    parse_time_range,
)
from sites.advice import judged, said, smallest_change
from sites.hindsight import Judged, _Past, courses, offers, rejudge, seatings
from sites.matching import failing_parts
from sites.verdict import verdict
from tests.samples import AT, GROUP, SHOW, WISH

LISTING = Listing("bookmyshow", "Hyderabad", WISH.film, (SHOW,))


def listing(*shows: Show) -> Listing:
    return Listing("bookmyshow", "Hyderabad", WISH.film, shows)


def seen(n: int, *shows: Show) -> Recorded:
    at = AT + timedelta(minutes=n)
    event = Seen(f"look-{n}", GROUP, listing(*shows), True, at, 12)
    return Recorded(event, f"l{n}", GROUP, n, at, "watcher", 1, None, None, 0, "LOOKS")


def at_job(fact: object, n: int, at: object) -> Recorded:
    return Recorded(fact, f"e{n}", "j1", n, at, "x", 1, None, None, 0, "JOBS")  # type: ignore[arg-type]


def lived(wish: Wish, looks: Sequence[Recorded]) -> list[Recorded]:
    """A job that is created before the looks and told by each of them, as the watcher does it."""
    job, records = Job(), list[Recorded]()

    def do(command: o.Command | None, at: object) -> None:
        nonlocal job
        decision = decide(command, job) if command is not None else []
        for fact in [] if isinstance(decision, Refusal) else decision:
            job = evolve(job, fact)
            records.append(at_job(fact, len(records) + 1, at))

    do(o.CreateJob("asha", wish, AT + timedelta(days=3)), AT - timedelta(hours=1))
    do(o.StartWatching(GROUP), AT - timedelta(minutes=59))
    for look in looks:
        at = look.event.seen_at
        do(verdict(wish, look.event.listing, look.event.look, at), at + timedelta(milliseconds=5))
    return records


def with_(show: Show, **changes: object) -> Show:
    return msgspec.structs.replace(show, **changes)


def test_every_line_of_the_wish_that_refuses_is_named() -> None:
    late, elsewhere = (
        with_(SHOW, show_id="a", starts=SHOW.starts + timedelta(hours=14)),
        with_(SHOW, show_id="b", cinema="INOX"),
    )
    found = judged(WISH, listing(SHOW, late, elsewhere), AT)
    assert found.fits == (SHOW,)
    assert [(one.show.show_id, one.parts) for one in found.refused] == [("a", ("date", "time")), ("b", ("cinema",))]


def test_the_smallest_change_is_said_and_would_have_matched() -> None:
    wish = msgspec.structs.replace(WISH, times=(parse_time_range("20:00-22:00"),), cap=Money(50_000))
    early = with_(SHOW, show_id="a", classes=(with_class(SHOW, 20_000),))
    change = smallest_change(wish, [listing(SHOW, early)], AT)
    assert change is not None
    assert change.parts == ("time",)  # the other show is too dear as well
    assert change.show == early
    assert said(change, wish) == "time 20:00-22:00 → 19:00-22:00"
    assert failing_parts(change.wish, early) == ()


def with_class(show: Show, price: int) -> object:
    return msgspec.structs.replace(show.classes[0], price=price)


def test_no_change_of_a_wish_brings_back_what_is_sold_out_or_another_film() -> None:
    gone = with_(SHOW, cinema="INOX", availability=Availability.SOLD_OUT)
    other = with_(SHOW, film="Kantara")
    assert smallest_change(WISH, [listing(gone, other)], AT) is None


minutes = st.integers(0, 1439)
shows = st.builds(
    lambda start, cinema, language, fmt, screen, price, name: with_(
        SHOW,
        show_id=f"{start}-{cinema}-{language}-{fmt}",
        starts=AT + timedelta(hours=1, minutes=start),
        cinema=cinema,
        language=language,
        format=fmt,
        screen=screen,
        classes=(msgspec.structs.replace(SHOW.classes[0], price=price, name=name),),
    ),
    st.integers(0, 3_000),
    st.sampled_from(["AMB Cinemas: Gachibowli", "Prasads Multiplex", "INOX"]),
    st.sampled_from(["English", "Telugu", "Hindi"]),
    st.sampled_from(["2D", "3D", "IMAX 2D"]),
    st.sampled_from(["", "4K DOLBY ATMOS", "ONYX"]),
    st.integers(5_000, 90_000),
    st.sampled_from(["GOLD", "CLASSIC"]),
)
midnight = AT.replace(hour=0, minute=0)
times = st.builds(
    lambda a, b: TimeRange((midnight + timedelta(minutes=a)).time(), (midnight + timedelta(minutes=b)).time()),
    minutes,
    minutes,
)
wishes = st.builds(
    lambda cinemas, spans, languages, screens, cap, category, dates: Wish(
        WISH.film, WISH.city, cinemas, dates, spans, languages, ("2D",), screens, SeatWish(2, category), cap
    ),
    st.sampled_from([(), ("AMB Cinemas",), ("Prasads", "INOX")]),
    st.lists(times, max_size=2).map(tuple),
    st.sampled_from([(), ("English",)]),
    st.sampled_from([(), ("ONYX",)]),
    st.sampled_from([None, Money(40_000), Money(150_000)]),
    st.sampled_from([None, "GOLD"]),
    st.sampled_from([(), (AT.date(),)]),
)


@settings(max_examples=150, deadline=None)
@given(wishes, st.lists(shows, min_size=1, max_size=6))
def test_a_change_that_is_advised_always_gives_its_show(wish: Wish, some: list[Show]) -> None:
    change = smallest_change(wish, [listing(*some)], AT)
    if change is not None:
        assert failing_parts(change.wish, change.show) == ()
        assert set(failing_parts(wish, change.show)) <= set(change.parts)
        simple = [parts for show in some if (parts := failing_parts(wish, show)) and not {"class", "date"} & set(parts)]
        assert all(len(parts) >= len(change.parts) for parts in simple if "time" not in parts)


@settings(max_examples=60, deadline=None)
@given(wishes, st.lists(st.lists(shows, max_size=4), min_size=1, max_size=6))
def test_the_unchanged_wish_gives_exactly_the_recorded_decisions(wish: Wish, seen_shows: list[list[Show]]) -> None:
    looks = [seen(n, *some) for n, some in enumerate(seen_shows, 1)]
    life = lived(wish, looks)
    assert rejudge(life, looks).differences == ()


def test_another_wish_is_offered_what_was_there_then_each_show_once() -> None:
    late = with_(SHOW, show_id="late", starts=SHOW.starts + timedelta(hours=3))
    looks = [seen(1), seen(2, SHOW), seen(3, SHOW, late)]
    wider = msgspec.structs.replace(WISH, times=())
    assert [(one.look, [show.show_id for show in one.shows]) for one in offers(wider, looks)] == [
        ("look-2", [SHOW.show_id]),
        ("look-3", ["late"]),
    ]


def test_a_shows_pill_is_followed_over_the_looks() -> None:
    filling, sold = (with_(SHOW, availability=says) for says in (Availability.FILLING, Availability.SOLD_OUT))
    looks = [seen(1, SHOW), seen(2, filling), seen(3, filling), seen(4, sold), seen(5)]
    minutes_and_words = [((at - AT).seconds // 60, says) for at, says in courses(looks)[SHOW.show_id]]
    assert minutes_and_words == [(1, "available"), (2, "filling"), (4, "sold_out"), (5, "gone")]


def test_a_decision_that_comes_out_otherwise_is_told() -> None:
    looks = [seen(1, SHOW)]
    life = lived(WISH, looks)
    assert rejudge(life, looks).decisions == 1
    dearer = with_(SHOW, classes=(with_class(SHOW, 80_000),))  # as if the rules of then had let it pass the cap
    forged = [*life[:2], recorded_with(life[2], shows=(dearer,))]
    (difference,) = rejudge(forged, [seen(1, dearer)]).differences
    assert (difference.sequence, difference.now.split(" ")[0]) == (3, "preferences_mismatched")


def recorded_with(record: Recorded, **changes: object) -> Recorded:
    fields = {name: getattr(record, name) for name in Recorded.__struct_fields__}
    return Recorded(**fields | {"event": msgspec.structs.replace(record.event, **changes)})


def test_a_look_that_said_nothing_and_would_today_is_told() -> None:
    looks = [seen(1, SHOW)]
    silent = lived(WISH, [])
    (difference,) = rejudge(silent, looks).differences
    assert (difference.sequence, difference.recorded) == (None, "nothing")
    assert difference.now.startswith("tickets_detected")


def test_a_wish_that_came_while_the_look_was_under_way_is_not_held_against_it() -> None:
    late = [recorded_at(record, AT + timedelta(minutes=1)) for record in lived(WISH, [])]
    assert rejudge(late, [seen(1, SHOW)]) == Judged(0, ())


def recorded_at(record: Recorded, at: object) -> Recorded:
    return Recorded(**{name: getattr(record, name) for name in Recorded.__struct_fields__} | {"time": at})


class HeldWithMap(msgspec.Struct, tag="seats_held"):
    """A hold that names the hall it was chosen from."""

    plan: SeatPlan
    map: str


def test_seats_that_would_be_chosen_otherwise_are_told() -> None:
    row = tuple(Seat("H", n, n, "GOLD", 29_500, kind=SeatKind.NORMAL) for n in range(1, 11))
    hall = SeatMap(tuple(row for _ in range(8)))
    life = lived(WISH, [])
    plan = SeatPlan(("H1", "H2"), 0.9, 59_000, "GOLD")
    held = at_job(HeldWithMap(plan, "hall.json"), 3, AT)
    past = _Past()
    for record in life:
        past.fold(record)
    (difference,) = past.chosen_otherwise(held, {"hall.json": msgspec.json.encode(hall)})
    assert difference.recorded == "seats H1 H2 (score 0.9)"
    assert list(past.chosen_otherwise(held, {})) == []


def test_another_wish_chooses_other_seats_in_the_halls_that_were_seen() -> None:
    row = tuple(Seat("H", n, n, "GOLD", 29_500, kind=SeatKind.NORMAL) for n in range(1, 11))
    maps = {"hall.json": msgspec.json.encode(SeatMap(tuple(row for _ in range(8))))}
    held = j.SeatsHeld(1, "s", SeatPlan(("H1", "H2"), 0.9, 59_000, "GOLD"), 0, "INR", AT, "D", map="hall.json")
    life = [at_job(held, 3, AT), at_job(held, 4, AT)]

    def seats(wish: SeatWish) -> list[int]:
        return [len(one.would) for one in seatings(life, msgspec.structs.replace(WISH, seats=wish), maps)]

    assert seats(SeatWish(3)) == [3]
    assert seats(SeatWish(2, category="SOFA")) == [0]
    assert list(seatings(life, WISH, {})) == []
