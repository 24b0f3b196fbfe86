"""Looking around: cities, search, the listing of films, and a film's page."""

from __future__ import annotations

from aiohttp import web

from sandbox.cinema import catalogue as c
from sandbox.cinema import state
from sandbox.cinema.house import HOUSE, House
from sandbox.cinema.html import alert, esc, page, script_json
from sandbox.cinema.programme import CITIES, FILMS, VENUES, City, Film

routes = web.RouteTableDef()


def city_of(request: web.Request) -> City | None:
    """The city that the address names."""
    return c.city_named(request.match_info["city"])


def film_link(city: City, film: Film) -> str:
    """The address of a film's page."""
    return f"/movies/{city.slug}/{c.slug(film.title)}/{film.events[0].code}"


def poster(film: Film) -> str:
    """A film's poster: its title on its colour."""
    return f'<div class="poster" role="img" aria-label="{esc(film.title)}" style="--hue:{film.hue}"><b>{esc(film.title)}</b></div>'


def film_card(city: City, film: Film) -> str:
    """A film in a list: title, certificate, languages, formats."""
    spoken = ", ".join(dict.fromkeys(event.language for event in film.events))
    shapes = ", ".join(dict.fromkeys(event.dimension for event in film.events))
    return (
        f'<a class="film" href="{film_link(city, film)}">{poster(film)}<h3>{esc(film.title)}</h3>'
        f'<div class="soft">{film.censor}</div><div class="soft">{spoken}</div><div class="soft">{shapes}</div></a>'
    )


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    cities = "".join(
        f'<a class="city" href="/explore/home/{x.slug}"><b>{esc(x.name)}</b>'
        f'<span class="soft">{sum(v.city == x.code for v in VENUES)} cinemas</span></a>'
        for x in CITIES
    )
    posters = "".join(
        f'<a class="film" href="/movies/{c.slug(f.title)}/{f.events[0].code}">{poster(f)}</a>' for f in FILMS[:5]
    )
    body = f"""<div class="hero"><h1>A seat for tonight</h1><p>Choose your city</p></div><div class="cities">{cities}</div>
<h2 class="gap-above">In the cinemas</h2><div class="films">{posters}</div>"""
    return page("Welcome", body)


@routes.get("/api/explore/v1/discover/regions")
async def regions(request: web.Request) -> web.Response:
    return web.json_response(state.regions(CITIES))


def found(words: str) -> list[Film]:
    """Films whose titles hold every word or the beginning of it."""
    asked = words.lower().split()
    return [f for f in FILMS if asked and all(word in f.title.lower() for word in asked)]


@routes.get("/quickbook-search.bms")
async def search(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    return web.json_response({"hits": [state.search_hit(f, house.open(f)) for f in found(request.query.get("q", ""))]})


@routes.get("/search")
async def search_page(request: web.Request) -> web.Response:
    words = request.query.get("q", "")
    city = c.city_named(request.query.get("r", "")) or CITIES[0]
    cards = "".join(film_card(city, film) for film in found(words))
    none = f'<p class="soft">No film is called “{esc(words)}”.</p>'
    body = f"<h1>Films called “{esc(words)}”</h1><div class='films'>{cards}</div>{'' if cards else none}"
    return page("Search", body, city=city)


@routes.get("/explore/home/{city}")
@routes.get("/explore/movies-{city}")
@routes.get("/{city}/movies")
async def films_now(request: web.Request) -> web.Response:
    return _films(request, request.app[HOUSE].open, "Now showing", "movies")


@routes.get("/explore/upcoming-movies-{city}")
async def films_soon(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    return _films(request, lambda film: not house.open(film), "Coming soon", "upcoming-movies")


def _films(request: web.Request, wanted: object, title: str, kind: str) -> web.Response:
    city = city_of(request)
    if city is None:
        return alert("Unknown city", "We have no cinemas there.", 404)
    cards = "".join(film_card(city, film) for film in FILMS if callable(wanted) and wanted(film))
    tabs = "".join(
        f'<a class="{"tab now" if name == kind else "tab"}" href="/explore/{name}-{city.slug}">{text}</a>'
        for name, text in (("movies", "Now showing"), ("upcoming-movies", "Coming soon"))
    )
    body = f"<h1>{title} in {esc(city.name)}</h1><div class='tabs'>{tabs}</div><div class='films'>{cards}</div>"
    return page(f"{title} in {city.name}", body, state.envelope({"explore": {"region": city.code}}), city=city)


@routes.get("/movies/{film}/{code:ET\\d{8}}")
async def film_anywhere(request: web.Request) -> web.Response:
    code = request.match_info["code"]
    if code not in c.EVENT:
        return alert("Not found", "The URL you were looking for was not found.", 404)
    film = c.EVENT[code][0]
    links = "".join(f'<a class="pill" href="{film_link(x, film)}">{esc(x.name)}</a>' for x in CITIES)
    body = f'<div class="card middle"><h1>{esc(film.title)}</h1><p>In which city?</p><p class="row">{links}</p></div>'
    return page(film.title, body)


@routes.get("/movies/{city}/{film}/{code:ET\\d{8}}")
async def film_page(request: web.Request) -> web.Response:
    house, city, code = request.app[HOUSE], city_of(request), request.match_info["code"]
    if city is None or code not in c.EVENT:
        return alert("Not found", "The URL you were looking for was not found.", 404)
    film = c.EVENT[code][0]
    if request.match_info["film"] != c.slug(film.title):
        raise web.HTTPMovedPermanently(f"/movies/{city.slug}/{c.slug(film.title)}/{code}")
    rows = state.languages(film)
    act = '<p class="soon">Releasing on 18 Dec 2026. The sale is not open yet.</p>'
    if house.open(film):
        act = _choices(house, city, film, rows)
    spoken = ", ".join(row["language"] for row in rows)
    body = f"""<div class="film-top" style="--hue:{film.hue}">{poster(film)}<div><h1>{esc(film.title)}</h1>
<p class="soft">{film.censor} · {esc(film.genre)} · {film.minutes // 60} h {film.minutes % 60} min</p>
<p class="soft">{spoken} · {esc(city.name)}</p>{act}</div></div>"""
    inline = f"<script type='application/json' id='languages'>{script_json(rows)}</script>"
    extra = {"eventGroup": film.group, "eventCode": code, "eventTitle": film.title}
    return page(film.title, body, state.envelope({"filmPage": extra}), scripts=inline, city=city)


def _choices(house: House, city: City, film: Film, rows: list[state.Json]) -> str:
    """The button, and where there are several listings the sheet of languages and formats behind it."""
    base, day = f"/movies/{city.slug}/{c.slug(film.title)}/buytickets", house.today()
    if len(film.events) == 1:
        return f'<p><a class="button main" href="{base}/{film.events[0].code}/{day}">Book tickets</a></p>'
    choices = ""
    for language in rows:
        links = "".join(
            f'<a class="pill" href="{base}/{row["eventCode"]}/{day}">{esc(row["dimension"])}</a>'
            for row in language["formats"]
        )
        choices += f"<h3>{esc(language['language'].upper())}</h3><div class='row'>{links}</div>"
    return f"""<p><button class="main" onclick="document.getElementById('formats').hidden=false">Book tickets</button></p>
<div role="dialog" id="formats" aria-label="Select language and format" hidden><h2>Select language and format</h2>{choices}
<p><button data-testid="modalClose" onclick="this.closest('[role=dialog]').hidden=true">Close</button></p></div>"""
