"""A disk that is full under nats-server: an append is refused or unanswered, never half done, and none that was
acknowledged is lost.
"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from events import orders as o
from events.errors import OutcomeUnknown, Unavailable
from events.settings import new_job_id, utc_now
from events.store import EventStore
from events.streams import ensure
from events.wish import Wish
from sandbox.nats_server import find_binary

CREATE = o.CreateJob("asha", Wish(film="Dune", city="Hyderabad"), utc_now() + timedelta(days=1))


class SmallDisk:
    """A nats-server on a disk of 4 MB of its own, which can be filled, freed, and the server started again."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self._folder, self._store = folder, folder / "store"
        self._store.mkdir()
        self._config = folder / "nats.conf"
        self._config.write_text(
            f"host: 127.0.0.1\nport: -1\nports_file_dir: '{folder}'\n"
            f"jetstream {{ store_dir: '{self._store}', sync_interval: always{more} }}\n"
        )
        self._shell: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """A shell in a mount namespace of its own; each line it reads starts the server again."""
        serve = f"while read line; do '{find_binary()}' -c '{self._config}'; done"
        script = f"mount -t tmpfs -o size=4m disk '{self._store}' && {serve}"
        with (self._folder / "log").open("ab") as log:
            self._shell = await asyncio.create_subprocess_exec(
                *("unshare", "-r", "-m", "sh", "-c", script),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self.again()

    async def again(self) -> None:
        """Start the server, after ending the one that runs."""
        assert self._shell is not None
        assert self._shell.stdin is not None
        for file in self._ports():
            os.kill(int(file.stem.rsplit("_", 1)[1]), 15)
            file.unlink()
        self._shell.stdin.write(b"\n")
        await self._shell.stdin.drain()

    def _ports(self) -> list[Path]:
        return list(self._folder.glob("nats-server_*.ports"))

    async def connect(self) -> Client:
        """A connection, as soon as JetStream answers."""
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(OSError, ValueError, IndexError, nats.errors.Error, Unavailable):
                    nc = await nats.connect(
                        json.loads(self._ports()[0].read_text())["nats"][0], pending_size=0, allow_reconnect=False
                    )
                    await ensure(nc)
                    return nc
                await asyncio.sleep(0.05)

    @property
    def _filler(self) -> Path:
        assert self._shell is not None
        return Path(f"/proc/{self._shell.pid}/root{self._store}/filler")

    def fill(self) -> None:
        """Take every free block."""
        handle = os.open(self._filler, os.O_WRONLY | os.O_CREAT)
        with contextlib.suppress(OSError):
            while True:
                os.write(handle, b"x" * 4096)
        os.close(handle)

    def free(self) -> None:
        """Give them back."""
        self._filler.unlink()

    async def stop(self) -> None:
        """End the shell and its server."""
        assert self._shell is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, 9)
        await self._shell.wait()


def mountable() -> bool:
    """Whether this user may mount a disk in a namespace of its own."""
    probe = ("unshare", "-r", "-m", "mount", "-t", "tmpfs", "x", "/mnt")
    return bool(shutil.which("unshare")) and subprocess.run(probe, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not mountable(), reason="no small disk can be mounted here (unshare -r -m)")


@asynccontextmanager
async def small_disk(folder: Path, more: str = "") -> AsyncIterator[SmallDisk]:
    """A SmallDisk until the block ends."""
    disk = SmallDisk(folder, more)
    await disk.start()
    try:
        yield disk
    finally:
        await disk.stop()


async def until_refused(store: EventStore) -> tuple[list[str], str, Exception]:
    """Create jobs until one cannot be; those that were acknowledged, that one, and why."""
    acked: list[str] = []
    for _ in range(5_000):
        job_id = new_job_id()
        try:
            await store.execute(job_id, CREATE)
        except (Unavailable, OutcomeUnknown) as wrong:
            return acked, job_id, wrong
        acked.append(job_id)
    raise AssertionError("the disk never got full")


async def test_a_full_disk_under_the_log_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    async with small_disk(tmp_path) as disk:
        nc = await disk.connect()
        store = EventStore(nc, "desk", timeout=1)
        await store.execute(new_job_id(), CREATE)
        disk.fill()
        acked, refused, wrong = await until_refused(store)
        assert "usher doctor" in str(wrong)
        await nc.close()
        disk.free()
        await disk.again()
        nc = await disk.connect()
        store = EventStore(nc, "desk")
        for job_id in acked:
            assert [record.name for record in await store.history(job_id)] == ["created"]
        await store.execute(refused, CREATE)
        assert [record.name for record in await store.history(refused)] == ["created"]
        await nc.close()


async def test_a_store_at_its_limit_refuses_and_says_so(tmp_path: Path) -> None:
    async with small_disk(tmp_path, ", max_file_store: 64KB") as disk:
        nc = await disk.connect()
        acked, _, wrong = await until_refused(EventStore(nc, "desk"))
        assert isinstance(wrong, Unavailable)
        assert "JOBS refused the event" in str(wrong)
        store = EventStore(nc, "reader")
        assert all([await store.history(job_id) for job_id in acked])
        await nc.close()
