"""Every actor as a process of its own, against one server and one cinema: to be killed, frozen and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

from sandbox.nats_server import NatsServer, run_server
from usher.bench.nursery import Nursery, alive, end


class Fleet:
    """The processes. `kill` is SIGKILL to the whole process group, so its browser dies too. `wards` and `litter`: see
    Nursery."""

    def __init__(
        self, home: Path, environment: dict[str, str], wards: tuple[Path, ...] = (), litter: Path | None = None
    ) -> None:
        self._environment = os.environ | {"USHER_HOME": str(home.absolute())} | environment
        self._home = home.absolute()
        self._log = self._home / "actors.log"
        self._nursery = Nursery(wards, litter)
        self._running: dict[str, int] = {}

    def has(self, actor: str) -> bool:
        """Whether its process runs."""
        return actor in self._running and alive(self._running[actor])

    def pids(self) -> dict[str, int]:
        """Who runs, and as which process."""
        return {actor: pid for actor, pid in self._running.items() if alive(pid)}

    async def start(self, actor: str, **more: str) -> None:
        """Start one actor's process under that name (`booker`, `booker2`)."""
        words = ("run", actor.rstrip("0123456789"))
        self._running[actor] = await self._nursery.start(words, self._home, self._log, self._environment | more)

    async def kill(self, actor: str) -> None:
        """End a process at once, as a power cut would."""
        pid = self._running.pop(actor)
        end(pid)
        while alive(pid):  # noqa: ASYNC110  it is no child of ours: nothing can be awaited
            await asyncio.sleep(0.005)

    def freeze(self, actor: str) -> None:
        """Stop a process where it stands; it notices nothing until it is thawed."""
        if actor in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running[actor], signal.SIGSTOP)

    def thaw(self, actor: str) -> None:
        """Let a frozen process go on."""
        if actor in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running[actor], signal.SIGCONT)

    def kill_browser(self, actor: str) -> bool:
        """SIGKILL to the Chromium of an actor; whether there was one (Linux: /proc)."""
        found = _chromium_below(self._running[actor]) if actor in self._running else None
        if found is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(found, signal.SIGKILL)
        return True

    async def stop(self) -> None:
        """End all."""
        for actor in list(self._running):
            await self.kill(actor)
        await self._nursery.close()

    def log(self) -> str:
        """The last lines of what the actors logged, without the looks that went well."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if "look.done" not in line][-60:])


def _chromium_below(pid: int) -> int | None:
    """The first process with a browser's name among the descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [pid]
    while waiting:
        one = waiting.pop(0)
        with contextlib.suppress(OSError):
            if one != pid and b"chrom" in Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")[0]:
                return one
        waiting += parents.get(one, [])
    return None


class Broker:
    """A nats-server that can be ended as a power cut would, and started again where clients look for it."""

    def __init__(self, folder: Path, users: str = "") -> None:
        self._folder, self._users, self._stack, self._port = folder, users, AsyncExitStack(), -1
        self.server = NatsServer("", "", 0)

    @property
    def port(self) -> int:
        """Where it listens, the same after each start."""
        return self._port

    async def start(self) -> None:
        """Start it, or start it again."""
        running = run_server(self._folder, port=self._port, sync_always=False, users=self._users)
        self.server = await self._stack.enter_async_context(running)
        self._port = int(self.server.url.rsplit(":", 1)[1])

    async def kill(self) -> None:
        """End it at once."""
        os.kill(self.server.pid, signal.SIGKILL)
        await self._stack.aclose()

    async def stop(self) -> None:
        """End it in good order."""
        await self._stack.aclose()
