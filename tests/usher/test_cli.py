"""The shell as a person uses it: real processes, real texts, never a traceback."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from usher.bench.processes import appeared

QUICK = {"USHER_LOOK_EVERY": "1", "USHER_LOOK_SPACING": "0.1", "USHER_SYNC_ALWAYS": "false", "USHER_CHAT": "false"}
FILM = "Dune: Part Three"
WISH = ("--film", FILM, "--city", "Hyderabad", "--cinema", "AMB Cinemas", "--language", "English", "--format", "2D")


class Shell:
    """`usher …` in one home."""

    def __init__(self, home: Path, **more: str) -> None:
        self.home = home
        clean = {name: value for name, value in os.environ.items() if not name.startswith("USHER_")}
        self.environment = clean | QUICK | {"USHER_HOME": str(home), "COLUMNS": "160"} | more

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "usher", *words)
        return await asyncio.create_subprocess_exec(
            *command, env=self.environment, stdin=pipe, stdout=pipe, stderr=pipe
        )

    async def say(self, *words: str, fails: int = 0, typed: str = "") -> str:
        """Run a command to its end; what it printed, refusals included."""
        process = await self.start(*words)
        out, err = await asyncio.wait_for(process.communicate(typed.encode()), 60)
        text = out.decode() + err.decode()
        assert "Traceback" not in text, text
        assert process.returncode == fails, f"{words}: exit {process.returncode}\n{text}"
        return text

    async def json(self, *words: str) -> Any:
        return json.loads(await self.say(*words, "--json"))

    @asynccontextmanager
    async def up(self) -> AsyncIterator[dict[str, Any]]:
        """`usher up` until the block ends; what up.json says."""
        log = self.home.with_name("up.log").open("ab")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "usher", "up", env=self.environment, stdout=log, stderr=log
        )
        try:
            yield json.loads(await appeared(self.home / "up.json"))
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 20) == 0
            log.close()


async def control(note: dict[str, Any], path: str, **body: Any) -> None:
    headers = {"Authorization": f"Bearer {note['cinema_token']}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(f"{note['cinema_url']}/_control/{path}", json=body) as answer:
            answer.raise_for_status()


@pytest.mark.timeout(300)
async def test_a_wish_from_the_shell_becomes_a_booked_ticket(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    async with shell.up() as note:
        mode = await asyncio.to_thread((shell.home / "up.json").stat)
        assert mode.st_mode & 0o777 == 0o600
        kept = await shell.say("card", "add", "--label", "birthday", typed="8000 0000 0000 0001\n123456\n")
        assert "ending in 0001" in kept
        assert "birthday" in await shell.say("card", "list")
        said = await shell.say("contact", typed="asha@example.invalid\n9876543210\n")
        assert "asha@" not in said
        assert "3210" in said
        assert await shell.say("pair") == f"/start {note['pairing_code']}\n"
        made = await shell.json("job", "create", *WISH)
        assert "nothing was charged" in await shell.say("cinema", "ledger")
        assert "on sale" in await shell.say("cinema", "open", FILM)
        await _reach(shell, made["job"], "booked")
        job = await shell.json("job", "show", made["job"])
        assert job["confirmation"]
        assert job["confirmation"] in await shell.say("cinema", "ledger")
        assert "closed" in await shell.say("cinema", "close")
        told = await shell.say("history", made["job"][-8:])
        assert "booked" in told
        assert job["confirmation"] in await shell.say("job", "show", made["job"])
        assert "SUCCESS" in await shell.say("jobs")
        done = await shell.json("rebuild")
        assert done["swapped_while_running"] is True
        assert (await shell.json("job", "show", made["job"]))["status"] == "SUCCESS"
    assert not (shell.home / "up.json").exists()
    async with shell.up():  # started again, it goes on where it was
        assert (await shell.json("job", "show", made["job"]))["confirmation"] == job["confirmation"]


@pytest.mark.slow
async def test_every_refusal_says_what_was_wrong_and_what_to_do(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    assert "usher up" in await shell.say("jobs", fails=2)
    assert "usher up" in await shell.say("cinema", "open", fails=2)
    async with shell.up():
        assert "another usher" in await shell.say("up", fails=2)
        assert "1 to 10" in await shell.say("job", "create", *WISH, "--seats", "11", fails=2)
        assert "1 to 10" in await shell.say("job", "create", *WISH, "--seats", "0", fails=2)
        assert "in the past" in await shell.say("job", "create", *WISH, "--date", "2020-01-01", fails=2)
        assert "YYYY-MM-DD" in await shell.say("job", "create", *WISH, "--date", "tomorrow", fails=2)
        assert "18:00-22:00" in await shell.say("job", "create", *WISH, "--time", "evening", fails=2)
        assert "above 0" in await shell.say("job", "create", *WISH, "--cap", "0", fails=2)
        window = ("--watch-from", "2030-01-02T10:00", "--watch-until", "2030-01-01T10:00")
        assert "window is empty" in await shell.say("job", "create", *WISH, *window, fails=2)
        made = await shell.json("job", "create", *WISH)
        again = await shell.say("job", "create", *WISH, fails=2)
        assert made["job"] in again
        assert "no job" in await shell.say("job", "show", "zzzzzzzz", fails=2)
        await shell.json("job", "create", *WISH, "--seats", "3")
        assert "several" in await shell.say("job", "show", made["job"][:3], fails=2)
        assert "usher jobs" in await shell.say("job", "cancel", "zzzzzzzz", fails=2)
        await shell.say("job", "pause", made["job"])
        await shell.say("job", "resume", made["job"])
        await shell.say("job", "cancel", made["job"])
        assert "CANCELLED" in await shell.say("job", "resume", made["job"], fails=2)
        assert "all, active" in await shell.say("jobs", "--list", "lost", fails=2)
        assert "watcher" in await shell.say("run", "usherette", fails=2)
        assert FILM in await shell.say("cinema", "open", "Dune: Part Nine", fails=2)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_interrupted_bookings_from_the_shell(tmp_path: Path) -> None:
    """Sold out under our nose → the next show; a cancel while watching; a cancel while seats are held."""
    shell = Shell(tmp_path / "home")
    async with shell.up() as note:
        await shell.say("card", "add", typed="8000 0000 0000 0001\n123456\n")
        await control(note, "faults", name="seats_taken_at_hold", where="hold", count=3)
        made = await shell.json("job", "create", *WISH)
        given_up = await shell.json("job", "create", *WISH, "--seats", "4")
        assert (await shell.json("job", "cancel", given_up["job"]))["status"] == "CANCELLED"
        await control(note, "sale", film=FILM, open=True)
        await _reach(shell, made["job"], "booked")
        types = [row["type"] for row in await shell.json("history", made["job"])]
        assert "show_rejected" in types
        assert types[-1] == "booked"
        await control(note, "faults", name="delay_ms", where="summary", count=None, value=4_000)
        late = await shell.json("job", "create", *WISH, "--seats", "3")
        await _reach(shell, late["job"], "booking_started")
        assert (await shell.json("job", "cancel", late["job"]))["status"] == "CANCELLED"
        assert (await shell.json("job", "show", late["job"]))["status"] == "CANCELLED"
        assert "payment_submitted" not in [row["type"] for row in await shell.json("history", late["job"])]
        assert [row["status"] for row in await shell.json("jobs", "--list", "active")] == []


async def _reach(shell: Shell, job: str, event: str) -> None:
    """Follow the job's history, as a person would, until that event."""
    process = await shell.start("history", job, "--follow", "--json")
    assert process.stdout is not None
    async with asyncio.timeout(120):
        while json.loads(await process.stdout.readline())["type"] != event:
            pass
    with contextlib.suppress(ProcessLookupError):  # it ends by itself where that was the job's last event
        process.terminate()
    await process.communicate()


