"""Matching, seats and politeness: pure rules, each with the defect it must not repeat."""

from datetime import UTC, date, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from events.wish import (
    Availability,
    Listing,
    Seat,
    SeatKind,
    SeatMap,
    SeatState,
    SeatWish,
    Show,
    Wish,
    parse_time_range,
)
from sites.matching import failing_parts, holds_words, mismatch, same_film, shows_that_fit
from sites.politeness import Budget, Go, SiteState, Wait, after_look, may_look
from sites.seats import choose
from tests.samples import AT, SHOW

ANY = Wish(film=SHOW.film, city="Hyderabad")


def wish(**parts: object) -> Wish:
    return msgspec.structs.replace(ANY, **parts)


def show(**parts: object) -> Show:
    return msgspec.structs.replace(SHOW, **parts)


def listing(*shows: Show) -> Listing:
    return Listing("bookmyshow", "Hyderabad", SHOW.film, shows)


def test_a_part_of_a_title_is_not_the_title() -> None:
    assert not same_film("War", "War 2")
    assert same_film("SUPER  DELUXE", "Super Deluxe")
    assert same_film("Dune: Part Three (IMAX 2D) - English", "dune part three")
    assert not same_film("Kantara (Tamil)", "Kantara")


def test_a_cinema_is_matched_by_whole_words() -> None:
    assert holds_words("AMB", "AMB Cinemas: Gachibowli")
    assert not holds_words("AMB", "Bhramaramba 70MM")


def test_a_wished_format_takes_no_other() -> None:
    assert "format" in failing_parts(wish(formats=("3D",)), show(format="4DX 3D"))
    assert "format" in failing_parts(wish(formats=("2D",)), show(format="IMAX 2D"))
    assert "format" not in failing_parts(wish(formats=("IMAX",)), show(format="IMAX 2D"))


def test_3d_telugu_is_not_met_by_3d_hindi_beside_2d_telugu() -> None:
    wanted = wish(languages=("Telugu",), formats=("3D",))
    offers = listing(show(language="Hindi", format="3D"), show(show_id="b", language="Telugu", format="2D"))
    assert shows_that_fit(wanted, offers, AT).shows == ()


def test_no_other_cinema_is_taken_for_a_wished_one() -> None:
    assert shows_that_fit(wish(cinemas=("Prasads",)), listing(SHOW), AT).shows == ()


def test_cinemas_come_in_the_wished_order() -> None:
    second = show(show_id="p", cinema="Prasads Multiplex", starts=SHOW.starts - timedelta(hours=2))
    fit = shows_that_fit(wish(cinemas=("AMB Cinemas", "Prasads")), listing(second, SHOW), AT)
    assert [s.show_id for s in fit.shows] == [SHOW.show_id, "p"]


def test_a_date_that_is_not_on_sale_is_waited_for() -> None:
    wanted = wish(dates=(date(2026, 11, 30),))
    assert mismatch(wanted, shows_that_fit(wanted, listing(SHOW), AT), listing(SHOW), AT) is None


def test_a_wrong_time_is_asked_about_with_what_is_on_sale() -> None:
    wanted = wish(times=(parse_time_range("09:00-11:00"),))
    asked = mismatch(wanted, shows_that_fit(wanted, listing(SHOW), AT), listing(SHOW), AT)
    assert asked is not None
    assert asked.missing == ("time",)
    assert asked.on_sale == (SHOW,)


def test_a_sold_out_show_that_fits_is_waited_for() -> None:
    gone = listing(show(availability=Availability.SOLD_OUT))
    fit = shows_that_fit(ANY, gone, AT)
    assert fit.sold_out
    assert mismatch(ANY, fit, gone, AT) is None


def test_a_show_past_its_cut_off_is_gone_before_it_starts() -> None:
    early = show(cut_off=SHOW.starts - timedelta(minutes=20))
    assert shows_that_fit(ANY, listing(early), SHOW.starts - timedelta(minutes=30)).shows == (early,)
    assert shows_that_fit(ANY, listing(early), SHOW.starts - timedelta(minutes=10)).shows == ()


def test_the_hours_after_midnight_belong_to_a_range_that_began_in_the_evening() -> None:
    late = show(starts=datetime(2026, 11, 24, 19, 15, tzinfo=UTC))  # 00:45 on the 25th in the city
    assert failing_parts(wish(dates=(date(2026, 11, 24),), times=(parse_time_range("22:00-02:00"),)), late) == ()
    assert "date" in failing_parts(wish(dates=(date(2026, 11, 24),)), late)


