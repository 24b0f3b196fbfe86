"""A whole wish in one sentence, with and without the site's names."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.wizard.dates import find_dates
from bot.wizard.sentence import Sentence, read_sentence
from bot.wizard.times import find_times

TODAY = date(2026, 11, 24)  # a Tuesday
FILMS = ("Dune: Part Three", "Monsoon", "Monsoon 2", "The Long Night", "Kites <3 Sky & Sea")
CITIES = ("Hyderabad", "Bengaluru", "Mumbai")
CINEMAS = ("AMB Cinemas: Gachibowli", "Prasads Multiplex: Hyderabad", "Bhramaramba 70MM: Kukatpally")


def read(text: str) -> Sentence:
    return read_sentence(text, TODAY)


def with_names(text: str) -> Sentence:
    return read_sentence(text, TODAY, FILMS, CITIES, CINEMAS)


def days(text: str) -> list[str]:
    return [f"{day:%d %b}" for day in find_dates(text, TODAY)[0]]


def hours(text: str) -> list[str]:
    return [str(span) for span in find_times(text)[0]]


def test_the_sentence_of_the_help() -> None:
    said = read("2 seats for Dune in Hyderabad on Saturday evening at AMB")
    assert said == Sentence(
        film="Dune",
        city="Hyderabad",
        cinemas=("AMB",),
        dates=(date(2026, 11, 28),),
        times=said.times,
        count=2,
    )
    assert [str(span) for span in said.times] == ["16:00-20:59"]


def test_the_sites_names_win() -> None:
    said = with_names("book two tickets for monsoon 2 in hydrabad at prasads or amb tomorrow after 6pm in Hindi")
    assert (said.film, said.city) == ("Monsoon 2", "Hyderabad")
    assert said.cinemas == ("Prasads Multiplex: Hyderabad", "AMB Cinemas: Gachibowli")
    assert (said.count, said.languages) == (2, ("Hindi",))


@pytest.mark.parametrize(
    ("text", "film"),
    [
        ("The Long Night in Hyderabad", "The Long Night"),
        ("Hindi Medium in Delhi", "Hindi Medium"),
        ("War 2", "War 2"),
        ('2 seats for "Midnight in Paris" in Mumbai', "Midnight in Paris"),
        ("please book me 2 tickets for the movie Kantara (Tamil) in Chennai", "Kantara (Tamil)"),
        ("Saturday evening, Dune, 2 tickets, Hyderabad, at AMB", "Dune"),
        ("4 tickets Dune bangalore sat night 3D telugu", "Dune"),
    ],
)
def test_what_remains_is_the_film(text: str, film: str) -> None:
    assert read(text).film == film


def test_a_title_with_signs_is_found_whole() -> None:
    said = with_names("3 gold seats for Kites <3 Sky & Sea at AMB in hyd under ₹1,500 this weekend")
    assert said.film == "Kites <3 Sky & Sea"
    assert (said.count, said.category, said.cap) == (3, "GOLD", 150_000)


def test_amb_is_not_bhramaramba() -> None:
    assert with_names("Dune in Hyderabad at amb").cinemas == ("AMB Cinemas: Gachibowli",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25 Dec", ["25 Dec"]),
        ("December 25th", ["25 Dec"]),
        ("25-27 dec", ["25 Dec", "26 Dec", "27 Dec"]),
        ("30 nov to 1 dec", ["30 Nov", "01 Dec"]),
        ("24, 25 and 26 dec", ["24 Dec", "25 Dec", "26 Dec"]),
        ("sat and sun", ["28 Nov", "29 Nov"]),
        ("first weekend", ["28 Nov", "29 Nov"]),
        ("next weekend", ["05 Dec", "06 Dec"]),
        ("friday to sunday", ["27 Nov", "28 Nov", "29 Nov"]),
        ("next friday", ["04 Dec"]),
        ("today", ["24 Nov"]),
        ("day after tomorrow", ["26 Nov"]),
        ("2026-12-01 to 2026-12-03", ["01 Dec", "02 Dec", "03 Dec"]),
        ("1/12", ["01 Dec"]),
        ("3 jan", ["03 Jan"]),
        ("2026-01-01", []),
        ("31 feb", []),
        ("the sun also rises", []),
    ],
)
def test_dates(text: str, expected: list[str]) -> None:
    assert days(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("evening", ["16:00-20:59"]),
        ("morning or evening", ["06:00-11:59", "16:00-20:59"]),
        ("6-10pm", ["18:00-22:00"]),
        ("11 to 2pm", ["11:00-14:00"]),
        ("after 6", ["18:00-23:59"]),
        ("before 9pm", ["00:00-21:00"]),
        ("at 7pm", ["18:30-19:30"]),
        ("22:00-01:00", ["22:00-01:00"]),
        ("tonight", ["16:00-20:59", "21:00-02:00"]),
        ("The Long Night", []),
        ("300-400", []),
        ("25:99", []),
    ],
)
def test_times(text: str, expected: list[str]) -> None:
    assert hours(text) == expected


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_text_raises(text: str) -> None:
    read(text)
    with_names(text)


PIECES = [
    "2 seats",
    "for",
    "Dune",
    "in",
    "Hyderabad",
    "at",
    "AMB",
    "on",
    "25 dec",
    "6pm",
    "to",
    "İstanbul",
    "ß",
    "|",
    "₹",
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_no_order_of_pieces_raises(text: str) -> None:
    with_names(text)
