"""Keys, rights and secrets as a person meets them in the shell: real processes, no browser."""

import asyncio
import json
import secrets
import stat
from pathlib import Path

import pytest

from tests.usher.test_cli import Shell

NUMBER, PIN = "8000000047110815", "246813579"[:8]


def below(pid: int) -> list[Path]:
    """/proc folders of a process's children, and theirs (Linux)."""
    found, waiting = [], [pid]
    while waiting:
        for tasks in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            children = [int(child) for child in tasks.read_text().split()]
            waiting += children
            found += [Path(f"/proc/{child}") for child in children]
    return found


def _all_files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_the_master_key_is_rotated_exported_and_proved_while_usher_runs(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    made = await shell.say("key", "init")
    assert "Keep a copy apart" in made
    assert "rotate" in await shell.say("key", "init", fails=2)
    async with shell.up():
        await shell.say("card", "add", typed=f"{NUMBER}\n{PIN}\n")
        first = (shell.home / "master.key").read_text()
        assert "1 users' secrets open" in await shell.say("key", "verify")
        assert "wrapped anew" in await shell.say("key", "rotate")
        assert (shell.home / "master.key").read_text() != first
        assert "1 users' secrets open" in await shell.say("key", "verify")
        await shell.say("card", "add", typed=f"{NUMBER[:-1]}6\n{PIN}\n")  # the desk goes on under the new key
        kept = tmp_path / "kept.key"
        await shell.say("key", "export", str(kept))
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert "a new file" in await shell.say("key", "export", str(kept), fails=2)
        rows = {row["check"]: row for row in json.loads(await shell.say("doctor", "--json", fails=0))}
        assert all(rows[name]["ok"] for name in ("rights", "private", "keys")), rows
        (shell.home / "nats-keys" / "desk.seed").chmod(0o644)
        assert "chmod go=" in await shell.say("doctor", fails=1)
        (shell.home / "nats-keys" / "desk.seed").chmod(0o600)
    (shell.home / "master.key").write_text(first)  # the key of before: at the start, not while paying
    for words in (("up",), ("up",)):
        assert "sealed under master key" in await shell.say(*words, fails=2)
    assert "usher key export" in await shell.say("key", "init", "--from", str(tmp_path / "no"), fails=2)
    await shell.say("key", "init", "--from", str(kept))
    async with shell.up():
        assert "1 users' secrets open" in await shell.say("key", "verify")


async def test_no_secret_stands_in_arguments_environments_logs_or_files(tmp_path: Path) -> None:
    master = secrets.token_hex(32)
    shell = Shell(tmp_path / "home", USHER_MASTER_KEY=master)
    async with shell.up() as note:
        await shell.say("card", "add", typed=f"{NUMBER}\n{PIN}\n")
        assert "USHER_MASTER_KEY" in await shell.say("key", "verify")
        assert "after it there" in await shell.say("key", "rotate", fails=2)
        shown = b""
        for process in [Path(f"/proc/{note['pid']}"), *below(note["pid"])]:
            shown += (process / "cmdline").read_bytes()
        for process in below(note["pid"]):
            shown += (process / "environ").read_bytes()
        assert NUMBER.encode() not in shown
        assert master.encode() not in shown
    everything = await asyncio.to_thread(_all_files, tmp_path)
    for secret in (NUMBER, PIN, master):
        assert secret.encode() not in everything


async def test_a_master_key_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    await shell.say("key", "init")
    (shell.home / "master.key").chmod(0o644)
    assert "chmod 600" in await shell.say("up", fails=2)


async def test_the_clusters_keys_are_printed_without_a_seed(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", USHER_NATS_KEYS=str(tmp_path / "keys"))
    lines = (await shell.say("cluster", "keys")).split()
    assert all(line.startswith("NKEY_") and line.split("=")[1].startswith("U") for line in lines)
    seeds = [path.read_text().strip() for path in (tmp_path / "keys").iterdir()]
    assert len(seeds) == len(lines)
    assert not [seed for seed in seeds if seed in "".join(lines)]
    conf = tmp_path / "nats.conf"
    await shell.say("cluster", "conf", str(conf))
    assert "NKEY_BOOKER" in await asyncio.to_thread(conf.read_text)
