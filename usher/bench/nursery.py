"""A process that forks others: an actor starts in a tenth of a second, without its second of imports.

What it forked dies with it, and it ends when its owner ends, however that ends: a run that is killed leaves nothing
behind to burn the machine's time.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

LOADED = (
    "usher.cli",
    "usher.compose",
    "usher.commands.ops",
    "services.booker",
    "services.guide",
    "services.librarian",
    "services.scheduler",
    "services.watcher",
    "sites.bookmyshow.site",
    "playwright.async_api",
)


class Nursery:
    """The owner's side. `wards` are files that hold the process id of a server to be ended too; `litter` is a folder
    to be removed, both only where the owner could not do it."""

    def __init__(self, wards: tuple[Path, ...] = (), litter: Path | None = None) -> None:
        self._last_will = {"wards": [str(ward) for ward in wards], "litter": str(litter) if litter else ""}
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, words: tuple[str, ...], folder: Path, log: Path, environment: dict[str, str]) -> int:
        """`usher …` in a session of its own, working in `folder`; its process id. Raises ConnectionError."""
        birth = {"words": words, "folder": str(folder), "log": str(log), "environment": environment}
        async with self._lock:
            if self._process is None:
                self._process = await self._opened()
            return int(await self._told(birth))

    async def _opened(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "usher.bench.nursery"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # who ends our group must not end it before it has done its duty
        )
        await self._told(self._last_will)
        return self._process

    async def _told(self, what: dict[str, Any]) -> bytes:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        await self._process.stdin.drain()
        answer = await self._process.stdout.readline()
        if not answer:
            raise ConnectionError("the process that starts actors was ended")
        return answer

    async def close(self) -> None:
        """End it, and whatever it started."""
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(b"{}\n")
            self._process.stdin.close()
        await self._process.wait()
        self._process = None


def alive(pid: int) -> bool:
    """Whether a process that a nursery forked is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end(pid: int) -> None:
    """SIGKILL to what a nursery forked, and to its process group if it has made one by now."""
    for killing in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            killing(pid, signal.SIGKILL)


def _serve() -> None:
    """Fork what is asked for, line by line; end everything once nobody asks any more."""
    for module in LOADED:
        importlib.import_module(module)
    born: list[int] = []

    def bury(*_: object) -> None:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    signal.signal(signal.SIGCHLD, bury)
    will = json.loads(sys.stdin.readline() or "{}")
    sys.stdout.write("0\n")
    sys.stdout.flush()
    orphaned = True
    for line in sys.stdin:
        birth = json.loads(line)
        if not birth:
            orphaned = False
            break
        if not (pid := os.fork()):
            _become(**birth)
            return
        born.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    for pid in born:
        with contextlib.suppress(ChildProcessError):  # it is buried: its number may be another's by now
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                end(pid)
    if orphaned and will:
        _execute(will)


def _execute(will: dict[str, Any]) -> None:
    for ward in will["wards"]:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(Path(ward).read_text()), signal.SIGKILL)
    if will["litter"]:
        shutil.rmtree(will["litter"], ignore_errors=True)


def _become(words: list[str], folder: str, log: str, environment: dict[str, str]) -> None:
    """Be `usher …` from here on."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["usher", *words]
    from usher.__main__ import main

    main()


if __name__ == "__main__":
    _serve()
