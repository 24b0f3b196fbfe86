"""The control endpoint: switches, people, groups and the record of calls; for tests and the demo, with a token."""

from __future__ import annotations

import hmac
from typing import Any

from aiohttp import web

from sandbox.telegram import doings
from sandbox.telegram.errors import ApiError, Refused
from sandbox.telegram.web import Handler
from sandbox.telegram.world import WORLD

routes = web.RouteTableDef()


@web.middleware
async def control(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The token for /_control, and refusals as JSON."""
    if not request.path.startswith("/_control"):
        return await handler(request)
    sent = request.headers.get("Authorization", "")
    if not hmac.compare_digest(sent.encode(), f"Bearer {request.app[WORLD].control_token}".encode()):
        text = "the header Authorization: Bearer <token> is missing or wrong"
        return web.json_response({"error": text}, status=401)
    try:
        return await handler(request)
    except (Refused, ValueError, TypeError) as no:
        return web.json_response({"error": str(no)}, status=400)
    except ApiError as no:
        return web.json_response({"error": no.description}, status=400)
    except KeyError as no:
        return web.json_response({"error": f"the field {no} is missing"}, status=400)


@routes.get("/_control")
async def listed(request: web.Request) -> web.Response:
    """Switches, those that are on, and how the bot's queue stands."""
    world = request.app[WORLD]
    queue = {
        "polling": world.updates.waiting,
        "pending": len(world.updates.pending(0, 1_000_000)),
        "allowed_updates": world.updates.allowed(),
        "strict_limits": world.limits.strict,
    }
    return web.json_response(world.faults.listed() | queue)


@routes.get("/_control/polling")
async def polling(request: web.Request) -> web.Response:
    """Wait until the bot polls, at most ?timeout= seconds."""
    timeout = min(60.0, float(request.query.get("timeout", 30)))
    return web.json_response({"polling": await request.app[WORLD].updates.until_waiting(timeout)})


@routes.post("/_control/faults")
async def switch(request: web.Request) -> web.Response:
    """Switch a fault on: {name, method?, count? (null: until cleared), value?, chat?}."""
    body: Any = await request.json()
    method, count, value = str(body.get("method", "any")), body.get("count", 1), float(body.get("value") or 0)
    request.app[WORLD].faults.add(str(body["name"]), method, count, value, body.get("chat"))
    return web.json_response({})


@routes.delete("/_control/faults")
async def clear(request: web.Request) -> web.Response:
    """Switch all faults off, or those of ?name=."""
    request.app[WORLD].faults.clear(request.query.get("name", ""))
    return web.json_response({})


@routes.get("/_control/log")
async def log(request: web.Request) -> web.Response:
    """The bot's calls, oldest first: ?after=seq&method=&chat=."""
    asked = request.query
    calls = request.app[WORLD].calls.listed(
        int(asked.get("after") or 0), asked.get("method", ""), asked.get("chat", "")
    )
    return web.json_response({"calls": calls})


@routes.delete("/_control/log")
async def forget(request: web.Request) -> web.Response:
    """Forget the calls."""
    request.app[WORLD].calls.clear()
    return web.json_response({})


@routes.post("/_control/limits")
async def limits(request: web.Request) -> web.Response:
    """Hold the bot to Telegram's rates or not: {strict}."""
    request.app[WORLD].limits.strict = bool((await request.json())["strict"])
    return web.json_response({})


@routes.post("/_control/people")
async def people(request: web.Request) -> web.Response:
    """Add a person, or change their names: {id, first_name, last_name?, username?, language_code?}."""
    world, body = request.app[WORLD], await request.json()
    names = {name: body[name] for name in ("last_name", "username", "language_code") if name in body}
    world.people.add(int(body["id"]), str(body["first_name"]), **names)
    world.live.emit("people")
    return web.json_response(world.people.user(int(body["id"])))


@routes.post("/_control/groups")
async def groups(request: web.Request) -> web.Response:
    """Make a group: {title, members: [ids], id?, bot?: member | administrator | left}."""
    world, body = request.app[WORLD], await request.json()
    members = [int(one) for one in body["members"]]
    unknown = [one for one in members if world.people.row(one) is None]
    if unknown:
        raise Refused(f"there is no person {unknown[0]}")
    chat = world.people.add_group(str(body["title"]), members, body.get("id"), str(body.get("bot", "member")))
    world.live.emit("people")
    return web.json_response(world.people.chat(chat))


@routes.post("/_control/members")
async def members(request: web.Request) -> web.Response:
    """Set what someone is in a group: {chat, user: id or "bot", status, by?: id}."""
    world, body = request.app[WORLD], await request.json()
    chat = int(body["chat"])
    person = world.people.bot_id if body["user"] == "bot" else int(body["user"])
    inside = [one for one in world.people.members(chat) if one != person]
    by = int(body.get("by") or (inside[0] if inside else person))
    doings.set_member(world, by, chat, person, str(body["status"]))
    return web.json_response({})


@routes.post("/_control/bot")
async def bot(request: web.Request) -> web.Response:
    """Change the bot: {name?, username?, reads_all? (privacy mode off)}."""
    world, body = request.app[WORLD], await request.json()
    for name in ("name", "username"):
        if name in body:
            world.store.keep(f"bot_{name}", str(body[name]))
    if "reads_all" in body:
        world.store.keep("bot_reads_all", str(int(bool(body["reads_all"]))))
    world.live.emit("people")
    return web.json_response(world.people.me())


@routes.post("/_control/update")
async def update(request: web.Request) -> web.Response:
    """Queue any update, right or wrong: {kind, body}."""
    body: Any = await request.json()
    return web.json_response(
        {"update_id": request.app[WORLD].updates.push(str(body["kind"]), body["body"], force=True)}
    )
