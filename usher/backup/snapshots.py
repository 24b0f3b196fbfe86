"""JetStream's snapshot API (nats.py has none): a stream with its sequences, times and consumers into a file and back.

Publishing the messages anew would lose their times and, in the buckets, their sequences, which our events name.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from events.errors import Unavailable, UsherError
from events.reading import DirectReader, sequence_of
from events.streams import api

CHUNK = 128 * 1024
PATIENCE = 20.0  # s for one chunk
BATCH = 500
# what a direct get adds to a message, or what its place in the answer decides
_ADDED = ("Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp", "Nats-Num-Pending", "Nats-Last-Sequence")


class Snapshot(msgspec.Struct, frozen=True):
    """One stream in a backup. `sha256` is the file's, `content` that of all messages, in order, as they were read."""

    stream: str
    file: str
    sha256: str
    bytes: int
    messages: int
    last: int
    config: dict[str, Any]
    state: dict[str, Any]
    content: str = ""


async def save(nc: Client, stream: str, folder: Path) -> Snapshot:
    """Take one stream as it is at one moment. Raises Unavailable."""
    chunks: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = nc.new_inbox()
    heard = await nc.subscribe(inbox, cb=chunks.put, pending_msgs_limit=-1, pending_bytes_limit=-1)
    digest, size, file = hashlib.sha256(), 0, folder / f"{stream}.snapshot"
    try:
        answer = await api(nc, f"STREAM.SNAPSHOT.{stream}", {"deliver_subject": inbox, "chunk_size": CHUNK})
        if error := answer.get("error"):
            raise Unavailable(f"{stream} gives no snapshot: {error.get('description')}")
        with file.open("xb") as out:
            while (message := await asyncio.wait_for(chunks.get(), PATIENCE)).data:
                out.write(message.data)
                digest.update(message.data)
                size += len(message.data)
                if message.reply:  # flow control: the server waits for it
                    await nc.publish(message.reply, b"")
    except TimeoutError:
        raise Unavailable(f"the snapshot of {stream} stopped midway: is NATS up?") from None
    finally:
        await heard.unsubscribe()
    state = answer["state"]
    return Snapshot(
        stream, file.name, digest.hexdigest(), size, state["messages"], state["last_seq"], answer["config"], state
    )


async def load(nc: Client, snapshot: Snapshot, folder: Path, replicas: int = 1) -> None:
    """Make the stream anew from its file. Raises UsherError where it exists, Unavailable."""
    config = snapshot.config | {"num_replicas": replicas}
    answer = await api(nc, f"STREAM.RESTORE.{snapshot.stream}", {"config": config, "state": snapshot.state})
    if error := answer.get("error"):
        raise UsherError(f"{snapshot.stream} cannot be restored: {error.get('description')}")
    try:
        with (folder / snapshot.file).open("rb") as file:
            while chunk := file.read(CHUNK):
                reply = await nc.request(answer["deliver_subject"], chunk, timeout=PATIENCE)
                if reply.data and "error" in json.loads(reply.data):
                    raise UsherError(f"{snapshot.stream} cannot be restored: {json.loads(reply.data)['error']}")
        done = json.loads((await nc.request(answer["deliver_subject"], b"", timeout=60)).data)
    except (NatsError, TimeoutError):
        raise Unavailable(f"restoring {snapshot.stream} stopped midway: is NATS up?") from None
    if error := done.get("error"):
        raise UsherError(f"{snapshot.stream} cannot be restored: {error.get('description')}")


async def content_of(nc: Client, stream: str, until: int) -> str:
    """A hash over every message up to sequence `until`: place, subject, time, headers and body. Raises Unavailable."""
    reader, digest, following = DirectReader(nc), hashlib.sha256(), 1
    while following <= until:
        found = await reader.ask(stream, {"seq": following, "next_by_subj": ">", "batch": BATCH})
        for message in found:
            if sequence_of(message) <= until:
                digest.update(_print_of(message))
        if not found:
            break
        following = sequence_of(found[-1]) + 1
    return digest.hexdigest()


def _print_of(message: Msg) -> bytes:
    headers = message.headers or {}
    place = [headers[name] for name in ("Nats-Sequence", "Nats-Subject", "Nats-Time-Stamp")]
    own = sorted((name, value) for name, value in headers.items() if name not in _ADDED)
    body = hashlib.sha256(message.data).hexdigest()
    return json.dumps([place, own, body]).encode()


def file_hash(path: Path) -> str:
    """SHA-256 of a file. Raises UsherError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as wrong:
        raise UsherError(f"{path} cannot be read ({wrong.strerror})") from None
