"""A copy taken while everything runs, put back into an empty home."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.errors import BadInput, UsherError
from events.settings import Settings
from events.store import EventStore
from usher.commands.backup import back_up, restore
from usher.compose import vault_of
from usher.embedded import everything

Open = Callable[..., Any]


async def _history(parts: Any, job: str) -> list[tuple[int, str, str]]:
    records = await EventStore(parts.of("desk").nc, "desk").history(job)
    return [(record.sequence, record.event_id, record.time.isoformat()) for record in records]


async def test_a_copy_taken_under_load_comes_back_whole_and_books_nothing_by_itself(
    world: Open, quick: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = msgspec.structs.replace(quick, home=tmp_path / "elsewhere")
    async with world() as one:
        booked = await one.wish()
        await one.event("watch_started")
        await one.open_sale()
        await one.event("booked")
        watched, noise = await one.wish(film="Monsoon 2"), await one.wish(film="Monsoon 2", seats={"count": 3})
        stop = asyncio.Event()

        async def load() -> None:
            while not stop.is_set():
                await one.usher.desk("job.pause", job=noise)
                await one.usher.desk("job.resume", job=noise)

        work = asyncio.create_task(load())
        assert await back_up(quick, tmp_path / "copy", as_json=False) == 0
        stop.set()
        await work
        told = capsys.readouterr().out
        assert "nothing differs" in told
        assert "without the master key" in told
        before = await _history(one.parts, booked)
        key = (quick.home / "master.key").read_text()
    assert key.strip() not in "".join(path.read_bytes().hex() for path in (tmp_path / "copy").iterdir())
    elsewhere.home.mkdir(mode=0o700)
    shutil.copy2(quick.home / "master.key", elsewhere.home)
    assert await restore(elsewhere, tmp_path / "copy", as_json=True) == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])  # what was logged stands before it
    assert (done["secrets_open"], done["unreadable"]) == (True, 0)
    assert done["jobs"]["paused"] >= 1
    assert sum(done["jobs"].values()) == 3
    async with everything(elsewhere) as running:
        assert await _history(running.parts, booked) == before  # same sequences, ids and times
        desk = running.parts.of("desk")
        store = EventStore(desk.nc, "desk")
        job = (await store.load(watched)).job
        assert job.status == "PAUSED"
        assert [card.number[-4:] for card in await vault_of(desk, store).cards("local")] == ["0001"]


async def test_a_copy_from_before_a_forgetting_gives_no_secret_away(
    world: Open, quick: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world() as one:
        assert await back_up(quick, tmp_path / "copy", as_json=True) == 0
        await one.usher.desk("user.forget")
    elsewhere = msgspec.structs.replace(quick, home=tmp_path / "elsewhere")
    elsewhere.home.mkdir(mode=0o700)
    shutil.copy2(quick.home / "master.key", elsewhere.home)
    capsys.readouterr()
    assert await restore(elsewhere, tmp_path / "copy", as_json=False) == 0
    assert "✗ the vault was sealed under master key" in capsys.readouterr().out
    with pytest.raises(UsherError, match="sealed under master key"):
        async with everything(elsewhere):
            pass


async def test_what_is_no_whole_backup_or_no_empty_home_is_refused(
    world: Open, quick: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    async with world():
        assert await back_up(quick, copy, as_json=True) == 0
        with pytest.raises(BadInput, match="not empty"):
            await back_up(quick, copy, as_json=True)
        with pytest.raises(UsherError, match="in use"):
            await restore(quick, copy, as_json=True)
    with pytest.raises(UsherError, match="empty home"):
        await restore(quick, copy, as_json=True)
    assert await back_up(quick, tmp_path / "second", as_json=True) == 0  # nothing runs: the home's server is started
    changed = bytearray((copy / "JOBS.snapshot").read_bytes())
    changed[len(changed) // 2] ^= 1
    (copy / "JOBS.snapshot").write_bytes(changed)
    with pytest.raises(UsherError, match="was changed"):
        await restore(msgspec.structs.replace(quick, home=tmp_path / "new"), copy, as_json=True)
    with contextlib.suppress(FileNotFoundError):
        (copy / "backup.json").unlink()
    with pytest.raises(BadInput, match="no whole backup"):
        await restore(quick, copy, as_json=True)
