"""`usher backup`: snapshots in an order that keeps causes with their effects, each proved by restoring it."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
from nats.aio.client import Client

from events.connection import QuickClient
from events.errors import BadInput, UsherError
from sandbox.nats_server import run_server
from usher.backup.snapshots import Snapshot, content_of, file_hash, load, save

# Effects before causes: what an event of JOBS names was there before it, so it is in a snapshot that is taken later.
# TIMERS and the wish list are missing: the scheduler derives them from JOBS.
KEPT = ("JOBS", "USERS", "LOOKS", "PARKED", "KV_vault", "KV_chat", "KV_shown", "KV_sites", "OBJ_artifacts")
LOGS = frozenset({"JOBS", "USERS"})  # nothing is ever removed from these
MANIFEST = "backup.json"


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. `taken_at`: UTC."""

    usher: str
    taken_at: datetime
    snapshots: tuple[Snapshot, ...]
    without: str = "the master key: keep what `usher key export` writes apart from this folder"


async def take(admin: Client, reader: Client, folder: Path) -> Manifest:
    """Copy every stream into a new folder, restore it on a throw-away server, compare the logs with the living ones.

    Raises BadInput, Unavailable, UsherError where the copy is not what the log holds.
    """
    _make(folder)
    taken_at = datetime.now(UTC)
    try:
        proved = await prove([await save(admin, stream, folder) for stream in KEPT], folder)
        for snapshot in proved:
            if snapshot.stream in LOGS and snapshot.content != await content_of(reader, snapshot.stream, snapshot.last):
                raise UsherError(f"the copy of {snapshot.stream} differs from the log: check the disk, take another")
    except BaseException:  # what is not whole must not be taken for a backup
        shutil.rmtree(folder, ignore_errors=True)
        raise
    manifest = Manifest(version("usher"), taken_at, proved)
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        if any(folder.iterdir()):
            raise BadInput("folder", f"{folder} is not empty", "a new or empty folder")
    except OSError as wrong:
        raise BadInput("folder", f"{folder} cannot be used ({wrong.strerror})", "a folder of your own") from None


async def prove(snapshots: Sequence[Snapshot], folder: Path) -> tuple[Snapshot, ...]:
    """Restore every file on a server of its own; the snapshots with the hash of what came out. Raises UsherError."""
    proved: list[Snapshot] = []
    with tempfile.TemporaryDirectory(prefix="usher-proof-") as place:
        key = secrets.token_hex(32)  # nothing readable stays behind in the disk's free blocks
        async with run_server(Path(place), sync_always=False, store_key=key) as server:
            nc = QuickClient()
            await nc.connect(server.url)
            try:
                for snapshot in snapshots:
                    if file_hash(folder / snapshot.file) != snapshot.sha256:
                        raise UsherError(f"{folder / snapshot.file} was changed: its hash is not the noted one")
                    await load(nc, snapshot, folder)
                    content = await content_of(nc, snapshot.stream, snapshot.last)
                    proved.append(msgspec.structs.replace(snapshot, content=content))
            finally:
                await nc.close()
    return tuple(proved)


def read_manifest(folder: Path) -> Manifest:
    """The backup in this folder, its files checked against their hashes. Raises BadInput, UsherError."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        raise BadInput("folder", f"{folder} holds no whole backup", "a folder that `usher backup` wrote") from None
    for snapshot in manifest.snapshots:
        if file_hash(folder / snapshot.file) != snapshot.sha256:
            raise UsherError(f"{folder / snapshot.file} was changed: its hash is not the noted one. Take another copy.")
    return manifest
