"""The log as JSON lines that need no NATS to be read. Each line carries the hash of all lines before it. Pure.

    {"usher":"archive","format":1,"of":…,"made":…,"hash":…}
    {"stream":"JOBS","sequence":1,"subject":"job.created.…","time":…,"headers":{…},"event":{…},"hash":…}
    {"artifact":"…-ticket-1.png","data":"<base64>","hash":…}
    {"end":<number of lines before>,"hash":…}

A body that is not JSON as usher writes it stands in `raw` (base64) instead of `event`. What the server adds to a
message (`Nats-…` but its id) is left out; `time` is when the log first stored it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from events.codec import ID, PREVIOUS, TIME
from events.errors import BadInput

FORMAT = 1
KEPT_BY_SERVER = "Nats-"
Line = dict[str, Any]
_encoder = msgspec.json.Encoder()


class Stored(msgspec.Struct, frozen=True):
    """One message of an archive, as it is published again."""

    stream: str
    sequence: int
    subject: str
    time: datetime
    headers: dict[str, str]
    data: bytes


class Sealer:
    """Turns lines into text, each sealed with the hash of itself and of all before it."""

    def __init__(self) -> None:
        self._hash, self._lines = "", 0

    def head(self, of: str, made: datetime) -> bytes:
        """The first line; `of` is a job's id or `all`."""
        return self.seal({"usher": "archive", "format": FORMAT, "of": of, "made": made.isoformat()})

    def seal(self, line: Line) -> bytes:
        """A line with its hash and its end."""
        self._hash = _hashed(self._hash, line)
        self._lines += 1
        return _encoder.encode(line | {"hash": self._hash}) + b"\n"

    def end(self) -> bytes:
        """The last line: without it a file was cut."""
        return self.seal({"end": self._lines})


def _hashed(before: str, line: Line) -> str:
    return hashlib.sha256(before.encode() + b"\n" + _encoder.encode(line)).hexdigest()


def message_line(
    stream: str, sequence: int, subject: str, time: datetime, headers: Mapping[str, str] | None, data: bytes
) -> Line:
    """A message as an archive keeps it."""
    found = headers or {}
    first = datetime.fromisoformat(found[TIME]) if TIME in found else time
    kept = {n: v for n, v in found.items() if n == ID or not (n.startswith(KEPT_BY_SERVER) or n in {TIME, "Status"})}
    line: Line = {"stream": stream, "sequence": sequence, "subject": subject}
    line |= {"time": first.astimezone(UTC).isoformat(), "headers": kept}
    try:
        event = msgspec.json.decode(data)
        if _encoder.encode(event) == data:
            return line | {"event": event}
    except msgspec.DecodeError:
        pass
    return line | {"raw": base64.b64encode(data).decode()}


def artifact_line(name: str, data: bytes) -> Line:
    """A picture or dump as an archive keeps it."""
    return {"artifact": name, "data": base64.b64encode(data).decode()}


def opened(lines: Iterable[bytes]) -> Iterator[Stored | tuple[str, bytes]]:
    """Messages, and artifacts as (name, data), of an archive; its lines are checked on the way.

    Raises BadInput naming the line that was changed, is missing or cannot be read.
    """
    digest, number, ended = "", 0, False
    for text in lines:
        number += 1
        try:
            line: Line = msgspec.json.decode(text)
            said = line.pop("hash")
        except (msgspec.DecodeError, KeyError, AttributeError, TypeError):
            raise _bad(number, "it is no line of an archive") from None
        digest = _hashed(digest, line)
        if said != digest:
            raise _bad(number, "it, or a line before it, was changed or is missing")
        if number == 1 and (line.get("usher") != "archive" or line.get("format") != FORMAT):
            raise _bad(
                number, f"format {line.get('format')} is not {FORMAT}: use the usher that wrote it, or a newer one"
            )
        ended = "end" in line
        if "stream" in line:
            yield _message(line)
        elif "artifact" in line:
            yield line["artifact"], base64.b64decode(line["data"])
    if not ended:
        raise _bad(number, "the file ends before its last line")


def _message(line: Line) -> Stored:
    data = base64.b64decode(line["raw"]) if "raw" in line else _encoder.encode(line["event"])
    time = datetime.fromisoformat(line["time"])
    return Stored(line["stream"], line["sequence"], line["subject"], time, line["headers"], data)


def _bad(number: int, wrong: str) -> BadInput:
    return BadInput("file", f"line {number}: {wrong}", "a file that `usher export` wrote, as it wrote it")


class Renumbered:
    """Gives messages the sequences they will have in an empty log, and mends what names a sequence."""

    def __init__(self) -> None:
        self._new: dict[tuple[str, int], int] = {}
        self._counts: dict[str, int] = {}

    def take(self, message: Stored) -> Stored:
        """The message as it is to be published next."""
        self._counts[message.stream] = sequence = self._counts.get(message.stream, 0) + 1
        self._new[message.stream, message.sequence] = sequence
        headers = message.headers | {TIME: message.time.isoformat()}
        before = headers.get(PREVIOUS, "0")
        if before.isdecimal() and before != "0":
            headers[PREVIOUS] = str(self._new.get((message.stream, int(before)), 0))
        return msgspec.structs.replace(message, sequence=sequence, headers=headers)
