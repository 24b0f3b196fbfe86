"""A run that is killed leaves no process behind."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from usher.bench.nursery import alive

OWNER = """
import asyncio, os, sys
from pathlib import Path
from usher.bench.fleet import Fleet
async def main(home):
    fleet = Fleet(home, {"USHER_NATS_URL": "nats://127.0.0.1:1"}, (home / "server.pid",), litter=home)
    await fleet.start("desk")
    await fleet.start("scheduler")
    fleet.freeze("scheduler")
    print(*fleet.pids().values(), flush=True)
    await asyncio.sleep(60)
asyncio.run(main(Path(sys.argv[1])))
"""


async def _gone(*pids: int) -> None:
    until = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < until, "they live on"
        await asyncio.sleep(0.02)


async def test_whoever_kills_a_run_ends_its_actors_its_server_and_its_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    server = await asyncio.create_subprocess_exec("sleep", "60")
    (home / "server.pid").write_text(str(server.pid))
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(home), stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert owner.stdout is not None
    pids = [int(word) for word in (await asyncio.wait_for(owner.stdout.readline(), 60)).split()]
    assert len(pids) == 2
    os.killpg(owner.pid, signal.SIGKILL)
    await owner.wait()
    await _gone(*pids)
    assert await asyncio.wait_for(server.wait(), 20) == -signal.SIGKILL
    async with asyncio.timeout(20):
        while home.exists():  # noqa: ASYNC110  a folder announces nothing
            await asyncio.sleep(0.02)
