"""The frame of every page; all text is escaped here."""

from __future__ import annotations

import html
import json
from typing import Any

from aiohttp import web

from sandbox.cinema.programme import CITIES, City

COUNTDOWN = """<script>for (const e of document.querySelectorAll("[data-ends-at]")) {
  const tick = () => {
    const s = Math.max(0, Math.round((new Date(e.dataset.endsAt) - Date.now()) / 1000));
    e.textContent = Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
  };
  tick(); setInterval(tick, 250);
}</script>"""


def esc(text: object) -> str:
    """Text made safe for HTML."""
    return html.escape(str(text), quote=True)


def script_json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def page(
    title: str, body: str, state: Any = None, status: int = 200, scripts: str = "", city: City | None = None
) -> web.Response:
    """A whole page. `state` becomes `window.__INITIAL_STATE__`."""
    inline = f"<script>window.__INITIAL_STATE__ = {script_json(state)};</script>" if state is not None else ""
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{esc(title)} · Dayglow Cinemas</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/static/style.css"><link rel="icon" href="data:,">'
        '<script>window.__guard = "cloudflare, quiet today";</script></head><body>'
        f'{_top(city)}<main id="super-container">{body}</main>{_bottom()}'
        f'{inline}{scripts}<script src="/static/search.js"></script></body></html>'
    )
    return web.Response(text=text, status=status, content_type="text/html")


def _top(city: City | None) -> str:
    region = city.code if city else CITIES[0].code
    where = f'<a href="/explore/movies-{city.slug}">{esc(city.name)}</a>' if city else '<a href="/">Cities</a>'
    halls = f'<a href="/{city.slug}/cinemas">Cinemas</a>' if city else ""
    return (
        '<header class="top"><div class="bar"><a class="brand" href="/">Dayglow</a>'
        f'<form class="search" role="search" action="/search"><input type="hidden" name="r" value="{region}">'
        '<input name="q" type="search" placeholder="Search for films" aria-label="Search for films" autocomplete="off">'
        '<ul class="hits" role="listbox" hidden></ul></form>'
        f'<nav>{where}{halls}<a href="/my-profile/purchase-history">Bookings</a></nav></div></header>'
    )


def _bottom() -> str:
    return '<footer class="foot">Dayglow Cinemas is a demonstration: no film, cinema or rupee here is real.</footer>'


def alert(title: str, text: str, status: int = 200, state: Any = None) -> web.Response:
    """A page that only says that something cannot be done."""
    body = (
        f'<div class="card middle"><h1>{esc(title)}</h1><p role="alert">{esc(text)}</p>'
        '<p><a class="button" href="/">Home</a></p></div>'
    )
    return page(title, body, state, status)
