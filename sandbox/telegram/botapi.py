"""The Bot API's door: token, parameters, faults, the method, its answer, and a line in the record."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import time
from typing import Any

from aiohttp import web

from sandbox.telegram.errors import ApiError, bad
from sandbox.telegram.faults import BUSY_PAGE, MALFORMED, Fault, refusal
from sandbox.telegram.methods import GONE, METHODS
from sandbox.telegram.params import Params, read
from sandbox.telegram.world import WORLD, World

log = logging.getLogger(__name__)
routes = web.RouteTableDef()
REFUSALS = ("status_429", "status_500", "status_409", "status_403", "status_401", "status_400", "migrated")


def answered(result: Any) -> web.Response:
    """The good answer."""
    return web.json_response({"ok": True, "result": result})


def refused(error: ApiError) -> web.Response:
    """The bad answer: HTTP status and error_code are one."""
    headers = {"Retry-After": str(error.parameters["retry_after"])} if "retry_after" in error.parameters else None
    return web.json_response(error.body(), status=error.code, headers=headers)


def close(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _check_token(world: World, token: str) -> None:
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", token):
        raise ApiError(401, "Unauthorized: invalid token specified")
    if not hmac.compare_digest(token.encode(), world.people.bot_token.encode()):
        raise ApiError(401, "Unauthorized")


@routes.route("*", "/bot{token:[^/]*}/{method}")
async def call(request: web.Request) -> web.StreamResponse:
    world, began = request.app[WORLD], time.monotonic()
    name, method = METHODS.get(request.match_info["method"].lower(), (request.match_info["method"], None))
    params, fault, error = Params({}), "", None
    response: web.StreamResponse
    try:
        _check_token(world, request.match_info["token"])
        if method is None:
            log.warning("the bot called %r, which this server does not know", name)
            raise ApiError(404, "Not Found: method not found")
        params = await read(request)
        chat = params.text("chat_id")
        before = await _before(world, request, name, chat)
        fault = before[0].name if before[0] else ""
        if before[1] is not None:
            response = before[1]
        else:
            params.values[GONE] = lambda: request.transport is None or request.transport.is_closing()
            response = answered(await method(world, params))
            fault, response = await _after(world, request, name, chat, fault, response)
    except ApiError as no:
        error, response = no, refused(no)
    except UnicodeEncodeError:  # a lone surrogate
        error = bad("strings must be encoded in UTF-8")
        response = refused(error)
    except Exception:
        log.exception("%s failed", name)
        error = ApiError(500, "Internal Server Error")
        response = refused(error)
    world.calls.note(
        at=world.now(),
        method=name,
        chat=params.text("chat_id"),
        message=params.text("message_id"),
        ms=round((time.monotonic() - began) * 1000, 1),
        status=response.status,
        ok=error is None and response.status == 200 and not fault.startswith(("drop", "down", "html")),
        description=error.description if error else "",
        fault=fault,
    )
    return response


async def _before(world: World, request: web.Request, name: str, chat: str) -> tuple[Fault | None, web.Response | None]:
    """The faults that come before the deed: the one met, and the answer where it ends the call."""
    take = world.faults.take
    if fault := take(name, chat, "delay_before_ms"):
        await asyncio.sleep(fault.value / 1000)
    if fault := take(name, chat, "malformed_update"):
        world.updates.push("message", MALFORMED, force=True)
    if fault := take(name, chat, "down", "drop_before"):
        return fault, close(request)
    if fault := take(name, chat, "status_502", "html_200"):
        status = 502 if fault.name == "status_502" else 200
        return fault, web.Response(status=status, text=BUSY_PAGE, content_type="text/html")
    if (fault := take(name, chat, *REFUSALS)) and (error := refusal(fault)):
        return fault, refused(error)
    return None, None


async def _after(
    world: World, request: web.Request, name: str, chat: str, met: str, response: web.Response
) -> tuple[str, web.Response]:
    """The faults that come after the deed."""
    if fault := world.faults.take(name, chat, "delay_ms"):
        met = fault.name
        await asyncio.sleep(fault.value / 1000)
    if fault := world.faults.take(name, chat, "drop_after"):
        return fault.name, close(request)
    return met, response


@routes.get("/file/bot{token:[^/]*}/{path:.+}")
async def download(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    if world.faults.take("file", "", "down", "drop_before"):
        return close(request)
    try:
        _check_token(world, request.match_info["token"])
    except ApiError as no:
        return refused(no)
    place = world.files.place(request.match_info["path"])
    if place is None or not place.is_file():
        return refused(ApiError(404, "Not Found"))
    return web.FileResponse(place)