def test_a_class_that_is_not_sold_online_is_no_class() -> None:
    offline = msgspec.structs.replace(SHOW.classes[0], online=False)
    assert "class" in failing_parts(ANY, show(classes=(offline,)))


def hall(rows: int = 10, width: int = 14, aisles: frozenset[int] = frozenset({4}), **states: SeatState) -> SeatMap:
    made = []
    for index in range(rows):
        row, column = [], 0
        for number in range(1, width + 1):
            name = chr(65 + index)
            row.append(Seat(name, number, column, "GOLD", 29_500, states.get(f"{name}{number}", SeatState.FREE)))
            column += 2 if number in aisles else 1
        made.append(tuple(row))
    return SeatMap(tuple(made))


def test_two_in_an_empty_hall_sit_behind_the_middle_at_the_centre() -> None:
    plan = choose(hall(), SeatWish(2))
    assert plan is not None
    assert plan.seats[0][0] in "GHI"
    assert plan.score > 0.8


def test_no_group_lies_across_an_aisle_unless_allowed() -> None:
    narrow = hall(1, 4, frozenset({2}))
    assert choose(narrow, SeatWish(3, avoid_rows=0)) is None
    assert choose(narrow, SeatWish(3, avoid_rows=0, across_aisle=True)) is not None


def test_a_front_row_scores_below_a_fifth() -> None:
    front = choose(hall(2), SeatWish(2, avoid_rows=3))
    assert front is not None
    assert front.score < 0.2


def test_wheelchair_seats_are_for_those_who_asked() -> None:
    seat = Seat("A", 1, 0, "GOLD", 1, SeatState.FREE, SeatKind.WHEELCHAIR)
    assert choose(SeatMap(((seat,),)), SeatWish(1)) is None
    assert choose(SeatMap(((seat,),)), SeatWish(1, accessible=True)) is not None


def test_a_couple_is_not_torn() -> None:
    row = tuple(Seat("A", n, n - 1, "SOFA", 1, SeatState.FREE, SeatKind.COUPLE) for n in range(1, 5))
    assert choose(SeatMap((row,)), SeatWish(1, avoid_rows=0)) is None
    plan = choose(SeatMap((row,)), SeatWish(2, avoid_rows=0))
    assert plan is not None
    assert plan.seats in {("A1", "A2"), ("A3", "A4")}


taken = st.sets(st.tuples(st.integers(0, 9), st.integers(1, 14)))


@given(taken, st.integers(1, 10))
def test_a_choice_is_always_one_run_of_free_seats(gone: set[tuple[int, int]], count: int) -> None:
    seat_map = hall(**{f"{chr(65 + row)}{number}": SeatState.TAKEN for row, number in gone})
    plan = choose(seat_map, SeatWish(count))
    if plan is None:
        return
    seats = [seat for row in seat_map.rows for seat in row if seat.label in plan.seats]
    assert len(seats) == count
    assert all(seat.state is SeatState.FREE for seat in seats)
    assert len({seat.row for seat in seats}) == 1
    columns = sorted(seat.column for seat in seats)
    assert columns == list(range(columns[0], columns[0] + count))
    assert 0 <= plan.score <= 1


BUDGET = Budget()


def test_after_a_429_the_site_is_left_alone_as_long_as_it_says() -> None:
    state = after_look(SiteState(last_look_at=AT), BUDGET, "rate_limited", 1200.0, AT)
    assert may_look(state, BUDGET, AT + timedelta(seconds=1199)) == Wait(AT + timedelta(seconds=1200))


def test_an_open_circuit_lets_one_probe_through() -> None:
    opened = after_look(SiteState(last_look_at=AT), BUDGET, "blocked", None, AT)
    later = AT + timedelta(seconds=BUDGET.backoff_first_s)
    probe = may_look(opened, BUDGET, later)
    assert isinstance(probe, Go)
    assert isinstance(may_look(probe.state, BUDGET, later + timedelta(seconds=10)), Wait)
    assert after_look(probe.state, BUDGET, "ok", None, later).circuit == "closed"


@given(st.lists(st.tuples(st.sampled_from(["ok", "blocked", "down", "unreadable"]), st.floats(0, 900)), max_size=40))
def test_two_looks_are_never_closer_than_the_spacing(steps: list[tuple[str, float]]) -> None:
    state, now, last = SiteState(), AT, None
    for result, pause in steps:
        now += timedelta(seconds=pause)
        answer = may_look(state, BUDGET, now)
        if isinstance(answer, Wait):
            assert answer.until > now
            continue
        assert last is None or now - last >= timedelta(seconds=BUDGET.spacing_s)
        last, state = now, after_look(answer.state, BUDGET, result, None, now)
