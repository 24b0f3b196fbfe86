"""The log over a plain socket, blocking: for commands that ask a few questions and end.

Loading nats-py takes longer than such a command may (it brings aiohttp, for websockets): a command of the shell that
only reads speaks the few lines of NATS's protocol itself. Whatever follows or writes uses nats-py.
"""

from __future__ import annotations

import base64
import json
import secrets
import socket
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import ParseResult, urlparse

from events.chain import broken_off, chain, sequence_of
from events.errors import Unavailable
from events.nkey import proof

if TYPE_CHECKING:
    import ssl

PAGE = 1_000  # messages a request


class Kept(NamedTuple):
    """One message as it came: headers (None: none), body. `Status` stands among the headers."""

    headers: dict[str, str] | None
    data: bytes


class Wire:
    """A connection to the first of several servers (`nats://[user:password@]host:port,…`) that answers.

    `seed`: the NATS user to be, where the server knows users; `inbox`: what answers come to; `tls`: the handshake comes
    before the first word. Raises Unavailable.
    """

    def __init__(
        self,
        url: str,
        timeout: float = 5.0,
        seed: str = "",
        inbox: str = "_INBOX",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._socket, server = _dial(url.split(","), timeout, tls)
        self._lines = self._socket.makefile("rb")
        self._inbox = f"{inbox}.{secrets.token_hex(11)}"
        self._asked = 0
        self._greet(server, seed, secured=tls is not None)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._lines.close()
        self._socket.close()

    def _greet(self, url: ParseResult, seed: str, secured: bool) -> None:
        verb, info = self._line()
        if verb != "INFO":
            raise Unavailable(f"{url.hostname} is no NATS server")
        server = json.loads(info)
        if server.get("tls_required") and not secured:
            import ssl

            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=url.hostname)
            self._lines = self._socket.makefile("rb")
        hello: dict[str, Any] = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True}
        hello |= {"lang": "python", "version": "0", "protocol": 1, "name": "usher"}
        if url.username:
            hello |= {"user": url.username, "pass": url.password} if url.password else {"auth_token": url.username}
        if seed and "nonce" in server:
            public, signature = proof(seed, server["nonce"])
            hello |= {"nkey": public, "sig": signature}
        self._send(f"CONNECT {json.dumps(hello)}\r\nPING\r\nSUB {self._inbox}.* 1\r\n".encode())
        while self._line()[0] != "PONG":
            pass

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as lost:
            raise Unavailable(f"the connection to NATS broke: {lost}") from None

    def _line(self) -> tuple[str, str]:
        try:
            text = self._lines.readline().decode()
        except OSError as lost:
            raise Unavailable(f"NATS does not answer: {lost}") from None
        if not text:
            raise Unavailable("NATS closed the connection")
        verb, _, rest = text.strip().partition(" ")
        if verb == "-ERR":
            raise Unavailable(f"NATS refuses us: {rest}")
        return verb, rest

    def _next(self) -> tuple[int, Kept]:
        """The next answer, and which question it is for."""
        while True:
            verb, rest = self._line()
            if verb == "PING":
                self.pong()
            elif verb in {"MSG", "HMSG"}:
                words = rest.split()
                raw = self._lines.read(int(words[-1]) + 2)[:-2]
                split = int(words[-2]) if verb == "HMSG" else 0
                return int(words[0].rsplit(".", 1)[1]), Kept(header_lines(raw[:split]) if split else None, raw[split:])

    def inbox(self, name: str) -> str:
        """A subject that only this connection hears."""
        return f"{self._inbox}.{name}"

    def some(self, most: int) -> bytes:
        """What has come: at least a byte, at most so many. For whoever cuts the messages itself. Raises Unavailable."""
        try:
            found = self._lines.read1(most)
        except OSError as lost:
            raise Unavailable(f"NATS does not answer: {lost}") from None
        if not found:
            raise Unavailable("NATS closed the connection")
        return found

    def say(self, subject: str, body: bytes = b"", reply: str = "") -> None:
        """Publish; an answer comes to the inbox `reply`. Raises Unavailable."""
        to = f" {self.inbox(reply)}" if reply else ""
        self._send(f"PUB {subject}{to} {len(body)}\r\n".encode() + body + b"\r\n")

    def hear(self, name: str) -> str:
        """Listen to an inbox of its own; its subject. A consumer pushes to none that is heard by a wildcard only."""
        subject = self.inbox(name)
        self._send(f"SUB {subject} 2\r\n".encode())
        return subject

    def pong(self) -> None:
        """Answer a server that asks whether we live."""
        self._send(b"PONG\r\n")

    def _publish(self, subject: str, body: bytes) -> int:
        self._asked += 1
        self.say(subject, body, str(self._asked))
        return self._asked

    def ask(self, subject: str, body: Any = None) -> Any:
        """One request with a JSON body; its JSON answer, None where nobody listens. Raises Unavailable."""
        number = self._publish(subject, json.dumps(body).encode() if body is not None else b"")
        while True:
            answered, reply = self._next()
            if answered == number:
                return None if (reply.headers or {}).get("Status") == "503" else json.loads(reply.data)

    def get(self, stream: str, body: dict[str, Any]) -> list[Kept]:
        """A direct get that may answer with many messages. Raises Unavailable."""
        number = self._publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(body).encode())
        found: list[Kept] = []
        while True:
            answered, reply = self._next()
            if answered != number:
                continue
            status = (reply.headers or {}).get("Status")
            if status is None:
                found.append(reply)
            elif status == "503":
                raise Unavailable(f"stream {stream} does not answer: run `usher doctor`")
            elif "multi_last" in body and broken_off(reply.headers or {}):
                raise Unavailable(f"the server cannot read a message of {stream} that it holds: run `usher verify`")
            else:
                return found

    def at(self, stream: str, sequences: Sequence[int]) -> list[Kept | None]:
        """The messages with those sequences, asked for at once; None where one is gone."""
        subject = f"$JS.API.DIRECT.GET.{stream}"
        questions = {self._publish(subject, b'{"seq":%d}' % sequence): sequence for sequence in sequences}
        found: dict[int, Kept | None] = {}
        while len(found) < len(questions):
            number, reply = self._next()
            if number in questions:
                found[questions[number]] = None if "Status" in (reply.headers or {}) else reply
        return [found[sequence] for sequence in sequences]

    def last(self, stream: str, subject: str) -> Kept | None:
        """The last message of a subject (wildcards allowed)."""
        found = self.get(stream, {"multi_last": [subject], "batch": 200})
        return max(found, key=sequence_of, default=None)

    def newest(self, stream: str, subject: str, count: int) -> list[Kept]:
        """The last messages of one subject, newest first."""
        found: list[Kept] = []
        before = None
        while len(found) < count:
            ask: dict[str, Any] = {"multi_last": [subject], "batch": 1}
            page = self.get(stream, ask | ({"up_to_seq": before} if before else {}))
            if not page:
                break
            found += page
            before = sequence_of(page[0]) - 1
            if before == 0:
                break
        return found

    def history(self, stream: str, subject: str) -> list[Kept]:
        """Every message of one key, oldest first; see events.chain. [] for an unknown one. Raises UsherError."""
        lacking = chain(stream, subject, self.get(stream, {"multi_last": [subject], "batch": 200}))
        try:
            wanted = next(lacking)
            while True:
                wanted = lacking.send(self.at(stream, wanted))
        except StopIteration as done:
            found: list[Kept] = done.value
            return found

    def scan(self, stream: str, subject: str, after: int = 0, page: int = PAGE) -> Iterator[Kept]:
        """Every message whose subject fits, in stream order, page by page. The server walks the stream for it."""
        while found := self.get(stream, {"seq": after + 1, "next_by_subj": subject, "batch": page}):
            yield from found
            after = sequence_of(found[-1])

    def object(self, name: str, bucket: str = "artifacts") -> bytes | None:
        """An object of an object store, or None where it is gone."""
        encoded = base64.urlsafe_b64encode(name.encode()).decode()
        meta = self.last(f"OBJ_{bucket}", f"$O.{bucket}.M.{encoded}")
        if meta is None:
            return None
        body = json.loads(meta.data)
        chunks = f"$O.{bucket}.C.{body['nuid']}"
        found = self.get(f"OBJ_{bucket}", {"seq": 1, "next_by_subj": chunks, "batch": max(1, body["chunks"])})
        return b"".join(chunk.data for chunk in found)

    def info(self, stream: str, **ask: Any) -> dict[str, Any]:
        """The stream's state: messages, first_seq, last_seq, … Raises Unavailable where there is no such stream."""
        answer = self.ask(f"$JS.API.STREAM.INFO.{stream}", ask or None)
        if answer is None or "error" in answer:
            raise Unavailable(f"there is no stream {stream}: `usher up` creates it")
        state: dict[str, Any] = answer["state"]
        return state


