"""Looks at the demo cinema: what they see, how few pages they cost, and their answer when nothing can be read."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.wish import CITY_ZONE, Availability
from sites.bookmyshow.reading import APART, SAVED, Pace
from sites.catalogue import open_site
from sites.protocol import Available, Blocked, FilmOffer, LookFor, LookResult, Site, Unavailable, Unreadable
from tests.shops import CITY, FILM, Shop

TODAY = datetime.now(UTC).astimezone(CITY_ZONE).date()
ANY = LookFor(FILM, CITY)
TOMORROW = LookFor(FILM, CITY, (TODAY + timedelta(days=1),))


@pytest.fixture
async def blind(shop: Shop) -> AsyncIterator[Site]:
    """The adapter on a machine without a browser."""
    opened = open_site("bookmyshow", shop.url, chromium="/nowhere/chromium")
    yield opened
    await opened.close()


def shows_of(result: LookResult) -> set[str]:
    assert isinstance(result, Available), result
    return {show.show_id for show in result.listing.shows}


async def pages(shop: Shop) -> int:
    asked: dict[str, int] = (await shop.ledger())["requests"]
    return sum(asked.values())


async def test_a_closed_sale_is_not_available_and_an_open_one_is(shop: Shop, site: Site) -> None:
    await shop.control("sale", film=FILM, open=False)
    assert await site.look(ANY) == Unavailable("the sale is not open")
    await shop.open_sale()
    assert len(shows_of(await site.look(ANY))) > 100


async def test_an_unknown_film_or_city_gets_the_nearest_names(site: Site) -> None:
    assert await site.look(LookFor("Dune Part Thre", CITY)) == Unavailable(
        'the site lists no film "Dune Part Thre"', "film", ("Dune: Part Three",)
    )
    city = await site.look(LookFor(FILM, "Hyderabd"))
    assert isinstance(city, Unavailable)
    assert (city.unknown, city.nearest) == ("city", ("Hyderabad",))


async def test_an_alias_is_the_city(site: Site) -> None:
    here = await site.look(LookFor("Monsoon", "Bangalore"))
    assert isinstance(here, Available)
    assert {show.cinema_code for show in here.listing.shows} <= {"URVB", "ORNB"}


async def test_films_and_cinemas_of_a_city_are_listed(shop: Shop, site: Site) -> None:
    films = await site.films("hydrabad")
    assert films[0] == FilmOffer(FILM, ("English", "Hindi", "Telugu"), ("2D", "IMAX 2D"))
    assert films[-1] == FilmOffer("Paper Boats", ("Hindi",), ("2D",), open=False)
    assert "Bhramaramba 70MM: Kukatpally" in await site.cinemas(CITY)
    assert await site.films("Atlantis") == await site.cinemas("Atlantis") == ()
    await shop.fault("status_500", count=None)
    assert await site.films("Mumbai") == await site.cinemas("Mumbai") == ()


async def test_a_wished_date_costs_a_page_a_listing_and_not_a_page_a_day(shop: Shop, site: Site) -> None:
    await site.look(ANY)
    before = await pages(shop)
    result = await site.look(TOMORROW)
    assert isinstance(result, Available)
    assert {show.local_start.date() for show in result.listing.shows} == {TODAY + timedelta(days=1)}
    # film page, four listings, and the city's cinemas at most once
    assert await pages(shop) - before <= 6


async def test_a_date_that_no_cinema_sells_costs_no_page_of_the_film(shop: Shop, site: Site) -> None:
    await site.look(ANY)
    before = await pages(shop)
    later = await site.look(LookFor(FILM, CITY, (TODAY + timedelta(days=300),)))
    assert isinstance(later, Unavailable)
    assert "wished dates" in later.why
    assert await pages(shop) - before <= 2


async def test_sparse_dates_are_followed_as_the_pills_list_them(site: Site) -> None:
    result = await site.look(LookFor("Kites <3 Sky & Sea", CITY))
    assert isinstance(result, Available)
    days = {show.local_start.date() for show in result.listing.shows}
    assert len(days) in {3, 4}
    assert all((b - a).days == 2 for a, b in zip(sorted(days), sorted(days)[1:], strict=False))


async def test_another_days_shows_are_not_taken_for_the_asked_day(site: Site) -> None:
    film = LookFor("Kites <3 Sky & Sea", CITY)
    result = await site.look(film)
    assert isinstance(result, Available)
    played = {show.local_start.date() for show in result.listing.shows}
    between = next(day for n in range(7) if (day := TODAY + timedelta(days=n)) not in played)
    empty = await site.look(LookFor(film.film, CITY, (between,)))
    assert isinstance(empty, Unavailable), empty


async def test_a_show_after_midnight_belongs_to_its_own_date(site: Site) -> None:
    result = await site.look(LookFor("The Long Night", CITY, (TODAY + timedelta(days=2),)))
    assert isinstance(result, Available)
    early = [show for show in result.listing.shows if show.local_start.hour == 0]
    assert early
    assert {show.local_start.date() for show in early} == {TODAY + timedelta(days=2)}


async def test_a_pill_that_lags_behind_its_own_classes_is_not_believed(site: Site) -> None:
    result = await site.look(TOMORROW)
    assert isinstance(result, Available)
    states = {show.cinema_code: show.availability for show in result.listing.shows}
    assert states["LGDT"] is Availability.UNKNOWN  # it says sold out; its classes have seats
    assert states["BHRM"] is Availability.UNKNOWN  # it says nothing


async def test_two_shows_at_one_minute_are_two_shows(site: Site) -> None:
    result = await site.look(TOMORROW)
    assert isinstance(result, Available)
    mine = [s for s in result.listing.shows if (s.cinema_code, s.language, s.format) == ("AMBG", "English", "2D")]
    assert len({s.starts for s in mine}) * 2 == len({s.session for s in mine})


async def test_a_cinema_that_is_down_sells_nothing(site: Site) -> None:
    result = await site.look(LookFor(FILM, "Mumbai"))
    assert isinstance(result, Available)
    assert "DWNM" not in {show.cinema_code for show in result.listing.shows}


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("status_403", 0.0, "blocked"),
        ("block_200", 0.0, "blocked"),
        ("status_429", 1200.0, "rate_limited"),
        ("status_500", 0.0, "down"),
        ("quiet_close", 0.0, "down"),
        ("challenge", 0.0, "challenge"),
        ("waiting_room", 0.0, "challenge"),
    ],
)
async def test_a_site_that_does_not_want_us_is_blocked_and_opens_no_browser(
    shop: Shop, site: Site, name: str, value: float, kind: str
) -> None:
    await shop.fault(name, "look", count=None, value=value)
    result = await site.look(ANY)
    assert isinstance(result, Blocked), result
    assert (result.kind, result.retry_after) == (kind, value or None)
    assert await pages(shop) <= 2  # the client itself asks once more on a connection that was closed


@pytest.mark.parametrize("name", ["changed_markup", "state_by_script", "changed_altogether"])
async def test_changed_pages_are_unreadable_without_a_browser(shop: Shop, blind: Site, name: str) -> None:
    await shop.fault(name, "look", count=None)
    assert isinstance(await blind.look(TOMORROW), Unreadable)


@pytest.mark.parametrize("name", ["changed_markup", "state_by_script"])
async def test_changed_pages_are_read_in_the_browser(shop: Shop, site: Site, name: str) -> None:
    plain = await site.look(TOMORROW)
    await shop.fault(name, "look", count=None)
    shown = await site.look(TOMORROW)
    assert isinstance(plain, Available)
    # of what a page shows, sold-out pills lead nowhere: all others are the same shows
    assert shows_of(shown) <= shows_of(plain)
    assert len(shows_of(shown)) > 0.9 * len(shows_of(plain))
    both = {show.show_id: show for show in plain.listing.shows}
    assert isinstance(shown, Available)
    for show in shown.listing.shows:
        for part in ("starts", "session", "film_code", "cinema", "language", "format", "screen"):
            assert getattr(show, part) == getattr(both[show.show_id], part)


async def test_pages_that_make_no_sense_even_in_a_browser_are_unreadable(shop: Shop, site: Site) -> None:
    await shop.fault("changed_altogether", "look", count=None)
    assert isinstance(await site.look(TOMORROW), Unreadable)


def test_the_pages_of_a_new_sale_are_read_within_half_a_minute_and_keep_their_distance() -> None:
    pace = Pace(5.0)
    before = [pace.next(now) for now in (0.0, 60.0, 120.0)]  # the sale is not open: a page a look
    opened = [pace.next(180.0) for _ in range(SAVED)]
    assert before == [0.0, 60.0, 120.0]
    assert all(later - earlier >= APART for earlier, later in pairwise(opened))
    assert opened[-1] - 180.0 <= 30.0


@given(waits=st.lists(st.floats(0, 60), min_size=2, max_size=200))
def test_in_no_span_of_time_are_there_more_pages_than_the_pace_and_what_was_saved(waits: list[float]) -> None:
    pace, now, turns = Pace(5.0), 0.0, list[float]()
    for wait in waits:
        now = max(now + wait, turns[-1] if turns else 0.0)
        turns.append(pace.next(now))
    for start, earlier in enumerate(turns):
        for end in range(start, len(turns)):
            assert end - start + 1 <= SAVED + (turns[end] - earlier) / 5.0 + 1e-6


async def test_whoever_asks_for_a_page_too_soon_waits_for_it() -> None:
    pace = Pace(0.05)
    began = datetime.now(UTC)
    for _ in range(4):
        await pace.turn()
    assert datetime.now(UTC) - began >= timedelta(seconds=0.15)


async def test_past_dates_are_over(site: Site) -> None:
    assert await site.look(LookFor(FILM, CITY, (date(2020, 1, 1),))) == Unavailable("the wished dates are over")
