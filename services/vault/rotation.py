"""A new master key while everything runs, and the proof that every record opens.

The new key is added first, then every data key is wrapped anew, then the old keys are dropped. Until then readers find
either; a reader that meets a key it does not know reads the keys again.
"""

from __future__ import annotations

import contextlib
import secrets

import msgspec

from events.errors import Conflict, UsherError
from services.vault.master import alone
from services.vault.records import KEY, Records, current_id
from services.vault.sealing import KEY as KEY_BYTES
from services.vault.sealing import MasterKeys, rewrap, wrapped_by


class Rotated(msgspec.Struct, frozen=True):
    """The id of the key that seals from now on, and how many data keys it wraps."""

    current: str
    rewrapped: int


class Proof(msgspec.Struct, frozen=True):
    """How many users' secrets open, and why others do not."""

    users: int
    trouble: tuple[str, ...]


async def rotate(records: Records) -> Rotated:
    """Make a new master key, wrap every data key under it, drop the older ones. Cut short, it is simply run again.

    Raises UsherError where the keys are not usher's to change, WrongMasterKey, Unavailable.
    """
    source = records.source
    if source.lock is None:
        return await _to_the_newest(records)
    async with alone(source.lock):
        old = source.load() or source.create()
        keys = MasterKeys([*old, secrets.token_bytes(KEY_BYTES)])
        source.save(keys)
        rewrapped = await rewrap_all(records, keys)
        source.save(MasterKeys([keys.current]))
    return Rotated(keys.ids[-1], rewrapped)


async def _to_the_newest(records: Records) -> Rotated:
    """Where the keys are not usher's to change, their keeper put a new one after the old one."""
    keys = records.source.load()
    if keys is None or len(keys.ids) < 2:
        where = records.source.where
        raise UsherError(f"the master key comes from {where}: put a new one after it there, restart, and ask again")
    return Rotated(keys.ids[-1], await rewrap_all(records, keys))


async def rewrap_all(records: Records, keys: MasterKeys) -> int:
    """Wrap every data key under the current master key; how many were. Raises WrongMasterKey."""
    done = 0
    while left := await _wrapped_by_others(records, keys):
        for user, (wrapped, revision) in left.items():
            records.unwrap(user, wrapped)  # says which key is missing
            old = keys.find(wrapped_by(wrapped))
            assert old is not None
            with contextlib.suppress(Conflict):  # forgotten or made anew meanwhile: the next round sees it
                new = rewrap(old, keys.current, user, wrapped)
                await records.bucket.put(f"{user}.{KEY}", new, revision)
                done += 1
    return done


async def _wrapped_by_others(records: Records, keys: MasterKeys) -> dict[str, tuple[bytes, int]]:
    found = await records.bucket.entries(f"*.{KEY}")
    return {
        key.removesuffix(f".{KEY}"): (value, revision)
        for key, (value, revision) in found.items()
        if value is not None and wrapped_by(value) != current_id(keys)
    }


async def verify(records: Records) -> Proof:
    """Open every record of every user. Raises Unavailable."""
    found = await records.bucket.entries(">")
    users = sorted({key.split(".")[0] for key, (value, _) in found.items() if value is not None})
    trouble: list[str] = []
    for user in users:
        try:
            await records.open(user)
        except UsherError as wrong:
            trouble.append(str(wrong))
    return Proof(len(users) - len(trouble), tuple(dict.fromkeys(trouble)))
