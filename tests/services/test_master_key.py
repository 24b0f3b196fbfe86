"""The master key: one, whoever makes it first; a broken or open one is refused."""

import asyncio
from pathlib import Path

import pytest

from events.errors import UsherError
from services.vault.master import FileKeys, written


async def test_actors_that_start_together_have_one_key(tmp_path: Path) -> None:
    path = tmp_path / "home" / "master.key"
    keys = await asyncio.gather(*(asyncio.to_thread(FileKeys(path).create) for _ in range(20)))
    assert len({written(one) for one in keys}) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    FileKeys(path).create()
    path.chmod(0o644)
    with pytest.raises(UsherError, match="chmod 600"):
        FileKeys(path).load()


def test_a_cut_off_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    FileKeys(path).create()
    path.write_text(path.read_text()[:20])
    with pytest.raises(UsherError, match="Restore it"):
        FileKeys(path).load()
