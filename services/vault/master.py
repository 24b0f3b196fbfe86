"""Where master keys lie: a file of mode 0600, the environment, or the operating system's keyring.

The text is the same everywhere: keys of 64 hexadecimal digits, oldest first; lines that start with # are remarks.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from events.errors import Unavailable, UsherError
from services.vault.sealing import KEY, MasterKeys

FILE, VARIABLE, SERVICE = "master.key", "USHER_MASTER_KEY", "usher"


class WrongMasterKey(UsherError):
    """The vault was sealed under a master key that is not here."""


class KeySource(Protocol):
    """Keeps master keys. `where` names the place for people; `lock` is a file to be alone with while changing them,
    None where usher cannot change them.
    """

    where: str

    @property
    def lock(self) -> Path | None: ...

    def load(self) -> MasterKeys | None:
        """The keys as they lie there now, None where there are none. Raises UsherError."""

    def save(self, keys: MasterKeys) -> None:
        """Replace them. Raises UsherError where they cannot be written."""

    def create(self) -> MasterKeys:
        """A first key, unless another process was faster: then its key."""


def parse(text: str, where: str) -> MasterKeys | None:
    """Keys from their text. Raises UsherError, which repeats nothing of it."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    words = " ".join(lines).replace(",", " ").split()
    try:
        keys = [bytes.fromhex(word) for word in words]
    except ValueError:
        keys = [b""]
    if any(len(key) != KEY for key in keys):
        raise UsherError(f"{where} holds no key of 64 hexadecimal digits. Restore it: `usher key init --from FILE`.")
    return MasterKeys(keys) if keys else None


def written(keys: MasterKeys) -> str:
    """The keys' text."""
    return "".join(f"{key.hex()}\n" for key in keys)


class FileKeys:
    """A file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        self._path, self.where = path, str(path)
        self.lock: Path | None = path.with_name("master.lock")

    def load(self) -> MasterKeys | None:
        """See KeySource."""
        try:
            mode, text = self._path.stat().st_mode, self._path.read_text()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as wrong:
            raise UsherError(f"{self._path} cannot be read ({wrong}): restore it from your export") from None
        if mode & 0o077:
            raise UsherError(f"{self._path} can be read by others. Allowed: mode 0600. Run: chmod 600 {self._path}")
        return parse(text, self.where)

    def save(self, keys: MasterKeys) -> None:
        """See KeySource."""
        new = self._beside(keys)
        try:
            new.replace(self._path)
        except OSError as wrong:
            new.unlink(missing_ok=True)
            raise UsherError(f"{self._path} cannot be written ({wrong.strerror})") from None

    def create(self) -> MasterKeys:
        """See KeySource."""
        new = self._beside(MasterKeys([secrets.token_bytes(KEY)]))
        with contextlib.suppress(FileExistsError):
            os.link(new, self._path)  # unlike a rename it never replaces another process's key
        new.unlink()
        keys = self.load()
        if keys is None:
            raise UsherError(f"{self._path} cannot be made: is the disk full?")
        return keys

    def _beside(self, keys: MasterKeys) -> Path:
        """The keys in a file of their own, on disk, ready to take the place."""
        path = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(written(keys))
                file.flush()
                os.fsync(file.fileno())
        except OSError as wrong:
            raise UsherError(f"{self._path} cannot be written ({wrong.strerror})") from None
        return path


class EnvironmentKeys:
    """Keys that whoever starts usher hands over. Only that person can change them."""

    where = VARIABLE
    lock: Path | None = None

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "EnvironmentKeys(•••)"

    def load(self) -> MasterKeys | None:
        """See KeySource."""
        return parse(self._text, self.where)

    def save(self, keys: MasterKeys) -> None:
        """See KeySource."""
        raise UsherError(f"the master key comes from {VARIABLE}: change it there, the new key after the old one")

    def create(self) -> MasterKeys:
        """See KeySource."""
        raise UsherError(f"{VARIABLE} is empty: put a key of 64 hexadecimal digits there")


class OsKeys:
    """The operating system's keyring, where the package `keyring` and a backend are installed."""

    where = "the operating system's keyring"

    def __init__(self, keyring: Any, home: Path) -> None:
        self._keyring, self._name = keyring, str(home.absolute())
        self.lock: Path | None = home / "master.lock"

    def load(self) -> MasterKeys | None:
        """See KeySource."""
        text = self._safely(self._keyring.get_password, SERVICE, self._name)
        return parse(text, self.where) if text else None

    def save(self, keys: MasterKeys) -> None:
        """See KeySource."""
        self._safely(self._keyring.set_password, SERVICE, self._name, written(keys))

    def create(self) -> MasterKeys:
        """See KeySource."""
        keys = self.load() or MasterKeys([secrets.token_bytes(KEY)])
        self.save(keys)
        return keys

    def _safely(self, act: Any, *values: str) -> Any:
        try:
            return act(*values)
        except Exception as wrong:  # each backend has errors of its own, and their texts may hold the values
            raise UsherError(f"{self.where} refuses ({type(wrong).__name__}): is it unlocked?") from None


def open_os_keyring(home: Path) -> OsKeys | None:
    """The keyring, or None where the package or a usable backend is missing."""
    try:
        keyring, fail = (importlib.import_module(name) for name in ("keyring", "keyring.backends.fail"))
    except ImportError:
        return None
    return None if isinstance(keyring.get_keyring(), fail.Keyring) else OsKeys(keyring, home)


def find_master_keys(home: Path, from_environment: str = "") -> KeySource:
    """Where this home's master keys lie: the environment, else the file, else the keyring; else a file to be made."""
    if from_environment:
        return EnvironmentKeys(from_environment)
    file = FileKeys(home / FILE)
    if not (home / FILE).exists():
        kept = open_os_keyring(home)
        if kept is not None and kept.load() is not None:
            return kept
    return file


@asynccontextmanager
async def alone(lock: Path, within: float = 30.0) -> AsyncIterator[None]:
    """Alone in changing master keys. Raises Unavailable while another process does."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock.open("a+") as handle:
        for _ in range(round(within / 0.05)):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                await asyncio.sleep(0.05)
        else:
            raise Unavailable("another process changes the master key just now: try again")
        yield
