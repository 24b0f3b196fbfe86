"""Seats through the accessibility dialog: what its labels mean, where seats stand, and choosing in a real browser."""

from collections.abc import Awaitable, Callable

import pytest

from events.wish import SeatKind, SeatMap, SeatPlan, SeatState, SeatWish, Show
from sites.bookmyshow.dialog import Line, Row, meaning
from sites.bookmyshow.geometry import Box, joined, of_boxes
from sites.protocol import Held, Refused, Site, Unreadable, Visit
from sites.seats import choose
from tests.shops import Shop, a_show

Visits = Callable[[], Awaitable[Visit]]
FREE, TAKEN, UNKNOWN = SeatState.FREE, SeatState.TAKEN, SeatState.UNKNOWN
NORMAL, COUPLE = SeatKind.NORMAL, SeatKind.COUPLE


def line(label: str, status: str = "Available", number: int = 12, button: bool = True, disabled: bool = False) -> Line:
    return Line(number, status, label, button, disabled, pressed=False)


@pytest.mark.parametrize(
    ("given", "state", "kind"),
    [
        (line("Select seat 12 in row M"), FREE, NORMAL),
        (line("Select Best seat 12 in row M", "Available Best Seat"), FREE, NORMAL),
        (line("Available seat 12 in row M"), FREE, NORMAL),
        (line("Booked seat 12 in row M", "Booked", button=False, disabled=True), TAKEN, NORMAL),
        (line("Booked best seat 12 in row M", "Booked Best Seat", button=False, disabled=True), TAKEN, NORMAL),
        (line("seat 12 in row M selected"), FREE, NORMAL),
        (line("Available couple seat 12 in row M", "Available (Couple)"), FREE, COUPLE),
        (line("Available sofa seat 12 (2 seats) in row M", "Available (2 Seats)"), FREE, COUPLE),
        (line("Available sofa seat 12 (4 seats) in row M", "Available (4 Seats)"), UNKNOWN, NORMAL),
        (line("Select companion seat 12 in row M", "Companion"), FREE, SeatKind.COMPANION),
        (line("Select wheelchair seat 12 in row M", "Handicapped"), FREE, SeatKind.WHEELCHAIR),
        (line("Select seat 12 in row M. Warning: Quantity 2 already fulfilled."), FREE, NORMAL),
        (line("Unavailable seat 12 in row M", "Unavailable", button=False, disabled=True), TAKEN, NORMAL),
        (line("Guest list place 12 in row M", "Guest list"), UNKNOWN, NORMAL),
        (line("Reserve seat 12 in row M"), UNKNOWN, NORMAL),
        (line("Select seat 13 in row M"), UNKNOWN, NORMAL),  # the label is about another seat
        (line("Select seat 12 in row M", "Booked"), UNKNOWN, NORMAL),  # label and status disagree
        (line("Select seat 12 in row M", disabled=True), UNKNOWN, NORMAL),
    ],
)
def test_a_label_means_what_it_says_or_nothing(given: Line, state: SeatState, kind: SeatKind) -> None:
    assert meaning(given) == (state, kind)


def test_a_gap_wider_than_a_seat_and_a_half_is_an_aisle() -> None:
    boxes = [Box(f"B{n}", x, 0, 23) for n, x in ((1, 0), (2, 28), (3, 84), (4, 112))]
    boxes += [Box(f"A{n}", 28.0 * (n - 1), 40, 23) for n in (1, 2)]
    columns = of_boxes(boxes)
    assert list(columns) == ["A", "B"]  # the screen is drawn at the bottom
    assert columns["B"] == {"B1": 0, "B2": 1, "B3": 3, "B4": 4}


def test_without_places_numbers_stand_for_them_and_the_plan_says_so() -> None:
    row = Row("K", "GOLD", 29_500, tuple(line(f"Select seat {n} in row K", number=n) for n in (1, 2, 3)))
    found = joined((row,), {}, None)
    assert not found.geometry
    plan = choose(found, SeatWish(2, avoid_rows=0))
    assert plan is not None
    assert "no aisles" in plan.note


