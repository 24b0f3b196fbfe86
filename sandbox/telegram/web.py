"""The page's door: its files, and what people do there as JSON. Loopback only, with the page's own token."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.telegram import doings
from sandbox.telegram.errors import ApiError, Refused
from sandbox.telegram.menus import commands_for
from sandbox.telegram.params import Upload
from sandbox.telegram.store import Json, loaded
from sandbox.telegram.world import WORLD, World

PAGE = Path(__file__).with_name("page")
HOSTS = {"127.0.0.1", "localhost"}
LONGEST_WAIT = 60.0  # seconds
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
routes = web.RouteTableDef()


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only this machine's own names and own pages: a foreign site that resolves to loopback gets nothing."""
    host = request.host.rsplit(":", 1)[0]
    if host not in HOSTS:
        raise web.HTTPForbidden(text="open this server as http://127.0.0.1 or http://localhost")
    if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
        raise web.HTTPForbidden(text="calls from other pages are refused")
    return await handler(request)


def policy(request: web.Request) -> dict[str, str]:
    """Headers of the page: nothing foreign runs in it, nothing embeds it."""
    allowed = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        f"connect-src 'self' ws://{request.host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": allowed,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }


def is_page(world: World, token: str) -> bool:
    """Whether this is the page's token."""
    return hmac.compare_digest(token.encode(), world.page_token.encode())


