"""Changes as they come: a WebSocket for the page, a long poll for tests."""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

from sandbox.telegram.web import LONGEST_WAIT, is_page
from sandbox.telegram.world import WORLD, World

PULSE = 3.0  # seconds between two words on whether the bot listens
routes = web.RouteTableDef()


@routes.get("/chat/api/wait")
async def wait(request: web.Request) -> web.Response:
    """The changes after a number; waits for one, at most `timeout` seconds. `missed`: some are no longer held."""
    live = request.app[WORLD].live
    after = int(request.query.get("after") or live.now)
    timeout = min(LONGEST_WAIT, float(request.query.get("timeout", 25)))
    missed = live.missed(after)
    changes = await live.wait(after, timeout)
    return web.json_response({"changes": changes, "now": live.now, "missed": missed})


@routes.get("/chat/api/live")
async def live(request: web.Request) -> web.StreamResponse:
    """The page's WebSocket. Its first message holds the token: in the address it would stand in logs."""
    world = request.app[WORLD]
    socket = web.WebSocketResponse(heartbeat=20)
    await socket.prepare(request)
    try:
        first = await socket.receive_json(timeout=10)
    except (TimeoutError, TypeError, ValueError):
        first = None
    if not isinstance(first, dict) or not is_page(world, str(first.get("token", ""))):
        await socket.close(code=4401, message=b"the key is wrong")
        return socket
    telling = asyncio.create_task(_tell(world, socket, int(first.get("after") or world.live.now)))
    try:
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
    finally:
        telling.cancel()
    return socket


async def _tell(world: World, socket: web.WebSocketResponse, after: int) -> None:
    try:
        await socket.send_json({"kind": "hello", "missed": world.live.missed(after), "now": world.live.now})
        after = min(after, world.live.now)
        while not world.live.closing:
            for change in await world.live.wait(after, PULSE):
                after = change["n"]
                await socket.send_json(change)
            await socket.send_json({"kind": "pulse", "online": world.updates.heard})
        await socket.close(code=1001, message=b"the server stops")
    except ConnectionError:  # the page has gone; its next socket asks for what it missed
        return
