"""The wizard is pure: given a draft and an input, one draft or one problem; no input raises or loses anything."""

from datetime import date, datetime, time, timedelta
from functools import reduce

import msgspec
import pytest
from aiogram.types import InlineKeyboardButton
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.keyboards import Step
from bot.texts import Texts
from bot.wizard.choices import PRESSED
from bot.wizard.draft import STEPS, Class, Draft, Film, Known, Offers, Press, Problem, Said, Typed, as_wish, from_wish
from bot.wizard.render import render, said
from bot.wizard.step import offered, step
from bot.wizard.times import SLOTS
from events.wish import CITY_ZONE, Money, TimeRange, Wish, check_wish
from tests.conftest import NOW

TODAY = NOW.astimezone(CITY_ZONE).date()
FILMS = (
    Film("Dune: Part Three", ("English", "Hindi"), ("2D", "IMAX 2D"), True),
    Film("Kites <3 Sky & Sea", ("Telugu",), ("2D",)),
    Film("فيلم طويل " * 30, (), ()),
    *(Film(f"Film {n} 🎬") for n in range(20)),
)
LAST = Wish("Monsoon", "Hyderabad", ("AMB Cinemas",), (TODAY, TODAY - timedelta(days=2)), cap=Money(90_000))
KNOWN = Known(
    today=TODAY,
    now=NOW,
    cities=("Hyderabad", "Bengaluru", "Mumbai"),
    films=FILMS,
    cinemas=("AMB Cinemas: Gachibowli", "Prasads Multiplex: Hyderabad", "Bhramaramba 70MM: Kukatpally"),
    favourites=("AMB Cinemas: Gachibowli",),
    city="Hyderabad",
    last=LAST,
    people=(("tg1002", "Ravi"), ("tg1003", "Meera")),
)
BARE = Known(today=TODAY, now=NOW)
EN = Texts("en")


def buttons(draft: Draft, known: Known) -> list[Step]:
    rows = render(draft, known, EN).keyboard.inline_keyboard
    every: list[InlineKeyboardButton] = [one for row in rows for one in row]
    return [Step.unpack(one.callback_data) for one in every if one.callback_data.startswith("w:")]


def press(draft: Draft, act: str, arg: str = "", known: Known = KNOWN) -> Draft:
    """Press a button that is really there."""
    assert (act, arg) in [(b.act, b.arg) for b in buttons(draft, known)], f"{act} {arg} is not drawn in {draft.step}"
    return taken(draft, Press(draft.rev, act, arg), known)


def test_classes_versions_and_prices_are_those_of_the_newest_listing() -> None:
    offers = Offers(
        (Class("ROYALE", 29_500, 35_000), Class("BUDGET", 15_000, 15_000)), ("Telugu",), ("3D",), ("ATRIUM",)
    )
    known = msgspec.structs.replace(KNOWN, offers=offers)
    draft = offered(Draft(film="Dune: Part Three", city="Hyderabad", step="seats", part="class"), known)
    labels = [key.text for row in render(draft, known, EN).keyboard.inline_keyboard for key in row]
    assert labels[:3] == ["ROYALE · ₹295–₹350", "BUDGET · ₹150", "Any class"]
    assert press(draft, "class", "1", known).seats.category == "BUDGET"
    versions = offered(msgspec.structs.replace(draft, step="version", part=""), known).options
    assert versions[:3] == ("l:Telugu", "f:3D", "s:ATRIUM")


def pick(draft: Draft, name: str, known: Known = KNOWN) -> Draft:
    return press(draft, "pick", str(draft.options.index(name)), known)


def taken(draft: Draft, input: Said, known: Known = KNOWN) -> Draft:
    outcome = step(draft, input, known)
    assert isinstance(outcome, Draft), outcome
    return outcome


def typed(draft: Draft, text: str, known: Known = KNOWN) -> Draft:
    return taken(draft, Typed(text), known)


def fresh(known: Known = KNOWN) -> Draft:
    return offered(Draft(), known)


def at(name: str, known: Known = KNOWN) -> Draft:
    """A draft that has come to that step by hand."""
    ready = Draft(film="Dune: Part Three", city="Hyderabad", step=name, summary=name == "confirm")
    return offered(ready, known)


def test_eight_steps_by_buttons_make_a_wish() -> None:
    draft = pick(fresh(), "Dune: Part Three")
    draft = pick(draft, "Hyderabad")
    draft = pick(draft, "Prasads Multiplex: Hyderabad")
    draft = press(pick(draft, "AMB Cinemas: Gachibowli"), "next")
    draft = press(press(draft, "weekend"), "next")
    draft = press(press(draft, "slot", "evening"), "next")
    draft = press(pick(pick(draft, "l:English"), "f:IMAX 2D"), "next")
    draft = press(press(press(draft, "count", "3"), "together"), "next")
    assert draft.step == "confirm"
    wish = check_wish(msgspec.convert(as_wish(draft), type=Wish), NOW)
    assert wish.film == "Dune: Part Three"
    assert wish.cinemas == ("Prasads Multiplex: Hyderabad", "AMB Cinemas: Gachibowli")
    assert wish.dates == (date(2026, 11, 28), date(2026, 11, 29))
    assert wish.times == (SLOTS["evening"],)
    assert (wish.languages, wish.formats) == (("English",), ("IMAX 2D",))
    assert (wish.seats.count, wish.seats.together) == (3, False)


