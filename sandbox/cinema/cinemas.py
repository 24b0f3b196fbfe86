"""Cinemas: a city's list, one cinema's own shows, the answer `byvenue`, and older addresses that lead on."""

from __future__ import annotations

from datetime import date, timedelta

from aiohttp import web

from sandbox.cinema import catalogue as c
from sandbox.cinema import state, venue_state
from sandbox.cinema.foyer import city_of, film_link
from sandbox.cinema.house import HOUSE, House
from sandbox.cinema.html import alert, esc, page
from sandbox.cinema.programme import VENUES, City, Venue
from sandbox.cinema.showtimes import date_row, pills, show_pill

routes = web.RouteTableDef()
GONE = {"message": "The URL you were looking for was not found"}


@routes.get("/{city}/cinemas")
async def cinemas(request: web.Request) -> web.Response:
    house, city = request.app[HOUSE], city_of(request)
    if city is None:
        return alert("Unknown city", "We have no cinemas there.", 404)
    dates: dict[str, set[str]] = {}
    for show in house.listed():
        dates.setdefault(show.venue.code, set()).add(show.day)
    mine = [v for v in VENUES if v.city == city.code]
    today = house.today()
    rows = [venue_state.listing_row(v, sorted(dates.get(v.code, set())), today) for v in mine]
    body = f"<h1>Cinemas in {esc(city.name)}</h1>"
    for v in mine:
        link = f"/cinemas/{city.slug}/{c.slug(v.name)}/buytickets/{v.code}/{today}"
        note = '<span class="chip off">Sells nothing just now</span>' if v.down else ""
        body += f'<a class="card venue" href="{link}"><h2>{esc(v.name)}</h2><p class="soft">{esc(v.area)}</p>{note}</a>'
    return page(f"Cinemas in {city.name}", body, venue_state.cinemas_page(city.code, rows), city=city)


def _day_of(house: House, venue: Venue, asked: str) -> tuple[str, state.Json, state.Shown]:
    """The day that is served, its `byvenue` answer, and its shows."""
    mine = [s for s in house.listed() if s.venue.code == venue.code]
    dates = {s.day for s in mine}
    day = asked if asked in dates else min(dates, default=asked)
    taken = house.holds.all_taken()
    shown = [(s, house.offers(s, taken)) for s in mine if s.day == day]
    first = house.now().astimezone(c.IST).date()
    days: dict[date, bool] = {first + timedelta(days=n): False for n in range(c.DAYS)}
    days = {d: f"{d:%Y%m%d}" in dates for d in days}
    return day, venue_state.by_venue(venue, day, days, shown), shown


@routes.get("/cinemas/{city}/{cinema}/buytickets/{venue}/{day:\\d{8}}")
async def cinema_shows(request: web.Request) -> web.Response:
    house, city = request.app[HOUSE], city_of(request)
    venue = c.VENUE.get(request.match_info["venue"].upper())
    if city is None or venue is None or venue.city != city.code:
        return alert("Not found", "The URL you were looking for was not found.", 404)
    asked, base = request.match_info["day"], f"/cinemas/{city.slug}/{c.slug(venue.name)}/buytickets/{venue.code}"
    if request.match_info["cinema"] != c.slug(venue.name):
        raise web.HTTPMovedPermanently(f"{base}/{asked}")
    day, answer, shown = _day_of(house, venue, asked)
    initial = venue_state.venue_page(venue, asked, answer)
    if venue.down:
        initial |= {"DownCinemasTitle": "Something is not right", "DownCinemasMessage": "This cinema sells nothing."}
        body = f'<div class="card middle"><h1>{esc(venue.name)}</h1><p role="alert">This cinema sells nothing just now.</p></div>'
        return page(venue.name, body, initial, city=city)
    dates = {s.day for s in house.listed() if s.venue.code == venue.code}
    body = f"<h1>{esc(venue.name)}</h1><p class='soft'>{esc(venue.area)}</p>"
    body += date_row(pills(house, dates, day), base) + _films(house, city, shown)
    return page(venue.name, body, initial, city=city)


def _films(house: House, city: City, shown: state.Shown) -> str:
    films: dict[str, state.Shown] = {}
    for show, offers in shown:
        films.setdefault(show.event.code, []).append((show, offers))
    html = ""
    for rows in films.values():
        show = rows[0][0]
        head = f'<h2><a href="{film_link(city, show.film)}">{esc(show.film.title)}</a></h2>'
        head += f'<p class="soft">{esc(show.event.language)} • {esc(show.event.dimension)}</p>'
        times = "".join(show_pill(house, city, s, offers, f"Book {s.starts:%I:%M %p}") for s, offers in rows)
        html += f'<div class="card venue" role="row">{head}<div class="row">{times}</div></div>'
    return html


@routes.get("/api/{version:v[23]}/mobile/showtimes/byvenue")
async def by_venue(request: web.Request) -> web.Response:
    venue = c.VENUE.get(request.query.get("venueCode", "").upper())
    if venue is None:
        return web.json_response(GONE, status=404)
    asked = request.query.get("dateCode") or request.app[HOUSE].today()
    return web.json_response(_day_of(request.app[HOUSE], venue, asked)[1])


@routes.get("/buytickets/{film}/movie-{region}-{code:ET\\d{8}}-MT/{day:\\d{8}}")
async def older_film(request: web.Request) -> web.Response:
    city, code = c.city_named(request.match_info["region"]), request.match_info["code"]
    if city is None or code not in c.EVENT:
        return web.json_response(GONE, status=404)
    film = c.EVENT[code][0]
    raise web.HTTPMovedPermanently(
        f"/movies/{city.slug}/{c.slug(film.title)}/buytickets/{code}/{request.match_info['day']}"
    )


@routes.get("/buytickets/{cinema}/cinema-{region}-{venue}-MT/{day:\\d{8}}")
async def older_cinema(request: web.Request) -> web.Response:
    city, venue = c.city_named(request.match_info["region"]), c.VENUE.get(request.match_info["venue"].upper())
    if city is None or venue is None:
        return web.json_response(GONE, status=404)
    day = request.match_info["day"]
    raise web.HTTPMovedPermanently(f"/cinemas/{city.slug}/{c.slug(venue.name)}/buytickets/{venue.code}/{day}")


@routes.get("/booktickets/{venue}/{session}")
async def older_seats(request: web.Request) -> web.Response:
    show = request.app[HOUSE].show(request.match_info["venue"].upper(), request.match_info["session"])
    if show is None:
        return web.json_response(GONE, status=404)
    city = c.CITY[show.venue.city]
    raise web.HTTPMovedPermanently(
        f"/movies/{city.slug}/seat-layout/{show.event.code}/{show.venue.code}/{show.session}/{show.day}"
    )
