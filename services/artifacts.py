"""Pictures in the object store `artifacts`, kept seven days."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import UTC, datetime

from nats.aio.client import Client

from events.reading import DirectReader
from services.writing import write

CHUNK = 128 * 1024
WHAT = "the artifact store"


class Artifacts:
    """Writes and reads objects in JetStream's object-store layout, so that `nats object get` reads them too."""

    def __init__(self, nc: Client, reader: DirectReader) -> None:
        self._nc, self._reader = nc, reader

    async def put(self, name: str, data: bytes) -> str:
        """Keep `data` as `name` (letters, digits, `-`, `.`); gives the name. Raises Unavailable."""
        nuid = secrets.token_hex(11)
        chunks = [data[i : i + CHUNK] for i in range(0, len(data), CHUNK)]
        for chunk in chunks:
            await write(self._nc, WHAT, f"$O.artifacts.C.{nuid}", chunk)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()
        info = {
            "name": name,
            "bucket": "artifacts",
            "nuid": nuid,
            "size": len(data),
            "chunks": len(chunks),
            "digest": f"SHA-256={digest}",
            "mtime": datetime.now(UTC).isoformat(),
            "options": {"max_chunk_size": CHUNK},
        }
        await write(self._nc, WHAT, self._meta(name), json.dumps(info).encode(), {"Nats-Rollup": "sub"})
        return name

    @staticmethod
    def _meta(name: str) -> str:
        return f"$O.artifacts.M.{base64.urlsafe_b64encode(name.encode()).decode()}"

    async def get(self, name: str) -> bytes | None:
        """The object, or None where it is gone."""
        meta = await self._reader.last("OBJ_artifacts", self._meta(name))
        if meta is None:
            return None
        info = json.loads(meta.data)
        body = {"seq": 1, "next_by_subj": f"$O.artifacts.C.{info['nuid']}", "batch": info["chunks"]}
        found = await self._reader.ask("OBJ_artifacts", body)
        return b"".join(message.data for message in found)
