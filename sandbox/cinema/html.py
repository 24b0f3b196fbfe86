"""The frame of every page; all text is escaped here."""

from __future__ import annotations

import html
import json
from typing import Any

from aiohttp import web


def esc(text: object) -> str:
    """Text made safe for HTML."""
    return html.escape(str(text), quote=True)


def script_json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


def page(title: str, body: str, state: Any = None, status: int = 200, scripts: str = "") -> web.Response:
    """A whole page. `state` becomes `window.__INITIAL_STATE__`."""
    inline = f"<script>window.__INITIAL_STATE__ = {script_json(state)};</script>" if state is not None else ""
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{esc(title)} · Dayglow Cinemas</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/static/style.css"><link rel="icon" href="data:,"></head><body>'
        '<header class="top"><a href="/">Dayglow Cinemas</a></header>'
        f'<main id="super-container">{body}</main>{inline}{scripts}</body></html>'
    )
    return web.Response(text=text, status=status, content_type="text/html")


def alert(title: str, text: str, status: int = 200, state: Any = None) -> web.Response:
    """A page that only says that something cannot be done."""
    body = f'<div class="card"><h1>{esc(title)}</h1><p role="alert">{esc(text)}</p><a class="button" href="/">Home</a></div>'
    return page(title, body, state, status)


COUNTDOWN = """<script>for (const e of document.querySelectorAll("[data-ends-at]")) setInterval(() => {
const s = Math.max(0, Math.round((new Date(e.dataset.endsAt) - Date.now()) / 1000));
e.textContent = Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0"); }, 250);</script>"""
