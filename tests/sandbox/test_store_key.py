"""The embedded server's files, encrypted: nothing to read on the disk, and no new log where the old one is shut."""

from pathlib import Path

import nats
import pytest
from nats.js.errors import NotFoundError

from sandbox.nats_server import ServerError, run_server

KEY, WORD = "k3y-" * 8, b"zanzibar-planted"


async def _kept(folder: Path, key: str, say: bool = False) -> bytes:
    """Run a server on the folder; the first message it has."""
    async with run_server(folder, store_key=key) as server:
        nc = await nats.connect(server.url)
        js = nc.jetstream()
        if say:
            await js.add_stream(name="LOG", subjects=["log.>"])
            await js.publish("log.a", WORD)
        try:
            return (await js.get_msg("LOG", 1)).data or b""
        except NotFoundError:
            return b""
        finally:
            await nc.close()


def _holding(folder: Path, word: bytes) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and word in path.read_bytes()]


async def test_a_store_key_leaves_nothing_to_read_on_the_disk(tmp_path: Path) -> None:
    assert await _kept(tmp_path, "", say=True) == WORD
    assert _holding(tmp_path, WORD) == ["1.blk"]  # so the search finds it where it is
    assert await _kept(tmp_path, KEY) == WORD  # what was there is encrypted at the next start
    assert await _kept(tmp_path, KEY) == WORD
    assert _holding(tmp_path, WORD) == []
    assert _holding(tmp_path, KEY.encode()) == []


@pytest.mark.parametrize("other", ["", "another-" * 4])
async def test_a_log_that_another_key_shut_is_not_taken_for_a_missing_one(tmp_path: Path, other: str) -> None:
    assert await _kept(tmp_path, KEY, say=True) == WORD
    with pytest.raises(ServerError, match=r"cannot read it.* USHER_STORE_KEY .*usher restore"):
        await _kept(tmp_path, other)
    assert await _kept(tmp_path, KEY) == WORD
