"""The parameters of one call, however they were sent: query string, form, multipart or JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from sandbox.telegram.errors import ApiError, bad

LARGEST_NUMBER = 2**53 - 1
LARGEST = 50 * 1024 * 1024  # bytes of one upload


@dataclass(frozen=True)
class Upload:
    """An uploaded file."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Params:
    """Values by name. Text where they came as text, JSON values where the body was JSON."""

    values: dict[str, Any]
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A string; "" where it is missing."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0, low: int | None = None, high: int | None = None) -> int:
        """A whole number, cut to its bounds and to what JSON holds; `default` where it is missing or no number."""
        try:
            number = int(self.text(name).strip() or default)
        except ValueError:
            number = default
        number = max(-LARGEST_NUMBER if low is None else low, number)
        return min(LARGEST_NUMBER if high is None else high, number)

    def flag(self, name: str) -> bool:
        """Telegram's booleans: true, yes and 1, in any case."""
        return self.text(name).strip().lower() in {"true", "yes", "1"}

    def parsed(self, name: str, what: str) -> Any:
        """A JSON value; None where it is missing. Raises 400 `can't parse <what> JSON object`."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {what} JSON object") from None


async def read(request: web.Request) -> Params:
    """Read a request. The body wins over the query string. Raises 413 and 400."""
    values: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    try:
        if request.content_type == "application/json":
            body = await request.text()
            sent = json.loads(body) if body.strip() else {}
            if not isinstance(sent, dict):
                raise bad("object expected as request body")
            values |= {name: value for name, value in sent.items() if value is not None}
        elif request.body_exists:
            for name, part in (await request.post()).items():
                if isinstance(part, web.FileField):
                    uploads[name] = Upload(part.filename or "file", part.file.read())
                elif isinstance(part, bytes | bytearray):
                    values[name] = bytes(part).decode()
                else:
                    values[name] = part
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None
    except (ValueError, HttpProcessingError):
        raise bad("can't parse the request's body") from None
    if any(len(upload.data) > LARGEST for upload in uploads.values()):
        raise ApiError(413, "Request Entity Too Large")
    return Params(values, uploads)
