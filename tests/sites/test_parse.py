"""The pages' shapes, on samples of the real site."""

import itertools
import json
from pathlib import Path

import pytest

from events.wish import Availability, SeatState
from sites.bookmyshow import parse
from sites.bookmyshow.seatmap import read_map

SAMPLES = Path(__file__).parent / "samples"


def text(name: str) -> str:
    return (SAMPLES / name).read_text()


def test_a_films_shows_are_read_from_the_real_nesting() -> None:
    state = json.loads(text("initial-state-film-BHUB-20260825.excerpt.json"))
    data = parse.dynamic(state, "ET00439318", "BHUB")
    assert data is not None
    shows, broken = parse.shows(data, "Film", "ET00439318", {"20260825"})
    assert broken == 0
    assert len(shows) == 3
    first = shows[0]
    assert (first.cinema_code, first.session, first.language, first.format) == ("MPDB", "2906", "Hindi", "2D")
    assert first.availability is Availability.AVAILABLE
    assert [c.price for c in first.classes] == [9900, 9900, 19900, 9900]
    assert first.classes[1].name == "SUPER DELUXE"
    assert "20260825" in parse.open_dates(data)
    assert "20260828" not in parse.open_dates(data)


def test_only_a_shows_own_date_counts() -> None:
    state = json.loads(text("initial-state-film-BHUB-20260825.excerpt.json"))
    data = parse.dynamic(state, "ET00439318", "BHUB")
    assert data is not None
    assert parse.shows(data, "Film", "ET00439318", {"20260830"}) == ([], 0)


def test_an_answer_for_another_region_is_not_ours() -> None:
    state = json.loads(text("initial-state-film-BHUB-20260825.excerpt.json"))
    assert parse.dynamic(state, "ET00439318", "HYD") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("challenge-cloudflare-blocked.html", "blocked"),
        ("challenge-access-denied-1020.html", "blocked"),
        ("challenge-just-a-moment.html", "challenge"),
    ],
)
def test_a_block_is_known_even_with_status_200(name: str, kind: str) -> None:
    found = parse.refusal(200, text(name))
    assert found is not None
    assert found.kind == kind


def test_an_ordinary_page_that_names_the_guard_is_no_block() -> None:
    assert parse.refusal(200, "<html><title>Films</title><script src='/cloudflare.js'></script></html>") is None


def test_language_and_format_lead_to_the_code() -> None:
    assert parse.language_rows(text("film-page-languages.json")) == [("Hindi", "2D", "ET00511704")]


def test_a_real_map_with_shown_numbers_is_read_as_expected() -> None:
    expected = json.loads(text("seat-layout-plus.expected.json"))
    seat_map = read_map(text("seat-layout-plus.txt"), {})
    rows = {row[0].row: row for row in seat_map.rows}
    assert seat_map.rows[0][0].row == expected["row_nearest_the_screen"]
    for row in expected["rows"]:
        free = {seat.number for seat in rows[row["row"]] if seat.state is SeatState.FREE}
        assert free == set(row["free"]) | set(row["bestseller"])


def test_a_real_map_without_shown_numbers_keeps_its_aisles() -> None:
    expected = json.loads(text("seat-layout-plain.expected.json"))
    rows = {row[0].row: row for row in read_map(text("seat-layout-plain.excerpt.txt"), {}).rows}
    for row in expected["rows"]:
        seats = rows[row["row"]]
        blocks, block = [], [seats[0].number]
        for before, seat in itertools.pairwise(seats):
            if seat.column - before.column > 1:
                blocks.append(block)
                block = []
            block.append(seat.number)
        assert [*blocks, block] == row["blocks"]


def test_money_is_read_without_floats() -> None:
    assert [parse.paise(t) for t in ("₹ 1,250.00", "₹ 190.78", "Pay\n₹ 590", "0.1")] == [125_000, 19_078, 59_000, 10]


@pytest.mark.parametrize("broken", ["", "window.__INITIAL_STATE__ = {", "window.__INITIAL_STATE__ = [1]", "{" * 90_000])
def test_a_page_without_state_is_none(broken: str) -> None:
    assert parse.page_state(broken) is None


def test_a_show_of_another_shape_is_left_out_and_counted_and_the_others_stay() -> None:
    state = json.loads(text("initial-state-film-BHUB-20260825.excerpt.json"))
    data = parse.dynamic(state, "ET00439318", "BHUB")
    assert data is not None
    whole, _ = parse.shows(data, "Film", "ET00439318", None)
    cards = [c for w in data["showtimeWidgets"] if w["type"] == "groupList" for g in w["data"] for c in g["data"]]
    venue = next(card for card in cards if card.get("type") == "venue-card")
    venue["additionalData"]["venueName"] = 7
    kept, broken = parse.shows(data, "Film", "ET00439318", None)
    odd = venue["additionalData"]["venueCode"]
    assert kept == [show for show in whole if show.cinema_code != odd]
    assert broken == len(whole) - len(kept) > 0
