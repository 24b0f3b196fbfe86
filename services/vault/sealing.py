"""The vault's cryptography, pure but for randomness: AES-256-GCM, a fresh 96-bit nonce each, everything bound.

A record: version (1 byte), id of its data key (8), nonce (12), ciphertext. It is bound to its owner, its place and its
key: moved anywhere else, it does not open. A wrapped data key: version, id of its master key (4), its own id (8),
nonce, ciphertext; bound to its owner and both ids.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x02"
KEY, NONCE, MASTER_ID, KEY_ID = 32, 12, 4, 8  # bytes


class DoesNotOpen(Exception):
    """The ciphertext is not what this key sealed for this owner and place."""


class MasterKeys:
    """Master keys, oldest first; the last one seals. Each is known by the first bytes of a hash over it."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)

    def __repr__(self) -> str:
        return f"MasterKeys({', '.join(self.ids)})"

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._keys)

    @property
    def ids(self) -> tuple[str, ...]:
        """The keys' ids in hexadecimal, oldest first; they tell nothing about the keys."""
        return tuple(master_id(key).hex() for key in self._keys)

    @property
    def current(self) -> bytes:
        """The key that seals."""
        return self._keys[-1]

    def find(self, wanted: bytes) -> bytes | None:
        """The key with that id, if it is here."""
        return next((key for key in self._keys if master_id(key) == wanted), None)


class DataKey:
    """The key of one user's records."""

    def __init__(self, key_id: bytes, key: bytes) -> None:
        self.key_id, self._cipher = key_id, AESGCM(key)

    def __repr__(self) -> str:
        return f"DataKey({self.key_id.hex()})"

    def seal(self, user: str, place: str, plain: bytes) -> bytes:
        """The record for this place."""
        nonce = secrets.token_bytes(NONCE)
        return VERSION + self.key_id + nonce + self._cipher.encrypt(nonce, plain, self._binding(user, place))

    def unseal(self, user: str, place: str, sealed: bytes) -> bytes:
        """What a record of this place holds. Raises DoesNotOpen."""
        start = 1 + KEY_ID
        if sealed[:start] != VERSION + self.key_id:
            raise DoesNotOpen
        try:
            nonce, text = sealed[start : start + NONCE], sealed[start + NONCE :]
            return self._cipher.decrypt(nonce, text, self._binding(user, place))
        except (InvalidTag, ValueError):
            raise DoesNotOpen from None

    def _binding(self, user: str, place: str) -> bytes:
        return f"usher/vault/2/{user}/{place}/{self.key_id.hex()}".encode()


def master_id(key: bytes) -> bytes:
    """What a master key is known by."""
    return hashlib.sha256(b"usher master key" + key).digest()[:MASTER_ID]


def new_data_key(master: bytes, user: str) -> tuple[DataKey, bytes]:
    """A fresh data key, and it wrapped for the bucket."""
    key_id, key = secrets.token_bytes(KEY_ID), secrets.token_bytes(KEY)
    return DataKey(key_id, key), _wrap(master, user, key_id, key)


def _wrap(master: bytes, user: str, key_id: bytes, key: bytes) -> bytes:
    nonce, wrapper = secrets.token_bytes(NONCE), master_id(master)
    text = AESGCM(master).encrypt(nonce, key, _key_binding(user, key_id, wrapper))
    return VERSION + wrapper + key_id + nonce + text


def _key_binding(user: str, key_id: bytes, wrapper: bytes) -> bytes:
    return f"usher/vault/2/key/{user}/{key_id.hex()}/{wrapper.hex()}".encode()


def wrapped_by(wrapped: bytes) -> bytes:
    """The id of the master key that wrapped this data key."""
    return wrapped[1 : 1 + MASTER_ID]


def _unwrap(master: bytes, user: str, wrapped: bytes) -> tuple[bytes, bytes]:
    start = 1 + MASTER_ID + KEY_ID
    key_id, nonce, text = wrapped[1 + MASTER_ID : start], wrapped[start : start + NONCE], wrapped[start + NONCE :]
    try:
        return key_id, AESGCM(master).decrypt(nonce, text, _key_binding(user, key_id, wrapped_by(wrapped)))
    except (InvalidTag, ValueError):
        raise DoesNotOpen from None


def unwrap(master: bytes, user: str, wrapped: bytes) -> DataKey:
    """The data key of this user. Raises DoesNotOpen."""
    return DataKey(*_unwrap(master, user, wrapped))


def rewrap(old: bytes, new: bytes, user: str, wrapped: bytes) -> bytes:
    """The same data key under another master key. Raises DoesNotOpen."""
    return _wrap(new, user, *_unwrap(old, user, wrapped))


def unseal_first_version(master: bytes, user: str, sealed: bytes) -> bytes:
    """A record of usher 0.1: all secrets of a user as one, directly under the master key. Raises DoesNotOpen."""
    try:
        return AESGCM(master).decrypt(sealed[:NONCE], sealed[NONCE:], f"usher/vault/1/{user}".encode())
    except (InvalidTag, ValueError):
        raise DoesNotOpen from None
