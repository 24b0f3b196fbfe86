"""Small helpers of JetStream's key-value layout: put, delete, get and compare-and-set on our declared buckets."""

from __future__ import annotations

from nats.aio.client import Client
from nats.aio.msg import Msg

from events.reading import DirectReader, sequence_of
from services.writing import write


class Bucket:
    """One declared bucket. Keys are `[-/_=.a-zA-Z0-9]`; values bytes."""

    def __init__(self, nc: Client, name: str, reader: DirectReader | None = None) -> None:
        self._nc, self._name, self._reader = nc, name, reader or DirectReader(nc)

    async def put(self, key: str, value: bytes, expected: int | None = None) -> int:
        """Write; with `expected` only at that revision (0: not there). Raises Conflict, Unavailable."""
        headers = {} if expected is None else {"Nats-Expected-Last-Subject-Sequence": str(expected)}
        return await self._publish(key, value, headers)

    async def delete(self, key: str, expected: int | None = None) -> int:
        """Mark the key as deleted; with `expected` only at that revision. Raises Conflict, Unavailable."""
        headers = {} if expected is None else {"Nats-Expected-Last-Subject-Sequence": str(expected)}
        return await self._publish(key, b"", headers | {"KV-Operation": "DEL"})

    async def purge(self, key: str) -> None:
        """Remove the key with all its older values. Raises Unavailable."""
        await self._publish(key, b"", {"KV-Operation": "PURGE", "Nats-Rollup": "sub"})

    async def _publish(self, key: str, value: bytes, headers: dict[str, str]) -> int:
        return await write(self._nc, f"bucket {self._name}", f"$KV.{self._name}.{key}", value, headers)

    async def get(self, key: str) -> tuple[bytes, int] | None:
        """Value and revision, or None."""
        value, revision = await self.current(key)
        return None if value is None else (value, revision)

    async def current(self, key: str) -> tuple[bytes | None, int]:
        """The value, or None, and the revision to expect on the next write: the value's, its deletion's, or 0."""
        message = await self._reader.last(f"KV_{self._name}", f"$KV.{self._name}.{key}")
        if message is None:
            return None, 0
        return None if _gone(message) else message.data, sequence_of(message)

    async def under(self, prefix: str) -> dict[str, bytes]:
        """All values whose key starts with `<prefix>.`; one request."""
        subject = f"$KV.{self._name}.{prefix}.>" if prefix else f"$KV.{self._name}.>"
        found = await self._reader.ask(f"KV_{self._name}", {"multi_last": [subject], "batch": 10_000})
        start = len(f"$KV.{self._name}.")
        return {(m.headers or {})["Nats-Subject"][start:]: m.data for m in found if not _gone(m)}

    async def entries(self, *keys: str) -> dict[str, tuple[bytes | None, int]]:
        """Value and revision of every key that fits one of these (`>` is a wildcard); None where it was deleted."""
        subjects = [f"$KV.{self._name}.{key}" for key in keys]
        found = await self._reader.ask(f"KV_{self._name}", {"multi_last": subjects, "batch": 10_000})
        start = len(f"$KV.{self._name}.")
        return {
            (m.headers or {})["Nats-Subject"][start:]: (None if _gone(m) else m.data, sequence_of(m)) for m in found
        }


def _gone(message: Msg) -> bool:
    return (message.headers or {}).get("KV-Operation") in {"DEL", "PURGE"}
