"""How a micro service answers: JSON, a result or an error that a person understands; nothing internal leaks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import structlog
from nats.micro.request import Request

from events.errors import BadInput, NotAllowed, UsherError
from services.commands import Commands

log = structlog.get_logger()
Ask = TypeVar("Ask", bound=msgspec.Struct)


def answering(
    kind: type[Ask],
    act: Callable[[Ask], Awaitable[Any]],
    commands: Commands | None = None,
    who: Callable[[Ask], str] = lambda ask: getattr(ask, "user", ""),
) -> Callable[[Request], Awaitable[None]]:
    """A handler that reads the request as `kind` (strictly), acts and answers. With `commands` a repeated request is
    done once, and `who` may not send too many.

    An error's `kind` is bad_input (then `field` names it), the error's class, or internal; `code` is a stable name of
    the reason where people meet it.
    """

    async def handle(request: Request) -> None:
        async def work() -> Any:
            try:
                ask = msgspec.json.decode(request.data or b"{}", type=kind)
            except RecursionError:
                raise BadInput("request", "it is nested too deep", "one JSON object") from None
            if commands is None:
                return await act(ask)
            command = (request.headers or {}).get("Nats-Msg-Id", "")
            return await commands.once(command, who(ask), request.subject, lambda: _told(request, lambda: act(ask)))

        await request.respond(msgspec.json.encode(await _told(request, work)))

    return handle


async def _told(request: Request, work: Callable[[], Awaitable[Any]]) -> Any:
    """The work's result, or its error as an answer."""
    try:
        return await work()
    except msgspec.MsgspecError as wrong:
        return {"error": f"the request cannot be read: {wrong}", "kind": "bad_input"}
    except BadInput as wrong:
        values = {"allowed": wrong.allowed, "example": wrong.example}
        code = f"bad.{wrong.field}"
        return {"error": str(wrong), "kind": "bad_input", "field": wrong.field, "code": code, "values": values}
    except NotAllowed as wrong:
        return {"error": str(wrong), "kind": "NotAllowed", "code": wrong.code}
    except UsherError as wrong:
        return {"error": str(wrong), "kind": type(wrong).__name__}
    except Exception:  # an internal text must not leak into the answer's headers
        log.exception("service.failed", subject=request.subject)
        return {"error": "usher failed inside: see its log", "kind": "internal"}