def test_eight_steps_by_typing_make_the_same_without_any_list() -> None:
    draft = fresh(BARE)
    for text in ("Dune", "hydrabad"):
        draft = typed(draft, text, BARE)
    assert (draft.film, draft.city, draft.step) == ("Dune", "Hyderabad", "cinemas")
    draft = press(typed(draft, "AMB, Prasads", BARE), "next", known=BARE)
    draft = press(typed(draft, "25-27 dec", BARE), "next", known=BARE)
    draft = press(typed(draft, "18:00-22:00", BARE), "next", known=BARE)
    draft = press(typed(draft, "Hindi, IMAX 2D", BARE), "next", known=BARE)
    draft = press(typed(draft, "4 gold seats under 2000", BARE), "next", known=BARE)
    assert draft.step == "confirm"
    assert draft.cinemas == ("AMB", "Prasads")
    assert len(draft.dates) == 3
    assert draft.times == (TimeRange(time(18), time(22)),)
    assert (draft.languages, draft.formats) == (("Hindi",), ("IMAX 2D",))
    assert (draft.seats.count, draft.seats.category, draft.cap) == (4, "GOLD", 200_000)


def test_a_sentence_goes_to_the_summary() -> None:
    draft = typed(fresh(), "2 seats for Dune: Part Three in Hyderabad on Saturday evening at AMB")
    assert draft.step == "confirm"
    assert draft.film == "Dune: Part Three"
    assert draft.cinemas == ("AMB Cinemas: Gachibowli",)
    assert draft.dates == (date(2026, 11, 28),)


def test_a_sentence_that_names_half_a_title_asks_which_film_and_keeps_the_rest() -> None:
    draft = typed(fresh(), "3 seats for Dune in Mumbai tomorrow")
    assert draft.step == "film"
    assert draft.options[0] == "Dune: Part Three"
    done = pick(draft, "Dune: Part Three")
    assert (done.step, done.city, done.seats.count) == ("confirm", "Mumbai", 3)
    assert press(draft, "pick", "typed").film == "Dune"


def test_a_title_that_the_site_knows_by_more_words_is_asked_about_as_soon_as_the_site_is_read() -> None:
    draft = typed(typed(fresh(BARE), "Dune", BARE), "Hyderabad", BARE)
    assert draft.step == "cinemas"
    late = press(draft, "any")
    assert (late.step, late.typed, late.options[0]) == ("film", "Dune", "Dune: Part Three")
    done = pick(late, "Dune: Part Three")
    assert (done.film, done.city, done.step) == ("Dune: Part Three", "Hyderabad", "cinemas")
    kept = press(late, "pick", "typed")
    assert (kept.film, press(kept, "any").step) == ("Dune", "dates")


def test_a_sentence_without_city_takes_the_remembered_one() -> None:
    assert typed(fresh(), "2 tickets for Film 3 🎬 tomorrow").city == "Hyderabad"
    assert typed(fresh(BARE), "2 tickets for Monsoon tomorrow", BARE).step == "city"


def test_an_edit_from_the_summary_returns_there() -> None:
    summary = at("confirm")
    edited = press(press(summary, "goto", "times"), "slot", "late")
    assert edited.step == "times"
    back = press(edited, "next")
    assert (back.step, back.times) == ("confirm", (SLOTS["late"],))


def test_back_walks_to_the_first_step_and_keeps_what_was_said() -> None:
    draft = press(at("seats"), "back")
    for name in ("times", "dates", "cinemas", "city", "film"):
        draft = press(draft, "back")
        assert draft.step == name
    assert (draft.film, draft.city) == ("Dune: Part Three", "Hyderabad")


def test_same_as_last_time_is_a_summary_without_days_that_are_over() -> None:
    draft = press(fresh(), "same")
    assert (draft.step, draft.film, draft.cap) == ("confirm", "Monsoon", 90_000)
    assert draft.dates == (TODAY,)


def test_a_range_is_two_presses() -> None:
    draft = press(at("dates"), "range")
    draft = press(press(draft, "day", "2026-11-26"), "day", "2026-11-29")
    assert [day.day for day in draft.dates] == [26, 27, 28, 29]
    assert press(draft, "day", "2026-11-27").dates == (date(2026, 11, 26), date(2026, 11, 28), date(2026, 11, 29))
    assert press(draft, "clear").dates == ()


def test_the_calendar_turns_its_months_within_a_year() -> None:
    draft = at("dates")
    for _ in range(12):
        ahead = next(b.arg for b in buttons(draft, KNOWN) if b.act == "month" and b.arg > (draft.month or "2026-11"))
        draft = press(draft, "month", ahead)
    assert draft.month == "2027-11"
    assert not [b for b in buttons(draft, KNOWN) if b.act == "month" and b.arg > draft.month]


