"""Looking around: cities, search, film pages, cinemas, and the shows of a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import web

from sandbox.cinema import catalogue as c
from sandbox.cinema import state
from sandbox.cinema.house import HOUSE, House
from sandbox.cinema.html import alert, esc, page, script_json

routes = web.RouteTableDef()


def city_of(request: web.Request) -> c.City | None:
    wanted = request.match_info["city"].lower()
    return next((city for city in c.CITIES if wanted in {city.slug, city.code.lower()}), None)


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    cities = "".join(f'<a class="pill" href="/explore/home/{x.slug}">{esc(x.name)}</a>' for x in c.CITIES)
    body = f'<div class="card"><h1>Where are you?</h1><p class="soft">Choose your city</p><div class="row">{cities}</div></div>'
    return page("Welcome", body)


@routes.get("/api/explore/v1/discover/regions")
async def regions(request: web.Request) -> web.Response:
    return web.json_response(state.regions(c.CITIES))


@routes.get("/quickbook-search.bms")
async def search(request: web.Request) -> web.Response:
    words = request.query.get("q", "").lower().split()
    hits = [state.search_hit(f) for f in c.FILMS if all(word in f.title.lower() for word in words)]
    return web.json_response({"hits": hits})


@routes.get("/explore/{kind:home|movies|upcoming-movies}{dash:[-/]}{city}")
async def films(request: web.Request) -> web.Response:
    house, city = request.app[HOUSE], city_of(request)
    if city is None:
        return alert("Unknown city", "We have no cinemas there.", 404)
    cards = ""
    for film in c.FILMS:
        soon = "" if house.open(film) else ' <span class="soft">coming soon</span>'
        first = film.events[0].code
        link = f"/movies/{city.slug}/{c.slug(film.title)}/{first}"
        cards += f'<div class="card"><h2><a href="{link}">{esc(film.title)}</a>{soon}</h2><span class="soft">{film.censor}</span></div>'
    return page(f"Films in {city.name}", f"<h1>Films in {esc(city.name)}</h1>{cards}")


@routes.get("/movies/{city}/{film}/{code:ET\\d{8}}")
async def film_page(request: web.Request) -> web.Response:
    house, city, code = request.app[HOUSE], city_of(request), request.match_info["code"]
    if city is None or code not in c.EVENT:
        return alert("Not found", "The URL you were looking for was not found.", 404)
    film = c.EVENT[code][0]
    if request.match_info["film"] != c.slug(film.title):
        raise web.HTTPMovedPermanently(f"/movies/{city.slug}/{c.slug(film.title)}/{code}")
    choices, data = "", state.languages(film)
    for language in data:
        choices += f"<h2>{esc(language['language'].upper())}</h2><div class='row'>"
        for row in language["formats"]:
            link = f"/movies/{city.slug}/{c.slug(film.title)}/buytickets/{row['eventCode']}/{today(house)}"
            choices += f'<a class="pill" href="{link}">{esc(row["dimension"])}</a>'
        choices += "</div>"
    if house.open(film):
        act = (
            f'<h2>Select language and format</h2>{choices}<p><a class="button main" href="{link}">Book tickets</a></p>'
        )
    else:
        act = '<p class="soft">Releasing on 18 Dec 2026. The sale is not open yet.</p>'
    body = (
        f'<div class="card"><h1>{esc(film.title)}</h1><p class="soft">{film.censor} · {esc(city.name)}</p>{act}</div>'
    )
    inline = f"<script type='application/json' id='languages'>{script_json(data)}</script>"
    extra = {"eventGroup": film.group, "eventCode": code, "eventTitle": film.title}
    return page(film.title, body, state.envelope({"filmPage": extra}), scripts=inline)


def today(house: House) -> str:
    return f"{house.now().astimezone(c.IST):%Y%m%d}"


def pills(house: House, dates: set[str], chosen: str) -> dict[str, str]:
    """Every day's pill state: selected, default or disabled."""
    first = house.now().astimezone(c.IST).date()
    days = [f"{first + timedelta(days=n):%Y%m%d}" for n in range(c.DAYS)]
    return {d: "selected" if d == chosen else "default" if d in dates else "disabled" for d in days}


