"""The code that makes the first person in the chat the owner: single use, 72 bits, few tries, a week."""

from __future__ import annotations

import hmac
import secrets

import msgspec

from services.buckets import Bucket

KEY, MOST_TRIES = "pairing", 10


class _Code(msgspec.Struct):
    code: str
    tries: int = 0


class Pairing:
    """Keeps the code in the bucket `chat`, whose values live seven days."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def code(self) -> str:
        """The code to show the owner; a new one where none is valid. Raises Conflict, Unavailable."""
        value, revision = await self._bucket.current(KEY)
        if value is not None:
            return msgspec.json.decode(value, type=_Code).code
        made = _Code(secrets.token_urlsafe(9))
        await self._bucket.put(KEY, msgspec.json.encode(made), revision)
        return made.code

    async def fits(self, code: str) -> bool:
        """Whether that is the code. Wrong ones are counted; after ten the code is void. Raises Conflict."""
        found = await self._bucket.get(KEY)
        if found is None:
            return False
        held = msgspec.json.decode(found[0], type=_Code)
        if hmac.compare_digest(held.code.encode(), code.strip().encode()):
            return True
        held.tries += 1
        if held.tries >= MOST_TRIES:
            await self._bucket.delete(KEY, found[1])
        else:
            await self._bucket.put(KEY, msgspec.json.encode(held), found[1])
        return False

    async def used(self) -> None:
        """Void the code: its owner is known."""
        await self._bucket.delete(KEY)