@web.middleware
async def page_api(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The token for /chat/api, and refusals as JSON."""
    if not request.path.startswith("/chat/api/") or request.path == "/chat/api/live":
        return await handler(request)
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not is_page(request.app[WORLD], sent):
        return web.json_response({"error": "open the chat by the link that usher printed: it holds a key"}, status=401)
    try:
        return await handler(request)
    except Refused as no:
        return web.json_response({"error": str(no)}, status=400)
    except ApiError as no:
        return web.json_response({"error": no.description}, status=400)
    except (KeyError, TypeError, ValueError, OverflowError) as no:
        return web.json_response({"error": f"the request lacks something or holds a wrong value: {no}"}, status=400)


@routes.get("/")
async def root(request: web.Request) -> web.StreamResponse:
    return web.HTTPFound("/chat/")


@routes.get("/chat/")
@routes.get("/chat/{name:[a-z]+\\.(?:js|css|svg)}")
async def page(request: web.Request) -> web.StreamResponse:
    place = PAGE / request.match_info.get("name", "index.html")
    if not place.is_file():
        raise web.HTTPNotFound(text="no such page")
    return web.FileResponse(place, headers=policy(request))


def person_of(request: web.Request) -> int:
    """The person a GET speaks for."""
    return int(request.query["user"])


@routes.get("/chat/api/state")
async def state(request: web.Request) -> web.Response:
    """Bot, people, and the chats of one of them."""
    world = request.app[WORLD]
    people = [
        {**world.people.user(row["id"]), "blocked": bool(row["blocked"]), "started": bool(row["started"])}
        | {"unread": sum(world.chats.unread(chat, row["id"]) for chat in world.people.chats_of(row["id"]))}
        for row in world.people.everyone()
    ]
    person = int(request.query.get("user") or people[0]["id"])
    doings.check_inside(world, person, person)
    return web.json_response(
        {
            "bot": world.people.bot(),
            "online": world.updates.heard,
            "now": world.live.now,
            "user": person,
            "people": people,
            "chats": [_chat(world, chat, person) for chat in world.people.chats_of(person)],
        }
    )


def _chat(world: World, chat: int, person: int) -> Json:
    row = world.people.chat_row(chat) or {}
    last = world.chats.history(chat, limit=1)
    return world.people.chat(chat) | {
        "last": world.chats.shown(last[0]) if last else None,
        "unread": world.chats.unread(chat, person),
        "pinned": world.chats.pinned(chat),
        "keyboard": loaded(row["keyboard"]),
        "commands": commands_for(world, chat, person),
        "members": [world.people.user(one) for one in world.people.members(chat)],
        "bot_status": world.people.status(chat, world.people.bot_id),
    }


@routes.get("/chat/api/messages")
async def messages(request: web.Request) -> web.Response:
    """The newest messages of a chat before an id, oldest first."""
    world, chat = request.app[WORLD], int(request.query["chat"])
    doings.check_inside(world, person_of(request), chat)
    before = int(request.query["before"]) if request.query.get("before") else None
    limit = max(1, min(200, int(request.query.get("limit", 50))))
    found = world.chats.history(chat, before, limit + 1)
    shown = [world.chats.shown(message) for message in found[-limit:]]
    return web.json_response({"messages": shown, "more": len(found) > limit, "now": world.live.now})


@routes.get("/chat/api/versions")
async def versions(request: web.Request) -> web.Response:
    """What an edited message was before, for presses that come too late."""
    world, chat = request.app[WORLD], int(request.query["chat"])
    doings.check_inside(world, person_of(request), chat)
    return web.json_response({"versions": world.chats.versions(chat, int(request.query["message"]))})


async def asked(request: web.Request) -> tuple[World, Json, int, int]:
    """World, body, person and chat of a deed."""
    body: Any = await request.json()
    person = int(body["user"])
    return request.app[WORLD], body, person, int(body.get("chat") or person)


@routes.post("/chat/api/send")
async def send(request: web.Request) -> web.Response:
    world, body, person, chat = await asked(request)
    message = doings.say(world, person, chat, str(body["text"]), body.get("reply_to"))
    return web.json_response(world.chats.shown(message))


@routes.post("/chat/api/upload")
async def upload(request: web.Request) -> web.Response:
    """A photo or document as the body; who, where and what in the query."""
    world, asked_for = request.app[WORLD], request.query
    kind = "photo" if asked_for.get("kind") == "photo" else "document"
    sent = Upload(asked_for.get("name") or "file", await request.read())
    caption = asked_for.get("caption", "")
    message = await doings.show(world, person_of(request), int(asked_for["chat"]), kind, sent, caption)
    return web.json_response(world.chats.shown(message))


@routes.post("/chat/api/press")
async def press(request: web.Request) -> web.Response:
    world, body, person, chat = await asked(request)
    force = bool(body.get("force"))
    return web.json_response(
        {"callback": doings.press(world, person, chat, int(body["message"]), str(body["data"]), force=force)}
    )


@routes.post("/chat/api/edit")
async def edit(request: web.Request) -> web.Response:
    world, body, person, chat = await asked(request)
    message = doings.rewrite(world, person, chat, int(body["message"]), str(body["text"]))
    return web.json_response(world.chats.shown(message))


@routes.post("/chat/api/delete")
async def delete(request: web.Request) -> web.Response:
    world, body, person, chat = await asked(request)
    doings.delete(world, person, chat, int(body["message"]))
    return web.json_response({})


@routes.post("/chat/api/{what:block|unblock}")
async def block(request: web.Request) -> web.Response:
    world, _, person, _ = await asked(request)
    (doings.block if request.match_info["what"] == "block" else doings.unblock)(world, person)
    return web.json_response({})


@routes.post("/chat/api/read")
async def read(request: web.Request) -> web.Response:
    world, body, person, chat = await asked(request)
    doings.check_inside(world, person, chat)
    world.chats.read(chat, person, int(body["message"]))
    return web.json_response({})


@routes.get("/chat/api/callback/{id}")
async def callback(request: web.Request) -> web.Response:
    """One press: its data and the bot's answer, null until there is one."""
    sql = "SELECT * FROM presses WHERE id = :id"
    row = request.app[WORLD].store.one(sql, id=request.match_info["id"])
    if row is None:
        raise Refused("there is no such press")
    return web.json_response(row | {"answer": loaded(row["answer"])})


@routes.get("/chat/api/file/{id}")
async def file(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    row = world.files.row(request.match_info["id"])
    place = world.files.place(row["path"]) if row else None
    if row is None or place is None:
        raise Refused("there is no such file")
    shown = "inline" if row["kind"] == "photo" else "attachment"
    name = f"{shown}; filename*=UTF-8''{quote(row['name'] or 'file')}"
    headers = {"Content-Type": row["mime"], "Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return web.FileResponse(place, headers=headers)