@routes.get("/movies/{city}/{film}/buytickets/{code:ET\\d{8}}/{day:\\d{8}}")
async def film_shows(request: web.Request) -> web.Response:
    house, city, code = request.app[HOUSE], city_of(request), request.match_info["code"]
    if city is None or code not in c.EVENT:
        return alert("Not found", "The URL you were looking for was not found.", 404)
    film, event = c.EVENT[code]
    if request.match_info["film"] != c.slug(film.title):
        raise web.HTTPMovedPermanently(
            f"/movies/{city.slug}/{c.slug(film.title)}/buytickets/{code}/{request.match_info['day']}"
        )
    offered = [s for s in house.shows() if s.event.code == code and s.venue.city == city.code]
    dates = {s.day for s in offered}
    if not dates:
        empty = state.envelope({"showtimesFunctionalApi": {"queries": {}}})
        return page(film.title, f'<div class="card"><h1>{esc(film.title)}</h1><p>No shows on sale.</p></div>', empty)
    asked = request.match_info["day"]
    day = asked if asked in dates else min(dates)  # a day that is not open is answered with another
    taken = house.holds.all_taken()
    shown = [(s, house.free(s, taken)) for s in offered if s.day == day]
    initial = state.film_shows(film, code, day, city.code, shown, pills(house, dates, day))
    if house.faults.take("changed_markup", "look"):
        initial = {"movedElsewhere": initial.pop("showtimesFunctionalApi"), **initial}
    return page(film.title, _shows_html(city, film, event, day, dates, shown), initial)


def _shows_html(
    city: c.City, film: c.Film, event: c.Event, day: str, dates: set[str], shown: list[tuple[c.Show, dict[str, int]]]
) -> str:
    base = f"/movies/{city.slug}/{c.slug(film.title)}/buytickets/{event.code}"
    html = (
        f"<h1>{esc(film.title)}</h1><p class='soft'>{esc(event.language)} · {esc(event.dimension)}</p><div class='row'>"
    )
    for one in sorted(dates):
        now = " now" if one == day else ""
        html += f'<a class="pill{now}" id="{one}" href="{base}/{one}">{one[6:]}/{one[4:6]}</a>'
    html += "</div>"
    venues: dict[str, list[tuple[c.Show, dict[str, int]]]] = {}
    for show, free in shown:
        venues.setdefault(show.venue.code, []).append((show, free))
    for rows in venues.values():
        venue = rows[0][0].venue
        html += f'<div class="card"><h2>{esc(venue.name)}</h2><div class="row">'
        for show, free in rows:
            code = state.status_of({k: v for k, v in free.items() if ":" not in k}, venue)
            style = {"0": " gone", "1": " filling", "2": " filling"}.get(code, "")
            link = f"/movies/{city.slug}/seat-layout/{show.event.code}/{venue.code}/{show.session}/{show.day}"
            html += f'<a class="pill{style}" href="{link}">{show.starts:%I:%M %p} {esc(show.screen)}</a>'
        html += "</div></div>"
    return html


@routes.get("/{city}/cinemas")
async def cinemas(request: web.Request) -> web.Response:
    house, city = request.app[HOUSE], city_of(request)
    if city is None:
        return alert("Unknown city", "We have no cinemas there.", 404)
    dates: dict[str, set[str]] = {}
    for show in house.shows():
        dates.setdefault(show.venue.code, set()).add(show.day)
    mine = [v for v in c.VENUES if v.city == city.code]
    rows: list[dict[str, Any]] = [
        {
            "VenueCode": v.code,
            "VenueName": v.name,
            "RegionCode": v.city,
            "isDown": v.down,
            "arrDates": [{"ShowDateCode": d, "ShowDateDisplay": d} for d in sorted(dates.get(v.code, set()))],
        }
        for v in mine
    ]
    listing = state.envelope(
        {"fetchVenuesListingApi": {"queries": {f"venues-{city.code}": {"data": {"venues": rows}}}}}
    )
    body = "".join(f'<div class="card"><h2>{esc(v.name)}</h2></div>' for v in mine)
    return page(f"Cinemas in {city.name}", f"<h1>Cinemas in {esc(city.name)}</h1>{body}", listing)
