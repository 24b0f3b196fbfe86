"""How a micro service answers: JSON, a result or an error that a person understands; nothing internal leaks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import structlog
from nats.micro.request import Request

from events.errors import BadInput, NotAllowed, UsherError

log = structlog.get_logger()
Ask = TypeVar("Ask")


def answering(kind: type[Ask], act: Callable[[Ask], Awaitable[Any]]) -> Callable[[Request], Awaitable[None]]:
    """A handler that reads the request as `kind` (strictly), acts and answers.

    An error's `kind` is bad_input (then `field` names it), the error's class, or internal; `code` is a stable name of
    the reason where people meet it.
    """

    async def handle(request: Request) -> None:
        try:
            body = await act(msgspec.json.decode(request.data or b"{}", type=kind))
        except msgspec.MsgspecError as wrong:
            body = {"error": f"the request cannot be read: {wrong}", "kind": "bad_input"}
        except BadInput as wrong:
            body = {"error": str(wrong), "kind": "bad_input", "field": wrong.field, "code": f"bad.{wrong.field}"}
            body["values"] = {"allowed": wrong.allowed, "example": wrong.example}
        except NotAllowed as wrong:
            body = {"error": str(wrong), "kind": "NotAllowed", "code": wrong.code}
        except UsherError as wrong:
            body = {"error": str(wrong), "kind": type(wrong).__name__}
        except Exception:  # an internal text must not leak into the answer's headers
            log.exception("service.failed", subject=request.subject)
            body = {"error": "usher failed inside: see its log", "kind": "internal"}
        await request.respond(msgspec.json.encode(body))

    return handle
