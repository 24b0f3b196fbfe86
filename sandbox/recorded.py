"""A site that repeats what was recorded of it: the same answers to the same questions, in their order. No network."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from aiohttp import web

HOST = "127.0.0.1"
Answer = Mapping[str, Any]  # method, path, status, kind, body, sent, to, retry_after: see sites.recording.Exchange


class RecordedSite:
    """Each answer is given once, the last one to a question again and again. `unknown`: what was never recorded."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers: dict[tuple[str, ...], deque[Answer]] = defaultdict(deque)
        for answer in answers:
            self._answers[_question(answer["method"], answer["path"], answer.get("sent", ""))].append(answer)
        self.unknown: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        """What was said to this request."""
        sent = await request.text()
        left = self._answers.get(_question(request.method, request.raw_path, sent))
        if not left:
            self.unknown.append(f"{request.method} {request.raw_path}")
            return web.Response(status=404, text="this was not recorded")
        found = left.popleft() if len(left) > 1 else left[0]
        if to := found.get("to"):
            return web.Response(status=found["status"], headers={"Location": to})
        body = found.get("body", "")
        kind = found.get("kind") or ("application/json" if body[:1] in {"{", "["} else "text/html; charset=utf-8")
        headers = {"Content-Type": kind}
        if later := found.get("retry_after"):
            headers["Retry-After"] = later
        return web.Response(status=found["status"], body=body.encode(), headers=headers)


def _question(method: str, path: str, sent: str) -> tuple[str, ...]:
    """Clients write the same address in several ways: `%3A` or `:`, a `?` before nothing."""
    return method, unquote(path).removesuffix("?"), sent


@asynccontextmanager
async def open_recorded(answers: Sequence[Answer]) -> AsyncIterator[tuple[str, RecordedSite]]:
    """The address of a site that gives these answers, and the site."""
    site = RecordedSite(answers)
    app = web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}", site
    finally:
        await runner.cleanup()