@pytest.mark.slow
async def test_a_server_that_is_killed_under_a_running_usher_is_started_again(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    async with shell.up():
        made = await shell.json("job", "create", *WISH)
        for _ in range(2):
            pid = int((shell.home / "nats/server.pid").read_text())
            os.kill(pid, signal.SIGKILL)
            paused = await _again(shell, "job", "pause", made["job"])
            assert paused["status"] == "PAUSED"
            assert (await _again(shell, "job", "resume", made["job"]))["status"] == "WATCHING"
        types = [row["type"] for row in await shell.json("history", made["job"])]
        assert types == ["created", "watch_started", *["paused", "resumed"] * 2]


async def _again(shell: Shell, *words: str) -> Any:
    """A command, given again while the server or an actor is coming back."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(AssertionError, json.JSONDecodeError):
                return await shell.json(*words)


async def test_a_home_that_is_read_only_is_said(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    drop = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-all")  # root may write anywhere without it
    before = drop if os.geteuid() == 0 and shutil.which("setpriv") else ()
    if os.geteuid() == 0 and not before:
        pytest.skip("root writes everywhere, and there is no setpriv to forgo that")
    for words in (("up",), ("run", "desk"), ("doctor",)):
        shell = Shell(home, USHER_NATS_URL="nats://127.0.0.1:1")
        process = await asyncio.create_subprocess_exec(
            *(*before, sys.executable, "-m", "usher", *words),
            env=shell.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told = (await process.communicate())[0].decode()
        assert "cannot be written (Permission denied): set USHER_HOME" in told, (words, told)
        assert "Traceback" not in told


@pytest.mark.slow
async def test_what_the_machine_lacks_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in await Shell(tmp_path / "file" / "home").say("up", fails=2)
    lost = Shell(tmp_path / "home", USHER_NATS_URL="nats://127.0.0.1:1")
    assert "does not answer" in await lost.say("run", "desk", fails=2)
    assert "Is `usher up` running?" in await lost.say("jobs", fails=2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in await Shell(tmp_path / "home", USHER_HEALTH_PORT=port).say("up", fails=2)
    assert "USHER_LOOK_EVERY" in await Shell(tmp_path / "home", USHER_LOOK_EVERY="often").say("up", fails=2)


async def test_a_server_older_than_the_floor_is_refused(tmp_path: Path) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"server_id": "old", "version": "2.10.7", "proto": 1, "headers": True, "max_payload": 1_048_576}
        writer.write(f"INFO {json.dumps(info)}\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        shell = Shell(tmp_path / "home", USHER_NATS_URL=f"nats://127.0.0.1:{port}")
        told = await shell.say("run", "desk", fails=2)
    assert "2.10.7" in told
    assert "2.14" in told
