"""The NATS users' seeds: one file of mode 0600 each, made on first start. Only public keys leave this folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import nkeys

from events.errors import UsherError
from events.permissions import NAMES, authorization
from events.settings import Settings
from usher.log import seeds_of, trusting


class Identities:
    """A folder of seeds, `<name>.seed`; a container needs only its own one. `ca`: the certificate by which the servers
    are known, empty where they speak without TLS."""

    def __init__(self, folder: Path, ca: str = "") -> None:
        self.folder, self._ca = folder, ca

    def path(self, name: str) -> Path:
        """Where the user's seed lies."""
        return self.folder / f"{name}.seed"

    def seed(self, name: str) -> str | None:
        """The user's seed, or None where there is none. Raises UsherError where others could read it."""
        path = self.path(name)
        try:
            mode, text = path.stat().st_mode, path.read_text().strip()
        except FileNotFoundError:
            return None
        except PermissionError:
            raise UsherError(f"{path} cannot be read: {_owner(path)}") from None
        except OSError as wrong:
            raise UsherError(f"{path} cannot be read ({wrong.strerror})") from None
        if mode & 0o077:
            raise UsherError(f"{path} can be read by others. Allowed: mode 0600. Run: chmod 600 {path}")
        try:
            self._public(text)
        except (ValueError, nkeys.NkeysError) as wrong:
            raise UsherError(f"{path} does not hold a usable seed ({wrong or type(wrong).__name__})") from None
        return text

    def make(self) -> dict[str, str]:
        """Make the seeds that are missing; every user's public key. Raises UsherError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return {name: self._public(self.seed(name) or self._made(name)) for name in NAMES}
        except (OSError, nkeys.NkeysError) as wrong:
            raise UsherError(
                f"{self.folder} does not hold usable seeds ({wrong}): delete it, it is made anew"
            ) from None

    def _made(self, name: str) -> str:
        seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER).decode()
        with os.fdopen(os.open(self.path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{seed}\n")
        return str(seed)

    @staticmethod
    def _public(seed: str) -> str:
        return str(nkeys.from_seed(bytearray(seed.encode())).public_key.decode())

    def authorization(self) -> str:
        """The embedded server's users; holds public keys only."""
        return authorization(self.make())

    def options(self, name: str) -> dict[str, Any]:
        """What `connect` needs to be this user; only the inbox where there is no seed (a server without users). Raises
        UsherError.

        The handshake comes before the server's first word: else whoever sits between could say that there is no TLS.
        """
        seed = self.seed(name)
        found: dict[str, Any] = {"inbox_prefix": f"_INBOX_{name}"} | ({"nkeys_seed_str": seed} if seed else {})
        if self._ca:
            found |= {"tls": trusting(self._ca), "tls_handshake_first": True}
        return found


def _owner(path: Path) -> str:
    """Why this process may not read the file; in a container names are of no use, users are numbers."""
    try:
        owner = path.stat().st_uid
    except OSError:
        return f"user {os.geteuid()} may not look into its folder"
    return f"it is user {owner}'s alone, and this is user {os.geteuid()}. In containers: USHER_UID (docs/operations.md)"


def identities_of(settings: Settings) -> Identities:
    """The seeds of this home, or those in USHER_NATS_KEYS."""
    return Identities(seeds_of(settings), settings.nats_ca)


def cluster_variable(name: str) -> str:
    """The environment variable that gives a cluster's server the user's public key."""
    return f"NKEY_{name.upper()}"