def test_an_unknown_city_is_not_taken_but_answered_with_near_ones() -> None:
    assert typed(at("city"), "hydrabad").city == "Hyderabad"
    assert typed(at("city"), "bombay").city == "Mumbai"
    odd = typed(offered(Draft(film="Dune", step="city"), KNOWN), "Bengalooroo")
    assert (odd.step, odd.city) == ("city", "")
    assert "Bengaluru" in odd.options


def test_another_city_forgets_the_cinemas_of_the_first() -> None:
    draft = pick(at("cinemas"), "AMB Cinemas: Gachibowli")
    assert typed(press(draft, "back"), "Mumbai").cinemas == ()


def test_amb_is_not_bhramaramba() -> None:
    assert typed(at("cinemas"), "amb").cinemas == ("AMB Cinemas: Gachibowli",)


def test_payment_window_rehearsal_and_voters_are_set_in_the_last_step() -> None:
    draft = press(press(press(at("confirm"), "pay", "qr"), "pay", "cards_or_qr"), "dry")
    draft = press(press(press(draft, "part", "window"), "from", "tomorrow"), "until", "7")
    draft = press(press(draft, "next"), "part", "people")
    draft = press(press(press(draft, "voter", "0"), "votes"), "next")
    assert draft.step == "confirm"
    wish = as_wish(draft)
    assert (wish["payment"], wish["dry_run"], wish["votes"], wish["voters"]) == ("cards_or_qr", True, 2, ("tg1002",))
    assert draft.watch_from == datetime(2026, 11, 25, 6, tzinfo=CITY_ZONE)
    assert draft.watch_until is not None
    assert draft.watch_until.date() == date(2026, 12, 1)


def test_a_change_typed_at_the_summary_changes_only_that() -> None:
    draft = typed(at("confirm"), "5 seats on Sunday")
    assert (draft.step, draft.seats.count, draft.dates) == ("confirm", 5, (date(2026, 11, 29),))
    assert draft.film == "Dune: Part Three"


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("film", "x" * 301, "too_long"),
        ("dates", "31 feb", "dates"),
        ("times", "whenever", "times"),
        ("version", "klingon", "version"),
        ("seats", "11", "seats"),
        ("seats", "many", "seats"),
        ("confirm", "hm", "summary"),
    ],
)
def test_what_cannot_be_taken_says_why_and_changes_nothing(name: str, text: str, key: str) -> None:
    outcome = step(at(name), Typed(text), KNOWN)
    assert isinstance(outcome, Problem)
    assert outcome.key == key
    assert said(outcome, EN)


def test_a_press_on_an_older_drawing_is_stale() -> None:
    draft = pick(fresh(), "Dune: Part Three")
    assert step(draft, Press(draft.rev - 1, "pick", "0"), KNOWN) == Problem("stale")


def test_a_wish_becomes_a_draft_and_the_same_wish_again() -> None:
    draft = typed(at("confirm"), "5 gold seats on Sunday evening at AMB under 3000")
    wish = msgspec.convert(as_wish(draft), type=Wish)
    again = from_wish(wish, 7, TODAY)
    assert msgspec.convert(as_wish(again), type=Wish) == wish


def test_a_draft_survives_its_encoding_in_every_step() -> None:
    for name in STEPS:
        draft = typed(at(name), "25 dec") if name == "dates" else at(name)
        assert msgspec.json.decode(msgspec.json.encode(draft), type=Draft) == draft


GATHERED = ("film", "city", "cinemas", "dates", "times", "languages", "formats", "screens", "seats", "cap")
ACTS = sorted({act for _, act in PRESSED})
WORDS = ("Dune", "hydrabad", "2 seats", "25 dec", "-", "6pm", "any", "99999999999999999999", "at", "in in", "₹", "२")
inputs = st.one_of(
    st.builds(Typed, st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)),
    st.builds(
        Press,
        st.integers(0, 40),
        st.sampled_from([*ACTS, "next", "back", "goto", "page", "part", "still", "create"]) | st.text(max_size=8),
        st.sampled_from(["", "0", "7", "99", "typed", "any", "evening", "2026-12-01", "2026-12", "window", "cap", "qr"])
        | st.text(max_size=12),
    ),
)


@given(st.sampled_from(STEPS), st.lists(inputs, max_size=12), st.booleans())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_input_raises_and_a_refused_one_loses_nothing(name: str, said_: list[Said], bare: bool) -> None:
    known = BARE if bare else KNOWN

    def take(draft: Draft, input: Said) -> Draft:
        fitting = msgspec.structs.replace(input, rev=draft.rev) if isinstance(input, Press) else input
        outcome = step(draft, fitting, known)
        problem = outcome if isinstance(outcome, Problem) else None
        following = draft if isinstance(outcome, Problem) else outcome
        assert problem is not None or following.rev == draft.rev + 1
        drawn = render(following, known, EN, problem)
        assert len(drawn.text.render()[0]) <= 4096
        assert msgspec.json.decode(msgspec.json.encode(following), type=Draft) == following
        if following.film and following.city:
            check_wish(msgspec.convert(as_wish(following) | {"watch_until": None}, type=Wish), NOW)
        return following

    reduce(take, said_, at(name, known))
