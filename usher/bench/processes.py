"""usher's own processes, started as a person starts them, and what they use (Linux: /proc)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from events.errors import Unavailable

TICKS = os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def usher_process(folder: Path, *words: str, **environment: str) -> AsyncIterator[int]:
    """`usher …` until the block ends; its pid. What it logs stands in `folder/log`."""
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "usher", *words, env=os.environ | environment, stdout=log, stderr=log
        )
    try:
        yield process.pid
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 20)


@asynccontextmanager
async def cinema_process(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """The demo cinema in a process of its own, so that its work is not counted as ours; its address and token."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        *("-m", "sandbox.cinema", "--port", "0", "--data", str(folder)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        url, token = [(await process.stdout.readline()).decode().split()[-1] for _ in range(2)]
        yield url, token
    finally:
        process.terminate()
        await process.wait()


async def appeared(path: Path, within: float = 60.0) -> str:
    """The text of a file once it is there. Raises Unavailable."""
    try:
        async with asyncio.timeout(within):
            while not await asyncio.to_thread(path.exists):  # noqa: ASYNC110  a file announces nothing
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise Unavailable(f"{path} did not appear within {within:.0f} s") from None
    return await asyncio.to_thread(path.read_text)


def memory_mb(pid: int, what: str = "Rss") -> float:
    """Resident (`Rss`) or proportional (`Pss`) memory of one process, MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


def cpu_seconds(pid: int) -> float:
    """User and system time of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def start_up_ms(words: tuple[str, ...], environment: Mapping[str, str], times: int = 5) -> list[float]:
    """Milliseconds of whole runs of `usher …`, from start to exit. Raises Unavailable where one fails."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "usher",
            *words,
            env=os.environ | environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        if process.returncode:
            raise Unavailable(f"usher {' '.join(words)} failed: {said.decode().strip()}")
        found.append((time.perf_counter() - began) * 1000)
    return found