def _dial(urls: Sequence[str], timeout: float, tls: ssl.SSLContext | None) -> tuple[socket.socket, ParseResult]:
    for text in urls:
        url = urlparse(text if "://" in text else f"nats://{text}")
        try:
            port = url.port or 4222
        except ValueError:
            raise Unavailable(f'"{text}" is no address of NATS, such as nats://127.0.0.1:4222') from None
        try:
            found = socket.create_connection((url.hostname or "", port), timeout)
            if tls is not None:
                found = tls.wrap_socket(found, server_hostname=url.hostname)
        except OSError as wrong:
            if why := getattr(wrong, "verify_message", ""):  # ssl's, which takes its time to load
                raise Unavailable(f"the certificate of {url.hostname} is not trusted: {why}") from None
            continue
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found, url
    places = ", ".join(text.rpartition("//")[2].rpartition("@")[2] for text in urls)
    raise Unavailable(f"NATS does not answer at {places}. Is `usher up` running?")


def header_lines(raw: bytes) -> dict[str, str]:
    """`NATS/1.0 204 EOB` and the names below it; a status stands under `Status`, its words under `Description`."""
    first, *lines = raw.decode("utf-8", "replace").split("\r\n")
    try:
        found = dict([line.split(": ", 1) for line in lines[:-2]])  # as everybody writes them; twice as fast
    except ValueError:
        found = {}
        for line in lines:
            name, separator, value = line.partition(":")
            if separator:
                found[name.strip()] = value.strip()
    if status := first[8:].strip():
        found["Status"], _, found["Description"] = status.partition(" ")
    return found
