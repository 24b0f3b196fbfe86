"""The shows of a film on one day."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from sandbox.cinema import catalogue as c
from sandbox.cinema import state
from sandbox.cinema.foyer import city_of
from sandbox.cinema.house import HOUSE, House, Offer
from sandbox.cinema.html import alert, esc, page, script_json
from sandbox.cinema.programme import City, Event, Film

routes = web.RouteTableDef()
PILL = {"0": " gone", "1": " filling", "2": " filling"}


def pills(house: House, dates: set[str], chosen: str) -> dict[str, str]:
    """Every day's pill state: selected, default or disabled."""
    first = house.now().astimezone(c.IST).date()
    days = [f"{first + timedelta(days=n):%Y%m%d}" for n in range(c.DAYS)]
    return {d: "selected" if d == chosen else "default" if d in dates else "disabled" for d in days}


def date_row(days: dict[str, str], base: str) -> str:
    """The date pills; a day without shows is no link."""
    html = ""
    for day, how in days.items():
        week, number, month = (part["text"] for part in state.date_pill(day, how)["data"])
        inner = f"<span>{week}</span><b>{number}</b><span>{month}</span>"
        if how == "disabled":
            html += f'<span class="date off" id="{day}" aria-disabled="true">{inner}</span>'
        else:
            html += (
                f'<a class="{"date now" if how == "selected" else "date"}" id="{day}" href="{base}/{day}">{inner}</a>'
            )
    return f'<div class="dates">{html}</div>'


def show_pill(house: House, city: City, show: c.Show, offers: list[Offer], text: str = "") -> str:
    """A show's button: its time, and how full it is; a lapsed or sold-out one leads nowhere."""
    said = state.status_of(offers, show.venue)
    gone = not house.on_sale(show) or not any(offer.free for offer in offers)
    link = f"/movies/{city.slug}/seat-layout/{show.event.code}/{show.venue.code}/{show.session}/{show.day}"
    style = " gone" if gone else PILL.get(said, "")
    time = text or f"{show.starts:%I:%M %p}"
    screen = f'<span class="screen-name">{esc(show.screen)}</span>' if show.screen else ""
    if gone:
        return f'<span class="pill show gone" aria-disabled="true">{time}{screen}</span>'
    return f'<a class="pill show{style}" href="{link}">{time}{screen}</a>'


@routes.get("/movies/{city}/{film}/buytickets/{code:ET\\d{8}}/{day:\\d{8}}")
async def film_shows(request: web.Request) -> web.Response:
    house, city, code = request.app[HOUSE], city_of(request), request.match_info["code"]
    if city is None or code not in c.EVENT:
        return alert("Not found", "The URL you were looking for was not found.", 404)
    film, event = c.EVENT[code]
    base = f"/movies/{city.slug}/{c.slug(film.title)}/buytickets/{code}"
    if request.match_info["film"] != c.slug(film.title):
        raise web.HTTPMovedPermanently(f"{base}/{request.match_info['day']}")
    offered = [s for s in house.listed() if s.event.code == code and s.venue.city == city.code]
    dates = {s.day for s in offered}
    if not dates:
        empty = state.envelope({"showtimesFunctionalApi": {"queries": {}}})
        body = f'<div class="card middle"><h1>{esc(film.title)}</h1><p>No shows on sale.</p></div>'
        return page(film.title, body, empty, city=city)
    asked = request.match_info["day"]
    day = asked if asked in dates else min(dates)  # a day that is not open is answered with another
    taken = house.holds.all_taken()
    shown = [(s, house.offers(s, taken)) for s in offered if s.day == day]
    days = pills(house, dates, day)
    initial, scripts = state.film_shows(film, code, day, city.code, shown, days), ""
    body = _head(film, event) + date_row(days, base) + _venues(house, city, shown, day)
    if house.faults.take("changed_markup", "look"):
        initial = {"movedElsewhere": initial.pop("showtimesFunctionalApi"), **initial}
    if house.faults.take("changed_altogether", "look"):
        initial, body = {"movedElsewhere": {}}, f'<div class="card"><h1>{esc(film.title)}</h1></div>'
    if house.faults.take("state_by_script", "look"):
        scripts = f'<script type="application/json" id="late">{script_json(initial)}</script>'
        scripts += '<script>window["__INITIAL_" + "STATE__"] = JSON.parse(document.getElementById("late").textContent);</script>'
        return page(film.title, body, scripts=scripts, city=city)
    return page(film.title, body, initial, city=city)


def _head(film: Film, event: Event) -> str:
    return f"""<h1>{esc(film.title)}</h1><p class="row"><span class="chip" data-testid="format">{esc(event.language)} • {esc(event.dimension)}</span>
<span class="soft">{film.censor} · {esc(film.genre)}</span></p>"""


def _venues(house: House, city: City, shown: state.Shown, day: str) -> str:
    venues: dict[str, state.Shown] = {}
    for show, offers in shown:
        venues.setdefault(show.venue.code, []).append((show, offers))
    html = '<p class="legend"><span class="dot"></span>Available <span class="dot filling"></span>Filling fast <span class="dot gone"></span>Sold out</p>'
    for rows in venues.values():
        venue = rows[0][0].venue
        link = f"/cinemas/{city.slug}/{c.slug(venue.name)}/buytickets/{venue.code}/{day}"
        html += (
            f'<div class="card venue"><h2><a href="{link}">{esc(venue.name)}</a></h2><p class="soft">{esc(venue.area)} · '
            f'{"Food on board · " if venue.food else ""}Non-cancellable</p><div class="row">'
        )
        html += "".join(show_pill(house, city, show, offers) for show, offers in rows) + "</div></div>"
    return html
