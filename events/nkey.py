"""NATS's own keys: prove with a seed who we are. (The `nkeys` package needs a second library for curves.)"""

from __future__ import annotations

import base64
import binascii

USER = 20 << 3  # prefix byte of a user's public key: it begins with U


def proof(seed: str, nonce: str) -> tuple[str, str]:
    """(public key, signature of the server's nonce) for CONNECT. Raises ValueError for what is no user's seed."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = base64.b32decode(seed + "=" * (-len(seed) % 8))
    if len(raw) != 36 or binascii.crc_hqx(raw[:-2], 0) != int.from_bytes(raw[-2:], "little"):
        raise ValueError("not the seed of a NATS user")
    key = Ed25519PrivateKey.from_private_bytes(raw[2:34])
    public = bytes([USER]) + key.public_key().public_bytes_raw()
    checked = public + binascii.crc_hqx(public, 0).to_bytes(2, "little")
    return base64.b32encode(checked).decode().rstrip("="), base64.b64encode(key.sign(nonce.encode())).decode()
