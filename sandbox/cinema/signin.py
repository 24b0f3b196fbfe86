"""The sheet that asks for a one-time code before a payment: only a person passes it."""

from __future__ import annotations

from aiohttp import web

from sandbox.cinema.house import HOUSE
from sandbox.cinema.html import esc, page

routes = web.RouteTableDef()
CODE = "123456"


def sheet(back: str, said: str = "") -> web.Response:
    """The page that asks; `back` is where it leads."""
    wrong = f'<p role="alert">{esc(said)}</p>' if said else ""
    body = f"""<div class="card middle" role="dialog" aria-label="Sign in" id="otp-sheet"><h1>Is it you?</h1>
<p class="soft">We sent a code to your phone. In this demo it is {CODE}.</p>{wrong}
<form method="post" action="/login/otp"><input type="hidden" name="back" value="{esc(back)}">
<p><input name="otp" placeholder="Enter OTP" aria-label="Enter OTP" autocomplete="one-time-code" inputmode="numeric"></p>
<button class="main">Continue</button></form></div>"""
    return page("Sign in", body)


@routes.post("/login/otp")
async def passed(request: web.Request) -> web.Response:
    house, form = request.app[HOUSE], await request.post()
    back = str(form.get("back", "/"))
    if not back.startswith("/") or back.startswith("//"):
        back = "/"
    if str(form.get("otp", "")).strip() != CODE:
        return sheet(back, "That is not the code.")
    house.books.ask_otp(house.account(request), False)
    raise web.HTTPSeeOther(back)
