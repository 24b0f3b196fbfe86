"""`usher doctor`: every line that can fail is made to fail, and says what is wrong and what to do."""

import asyncio
import json
import os
import sys
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import pytest
from aiohttp import web

from events.streams import api, ensure
from sandbox.nats_server import run_server
from services.buckets import Bucket
from tests.faults.test_full_disk import mountable
from tests.usher.test_cli import Shell

ROOT = Path(__file__).parents[2]
PYTHON = os.path.realpath(sys.executable)
LINES = {
    "Python",
    "nats-server",
    "NATS",
    "TLS",
    "rights",
    "private",
    "keys",
    "Chromium",
    "home",
    "clock",
    "site",
    "chat",
}


async def examined(shell: Shell, *before: str) -> dict[str, dict[str, Any]]:
    """The doctor's lines by name; its exit code says whether one fails, and nothing has a traceback."""
    process = await asyncio.create_subprocess_exec(
        *(*before, sys.executable, "-m", "usher", "doctor", "--json"),
        env=shell.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out = (await asyncio.wait_for(process.communicate(), 60))[0].decode()
    assert "Traceback" not in out, out
    rows = {row["check"]: row for row in json.loads(out.splitlines()[-1])}
    assert rows.keys() == LINES
    assert process.returncode == (0 if all(row["ok"] for row in rows.values()) else 1)
    return rows


async def wrong(shell: Shell, line: str, *before: str) -> str:
    """What a line that fails says."""
    row = (await examined(shell, *before))[line]
    assert not row["ok"], row
    return str(row["says"])


async def test_with_all_in_order_every_line_is_well(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    async with shell.up():
        rows = await examined(shell)
        assert {name for name, row in rows.items() if not row["ok"]} == set(), rows
        assert "as the site's" in rows["clock"]["says"]
        assert "MB free" in rows["home"]["says"]


async def test_before_usher_runs_it_says_how_to_start_it(tmp_path: Path) -> None:
    rows = await examined(Shell(tmp_path / "home"))
    assert {name for name, row in rows.items() if not row["ok"]} == {"NATS", "TLS", "rights", "keys", "site", "chat"}
    assert "usher up" in rows["NATS"]["says"]
    assert "usher up" in rows["site"]["says"]


async def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    lost = Shell(tmp_path / "home", USHER_NATS_URL="nats://127.0.0.1:1", USHER_SITE_URL="http://127.0.0.1:1")
    rows = await examined(lost)
    assert "does not answer" in rows["NATS"]["says"]
    assert "USHER_SITE_URL" in rows["site"]["says"]
    assert "nobody to compare with" in rows["clock"]["says"]


async def test_streams_that_are_missing_or_differ_are_named_with_the_cure(tmp_path: Path) -> None:
    async with run_server(tmp_path / "nats", sync_always=False) as server:
        shell = Shell(tmp_path / "home", USHER_NATS_URL=server.url, USHER_SITE_URL="http://127.0.0.1:1")
        told = await wrong(shell, "NATS")
        assert told.startswith("JOBS, USERS, LOOKS, ")
        assert "`usher up` creates them" in told
        nc = await nats.connect(server.url)
        memory = {"name": "JOBS", "subjects": ["job.*.*"], "storage": "memory", "retention": "limits"}
        assert "error" not in await api(nc, "STREAM.CREATE.JOBS", memory)
        assert "storage is 'memory', declared 'file'" in await wrong(shell, "NATS")
        assert "error" not in await api(nc, "STREAM.DELETE.JOBS")
        await ensure(nc)
        young = (await api(nc, "STREAM.INFO.LOOKS"))["config"] | {"max_age": 0}
        assert "error" not in await api(nc, "STREAM.UPDATE.LOOKS", young)
        told = await wrong(shell, "NATS")
        assert "LOOKS: max_age is" in told
        assert "`usher up` puts it right" in told
        await nc.close()


async def test_a_bot_that_is_not_heard_and_people_who_hear_nothing_are_named(tmp_path: Path) -> None:
    async with run_server(tmp_path / "nats", sync_always=False) as server:
        shell = Shell(tmp_path / "home", USHER_NATS_URL=server.url, USHER_SITE_URL="http://127.0.0.1:1")
        nc = await nats.connect(server.url)
        await ensure(nc)
        await Bucket(nc, "shown").put("unreachable.1001", b"Forbidden: bot was blocked by the user")
        assert "1001 (Forbidden: bot was blocked by the user)" in await wrong(shell, "chat")
        await Bucket(nc, "chat").put("trouble.polling", b"another program polls with this bot's token (409)")
        assert "another program polls" in await wrong(shell, "chat")
        await nc.close()


@pytest.mark.parametrize(
    ("body", "said"),
    [('echo "nats-server: v2.10.7"', "2.10.7 is too old"), (None, "pip install"), ("exit 3", "does not work")],
)
async def test_an_old_broken_or_missing_nats_server_is_named(tmp_path: Path, body: str | None, said: str) -> None:
    """A Python elsewhere, with another nats-server beside it or none."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(PYTHON)
    if body is not None:
        (tmp_path / "bin/nats-server").write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / "bin/nats-server").chmod(0o755)
    shell = Shell(tmp_path / "home", PATH="/usr/bin:/bin")
    shell.environment["PYTHONPATH"] = f"{ROOT}:{sysconfig.get_path('purelib')}"
    process = await asyncio.create_subprocess_exec(
        *(str(tmp_path / "bin/python"), "-m", "usher", "doctor", "--json"),
        env=shell.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    rows = json.loads((await process.communicate())[0])
    row = next(row for row in rows if row["check"] == "nats-server")
    assert not row["ok"]
    assert said in row["says"]


async def test_a_missing_browser_is_named_with_the_cure(tmp_path: Path) -> None:
    assert "apt-get install chromium" in await wrong(
        Shell(tmp_path / "home", USHER_CHROMIUM="/nowhere/chromium"), "Chromium"
    )


async def test_a_browser_that_is_there_and_does_not_start_is_named(tmp_path: Path) -> None:
    assert "/bin/false does not start" in await wrong(Shell(tmp_path / "home", USHER_CHROMIUM="/bin/false"), "Chromium")


async def test_a_driver_that_does_not_run_is_named_with_the_cure(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", PLAYWRIGHT_NODEJS_PATH="/bin/false")  # as node is without libatomic1
    assert "apt-get install libatomic1" in await wrong(shell, "Chromium")


async def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "set USHER_HOME" in await wrong(Shell(tmp_path / "file" / "home"), "home")


@pytest.mark.skipif(not mountable(), reason="no small disk can be mounted here (unshare -r -m)")
async def test_a_disk_that_is_nearly_full_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    on_small = ("unshare", "-r", "-m", "sh", "-c", f'mount -t tmpfs -o size=4m x "{home}" && exec "$@"', "sh")
    assert "MB left: free some" in await wrong(Shell(home), "home", *on_small)


@asynccontextmanager
async def clockwork(date: str) -> AsyncIterator[str]:
    """A web server that lives at another time."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="no cinema", headers={"Date": date})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_clock_that_is_wrong_and_a_site_that_is_another_are_named(tmp_path: Path) -> None:
    async with clockwork("Tue, 24 Nov 2020 10:00:00 GMT") as url:
        rows = await examined(Shell(tmp_path / "home", USHER_SITE_URL=url))
    assert not rows["clock"]["ok"]
    assert "ahead of the site's: set it" in rows["clock"]["says"]
    assert "does not answer as bookmyshow" in rows["site"]["says"]
