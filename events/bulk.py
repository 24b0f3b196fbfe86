"""A whole stream over a plain socket, as fast as Python cuts bytes: for reading millions of events, and nothing else.

The server pushes through a nameless consumer (that costs it a fifth of what direct gets cost) and holds back by flow
control until we have caught up. Nothing is decoded here but where a message begins, its place, and its headers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from events.errors import Unavailable
from events.wire import Wire, header_lines

CHUNK = 1 << 20  # bytes read at once
BATCH = 4_000  # messages handed over at once
BEAT = 5_000_000_000  # ns between two signs of life of an idle server
Raw = tuple[str, dict[str, str] | None, bytes, int, int]  # subject, headers, body, sequence, ns since 1970


class Bulk:
    """Reads one stream from its start over a connection that does nothing else meanwhile."""

    def __init__(self, wire: Wire, stream: str, end: int) -> None:
        self._wire, self._stream, self._end = wire, stream, end
        self._buffer, self._delivered = b"", 0

    def batches(self) -> Iterator[list[Raw]]:
        """Messages in stream order, up to sequence `end`. Raises Unavailable where the server falls silent."""
        if self._end == 0:
            return
        self._wire.say(f"$JS.API.CONSUMER.CREATE.{self._stream}", json.dumps(self._consumer()).encode(), "made")
        found: list[Raw] = []
        while True:
            self._buffer += self._wire.some(CHUNK)
            found += self._cut()
            if found and found[-1][3] >= self._end:
                yield [raw for raw in found if raw[3] <= self._end]
                return
            if len(found) >= BATCH:
                yield found
                found = []

    def _consumer(self) -> dict[str, object]:
        config = {"deliver_policy": "all", "ack_policy": "none", "max_deliver": 1, "mem_storage": True}
        config |= {"deliver_subject": self._wire.hear("bulk.messages"), "num_replicas": 1}
        return {"stream_name": self._stream, "config": config | {"flow_control": True, "idle_heartbeat": BEAT}}

    def _cut(self) -> list[Raw]:
        """The whole messages that have come; what is left stays in the buffer."""
        buffer, at, found = self._buffer, 0, list[Raw]()
        while (eol := buffer.find(b"\r\n", at)) >= 0:
            words = buffer[at:eol].split(b" ")
            verb, start = words[0], eol + 2
            if verb not in {b"HMSG", b"MSG"}:
                self._other(verb, buffer[at:eol])
                at = start
                continue
            stop = start + int(words[-1])
            if stop + 2 > len(buffer):
                break
            split = start + int(words[-2]) if verb == b"HMSG" else start
            if len(words) == (6 if verb == b"HMSG" else 5) and words[3].startswith(b"$JS.ACK."):
                found.append(self._message(words, buffer[start:split], buffer[split:stop]))
            else:
                self._control(words, buffer[start:split], buffer[split:stop])
            at = stop + 2
        self._buffer = buffer[at:]
        return found

    def _message(self, words: list[bytes], headers: bytes, body: bytes) -> Raw:
        place = words[3].split(b".")
        more = 0 if len(place) == 9 else 2  # with a domain the ack subject is longer (ADR-15)
        self._delivered += 1
        if int(place[6 + more]) != self._delivered:
            raise Unavailable(f"messages of {self._stream} were lost on the way: try again")
        named = header_lines(headers) if headers else None
        return words[1].decode(), named, body, int(place[5 + more]), int(place[7 + more])

    def _control(self, words: list[bytes], headers: bytes, body: bytes) -> None:
        """A word of the server's: the consumer is made, or it waits until we say that we have come so far."""
        found = header_lines(headers)
        if found.get("Status") == "100":
            asked = words[3].decode() if len(words) == 6 else ""  # flow control wants a reply; a beat has none
            if caught_up := found.get("Nats-Consumer-Stalled", asked):
                self._wire.say(caught_up)
        elif body and "error" in (answer := json.loads(body)):
            raise Unavailable(f"{self._stream} cannot be read: {answer['error'].get('description')}")

    def _other(self, verb: bytes, line: bytes) -> None:
        if verb == b"PING":
            self._wire.pong()
        elif verb == b"-ERR":
            raise Unavailable(f"NATS refuses us: {line[5:].decode()}")
