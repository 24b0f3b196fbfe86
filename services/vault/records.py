"""The bucket's layout: `<user>.key` is the wrapped data key, `<user>.<place>` a sealed record."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import msgspec

from events.errors import Conflict, NotAllowed, UsherError
from services.buckets import Bucket
from services.vault.master import KeySource, WrongMasterKey, alone
from services.vault.sealing import (
    DataKey,
    DoesNotOpen,
    MasterKeys,
    master_id,
    new_data_key,
    unseal_first_version,
    unwrap,
    wrapped_by,
)

CARDS, CONTACT, SESSION = "cards", "contact", "session"
PLACES = (CARDS, CONTACT, SESSION)
KEY = "key"
TRIES = 3


class _FirstVersion(msgspec.Struct):
    """The single record of usher 0.1."""

    cards: dict[str, tuple[str, str]] = {}
    email: str = ""
    phone: str = ""
    session: str = ""


class Opened:
    """What lies open of one user: plain text and revision by place, and the data key, if there is one yet."""

    def __init__(self, key: DataKey | None, plain: dict[str, bytes], revisions: dict[str, int]) -> None:
        self.key, self.plain, self.revisions = key, plain, revisions
        self.remains: tuple[str, ...] = ()  # records whose key is destroyed

    def __repr__(self) -> str:
        return f"Opened({', '.join(self.plain)})"


class Records:
    """Opens and seals records. Master keys are read again when one is met that is not known: it was rotated."""

    def __init__(self, bucket: Bucket, source: KeySource) -> None:
        self.bucket, self.source = bucket, source
        self._known: MasterKeys | None = None

    async def open(self, user: str) -> Opened:
        """Everything of one user. Raises WrongMasterKey, UsherError where a record is not what was sealed there."""
        tries, before = 0, None
        while True:
            tries += 1
            found = await self.bucket.entries(user, f"{user}.>")
            try:
                return await self._open(user, found)
            except WrongMasterKey:  # read while a rotation wrapped the key anew: read both again
                wrapped = found.get(f"{user}.{KEY}")
                if tries >= TRIES and wrapped == before:
                    raise
                before = wrapped

    async def _open(self, user: str, found: dict[str, tuple[bytes | None, int]]) -> Opened:
        revisions = {place: found.get(f"{user}.{place}", (None, 0))[1] for place in (KEY, *PLACES)}
        sealed = {place: value for place in PLACES if (value := found.get(f"{user}.{place}", (None, 0))[0])}
        wrapped = found.get(f"{user}.{KEY}", (None, 0))[0]
        old = found.get(user, (None, 0))[0]
        if old is not None:
            return await self._migrated(user, old, found)
        if wrapped is None:
            opened = Opened(None, {}, revisions)
            opened.remains = tuple(sealed)
            return opened
        key = self.unwrap(user, wrapped)
        try:
            plain = {place: key.unseal(user, place, text) for place, text in sealed.items()}
        except DoesNotOpen:
            raise UsherError(f"the vault's records of {user} were changed or swapped: restore a backup") from None
        return Opened(key, plain, revisions)

    def unwrap(self, user: str, wrapped: bytes) -> DataKey:
        """The user's data key. Raises WrongMasterKey, UsherError where it was changed."""
        try:
            return unwrap(self._master(wrapped_by(wrapped)), user, wrapped)
        except DoesNotOpen:
            raise UsherError(f"the data key of {user} was changed or swapped: restore a backup") from None

    def _master(self, wanted: bytes) -> bytes:
        if self._known is None or self._known.find(wanted) is None:
            self._known = self.source.load()
        found = self._known.find(wanted) if self._known else None
        if found is None:
            here = ", ".join(self._known.ids) if self._known else "none"
            raise WrongMasterKey(
                f"the vault was sealed under master key {wanted.hex()}; {self.source.where} holds {here}. "
                "Put the right key there: `usher key init --from FILE` takes what `usher key export` wrote."
            )
        return found

    async def write(self, user: str, place: str, plain: bytes, opened: Opened) -> None:
        """Seal a record where `opened` found the place. Raises Conflict where it changed meanwhile."""
        if opened.remains:  # a forgetting that was cut short: what nobody can open must not lie beside a new key
            for left in opened.remains:
                await self.bucket.purge(f"{user}.{left}")
            raise Conflict("the vault was just cleared: try again")
        key = opened.key or await self._new_key(user, opened.revisions[KEY])
        await self.bucket.put(f"{user}.{place}", key.seal(user, place, plain), opened.revisions[place])

    async def _new_key(self, user: str, revision: int) -> DataKey:
        # A rotation that passed between reading the master key and writing would leave a data key nobody can unwrap.
        async with contextlib.nullcontext() if self.source.lock is None else alone(self.source.lock):
            key, wrapped = new_data_key((self.source.load() or self.source.create()).current, user)
            await self.bucket.put(f"{user}.{KEY}", wrapped, revision)
        return key

    async def forget(self, user: str) -> None:
        """Destroy the data key first, then what it sealed, with all older revisions. Raises Unavailable."""
        for place in (KEY, *PLACES):
            await self.bucket.purge(f"{user}.{place}")
        await self.bucket.purge(user)

    async def _migrated(self, user: str, old: bytes, found: dict[str, tuple[bytes | None, int]]) -> Opened:
        """Move the single record of usher 0.1 to this layout, where this actor may write; its content either way."""
        secrets = self._first_version(user, old)
        contact = msgspec.json.encode({"email": secrets.email, "phone": secrets.phone})
        parts = {CARDS: msgspec.json.encode(secrets.cards), CONTACT: contact, SESSION: secrets.session.encode()}
        del found[user]
        opened = await self._open(user, found)
        try:
            for place, plain in parts.items():
                if place not in opened.plain:
                    await self.write(user, place, plain, opened)
                    opened = await self._open(user, await self.bucket.entries(f"{user}.>"))
            await self.bucket.purge(user)
        except Conflict:  # another one migrates just now
            return await self._open(user, await self.bucket.entries(f"{user}.>"))
        except NotAllowed:
            opened.plain = parts | opened.plain
        return opened

    def _first_version(self, user: str, old: bytes) -> _FirstVersion:
        keys: Sequence[bytes] = tuple(self.source.load() or ())
        for key in keys:
            with contextlib.suppress(DoesNotOpen):
                return msgspec.json.decode(unseal_first_version(key, user, old), type=_FirstVersion)
        raise WrongMasterKey(
            f"the vault cannot be opened with the master key in {self.source.where}: put the right key there"
        )


def current_id(keys: MasterKeys) -> bytes:
    """The id of the key that seals."""
    return master_id(keys.current)