async def opened(visit: Visits, show: Show, count: int = 2) -> tuple[Visit, SeatMap]:
    one = await visit()
    seat_map = await one.open_show(show, count)
    assert isinstance(seat_map, SeatMap), seat_map
    return one, seat_map


@pytest.mark.parametrize("fault", ["encrypt_layout", "no_layout"])
async def test_seats_are_read_from_the_dialog_where_the_map_text_is_of_no_use(
    shop: Shop, site: Site, visit: Visits, fault: str
) -> None:
    await shop.fault(fault, "seat")
    one, seat_map = await opened(visit, await a_show(site))
    assert not seat_map.geometry  # a canvas shows no aisles
    rows = {row[0].row: row for row in seat_map.rows}
    assert "I" not in rows
    assert {seat.kind for seat in rows["E"]} >= {SeatKind.COMPANION} or rows["E"][1].state is TAKEN
    assert [seat.state for seat in rows["D"] if seat.number in {9, 10}] == [UNKNOWN, UNKNOWN]
    plan = choose(seat_map, SeatWish(2))
    assert plan is not None
    held = await one.hold(plan)
    assert isinstance(held, Held), held
    assert (await shop.ledger())["holds"][-1]["seats"] == list(plan.seats)


async def test_aisles_are_measured_where_the_map_is_made_of_elements(shop: Shop, site: Site, visit: Visits) -> None:
    show = await a_show(site, cinema="Lagoon")
    plain = (await opened(visit, show))[1]
    await shop.fault("no_layout", "seat")
    read = (await opened(visit, show))[1]
    assert read.geometry
    told = {seat.label: seat.column for row in read.rows for seat in row}
    assert told.items() <= {seat.label: seat.column for row in plain.rows for seat in row}.items()
    assert [row[0].row for row in read.rows] == [r[0].row for r in plain.rows if any(s.label in told for s in r)]


async def test_couples_and_sofas_are_known_although_the_map_text_hides_them(
    shop: Shop, site: Site, visit: Visits
) -> None:
    one, seat_map = await opened(visit, await a_show(site, cinema="Allu"), 2)
    assert seat_map.geometry
    rows = {row[0].row: row for row in seat_map.rows}
    assert {s.kind for s in rows["F"] if s.state is FREE} == {COUPLE}
    assert FREE not in {s.state for s in rows["B"]}  # sofas of four are not ours to split
    pair = next((a, b) for a, b in zip(rows["F"][::2], rows["F"][1::2], strict=True) if a.state is FREE)
    held = await one.hold(SeatPlan(tuple(s.label for s in pair), 1.0, 130_000, "RECLINER"))
    assert isinstance(held, Held), held


async def test_half_a_couple_cannot_be_held(site: Site, visit: Visits) -> None:
    one, seat_map = await opened(visit, await a_show(site, cinema="Allu"), 2)
    row = next(row for row in seat_map.rows if row[0].row == "F")
    halves = [a for a in row[::2] if a.state is FREE][:2]
    answer = await one.hold(SeatPlan(tuple(s.label for s in halves), 1.0, 130_000, "RECLINER"))
    assert isinstance(answer, Refused)
    assert answer.reason == "seats_taken"


async def test_a_seat_with_an_unknown_label_is_not_pressed_even_if_planned(site: Site, visit: Visits) -> None:
    one, _ = await opened(visit, await a_show(site), 1)
    answer = await one.hold(SeatPlan(("D9",), 1.0, 17_700, "SILVER"))
    assert isinstance(answer, Refused)


async def test_a_class_that_is_sold_at_the_door_only_is_never_chosen(site: Site, visit: Visits) -> None:
    _, seat_map = await opened(visit, await a_show(site, cinema="Prasads"))
    assert {seat.state for row in seat_map.rows for seat in row if seat.category == "SPECIAL"} == {TAKEN}


async def test_a_renamed_label_is_told_as_a_page_that_changed(shop: Shop, site: Site, visit: Visits) -> None:
    await shop.fault("renamed_label", "seat")
    one, seat_map = await opened(visit, await a_show(site))
    plan = choose(seat_map, SeatWish(2))
    assert plan is not None
    assert isinstance(await one.hold(plan), Unreadable)
    assert (await shop.ledger())["holds"] == []
