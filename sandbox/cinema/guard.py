"""Who may visit the shop: this machine's browser at the shop's own name, and no page that rides on it."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

LOOPBACK = {"127.0.0.1", "localhost"}
# the shop's pages carry their state and small scripts inline, as the sites do that it stands for
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def guard(host: str) -> Middleware:
    """A middleware for a shop that listens at `host`. At a loopback address only this machine's names are answered
    (against DNS rebinding); a foreign Origin is refused anywhere."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        named = request.headers.get("Host", "")
        if host in LOOPBACK and named.rsplit(":", 1)[0] not in LOOPBACK:
            return web.Response(status=421, text="this shop answers only at 127.0.0.1 and localhost", headers=HEADERS)
        if request.headers.get("Origin", f"http://{named}") != f"http://{named}":
            return web.Response(status=403, text="calls from other pages are refused", headers=HEADERS)
        try:
            answer = await handler(request)
        except web.HTTPException as status:
            status.headers.update(HEADERS)
            raise
        if not answer.prepared:
            for name, value in HEADERS.items():
                answer.headers.setdefault(name, value)
        return answer

    return check
