"""Who may talk to the console: this machine's browser on the console's own page, and nobody who rides on it."""

from __future__ import annotations

import hmac

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def guard(token: str) -> Middleware:
    """A middleware: the Host must be this machine (against DNS rebinding), a foreign Origin is refused, and whatever
    changes something needs the token in `X-Usher-Token`."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        if host.rsplit(":", 1)[0] not in {"127.0.0.1", "localhost"}:
            return _no(421, "the console answers only at 127.0.0.1 and localhost")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{host}":
            return _no(403, "another page may not ask the console")
        given = request.headers.get("X-Usher-Token", "")
        if request.method != "GET" and not hmac.compare_digest(given.encode(), token.encode()):
            return _no(401, "open the console with the address that `usher up` prints: it holds the token")
        try:
            answer = await handler(request)
        except web.HTTPException as status:
            if status.status >= 400:
                return _no(status.status, status.reason)
            raise
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    return check


def _no(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status, headers=HEADERS)
