"""What usher uses while nothing happens, and how long its commands take to start."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from usher.bench.lives import Progress
from usher.bench.processes import appeared, cpu_seconds, memory_mb, start_up_ms, usher_process
from usher.bench.report import Report

SETTLE = 3.0  # s after the start, when the browser and the caches have calmed down


async def bench_idle(seconds: int, progress: Progress) -> Report:
    """All actors in one process with one watched wish: memory, CPU, and the start of two commands."""
    report = Report("idle", "log synced; one wish watched every 120 s")
    with tempfile.TemporaryDirectory(prefix="usher-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        environment = {"USHER_HOME": str(home)}
        async with usher_process(Path(folder), "up", **environment) as pid:
            await appeared(home / "up.json")
            await start_up_ms(("job", "create", "--film", "Dune: Part Three", "--city", "Hyderabad"), environment, 1)
            await asyncio.sleep(SETTLE)
            server = int(await appeared(home / "nats" / "server.pid"))
            before, before_server = cpu_seconds(pid), cpu_seconds(server)
            for n in range(seconds):
                await asyncio.sleep(1)
                progress(n + 1, seconds)
            used, used_server = cpu_seconds(pid) - before, cpu_seconds(server) - before_server
            report.add("actors, demo cinema in one process", memory_mb(pid), "MB", most=300)
            report.beside(f"and nats-server: {memory_mb(server):.0f} MB")
            report.add("CPU of that process", used / seconds * 100, "%", most=2)
            report.beside(f"and nats-server: {used_server / seconds * 100:.1f} %")
            job = json.loads(await _output(environment))[0]["job_id"]
            report.times("usher --help", await start_up_ms(("--help",), environment), p50=500)
            report.times("usher job show", await start_up_ms(("job", "show", job), environment), p50=500)
    return report


async def _output(environment: dict[str, str]) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "usher", "jobs", "--json", env=os.environ | environment, stdout=asyncio.subprocess.PIPE
    )
    return (await process.communicate())[0]
