"""The cluster speaks TLS: to clients, whom it may let in by their nkeys alone, and between its nodes, where only nodes
with a certificate of its own CA are let in.
"""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from events.errors import Unavailable, UsherError
from events.settings import Settings, new_job_id, utc_now
from events.store import EventStore
from events.streams import ensure
from sandbox.nats_server import find_binary
from tests.faults.cluster import NODES, Cluster
from tests.faults.test_full_disk import CREATE
from tests.usher.test_cli import Shell
from usher.bench.cluster.nodes import free_ports
from usher.certificates import ends, make_certificates
from usher.client import client
from usher.commands.doctor import CHECKS
from usher.connection import connect
from usher.identities import Identities
from usher.log import open_log

KEY = "0123456789abcdef" * 2
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """Three nodes of nats.conf, encrypted on the wire and on the disk, with streams on all of them."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "home").mkdir(mode=0o700)
    one = Cluster(folder, KEY)
    await one.start()
    try:
        nc = await connect(one.server.url, "admin", one.keys)
        await ensure(nc, len(NODES))
        await nc.close()
        yield one
    finally:
        await one.stop()


async def test_an_event_goes_through_and_nothing_of_it_can_be_read_on_any_disk(cluster: Cluster) -> None:
    nc = await connect(cluster.server.url, "desk", cluster.keys)
    store = EventStore(nc, "desk")
    for _ in range(50):  # whichever copy of the log answers: what we wrote is there
        await store.execute(job_id := new_job_id(), CREATE)
        assert [record.name for record in await store.history(job_id)] == ["created"]
    await nc.close()
    written = [path for node in NODES for path in (cluster.folder / node).rglob("*") if path.is_file()]
    assert any(path.suffix == ".blk" and path.stat().st_size for path in written)
    assert [path for path in written if b"Hyderabad" in path.read_bytes()] == []


async def test_the_whole_log_is_read_by_its_own_connection_and_nothing_else_is_said(cluster: Cluster) -> None:
    shell = Shell(cluster.folder / "home", USHER_NATS_URL=cluster.server.url, USHER_NATS_CA=cluster.ca)
    told = await shell.say("verify")
    assert "the log is whole" in told
    assert "eof_received" not in told


async def test_the_shells_two_ways_to_the_log_both_check_the_certificate(cluster: Cluster) -> None:
    home = cluster.folder / "home"
    settings = Settings(home=home, nats_url=cluster.server.url, nats_ca=cluster.ca)
    async with client(settings) as usher:
        assert usher.nc.is_connected
    with await asyncio.to_thread(open_log, settings) as log:
        assert log.info("JOBS")["last_seq"] >= 0
    make_certificates(cluster.folder / "other", ["nats1"], utc_now())
    other = Settings(home=home, nats_url=cluster.server.url, nats_ca=str(cluster.folder / "other" / "ca.pem"))
    with pytest.raises(Unavailable, match="certificate"):
        await asyncio.to_thread(open_log, other)
    with pytest.raises(Unavailable, match="certificate"):
        async with client(other):
            pass


async def test_the_first_byte_is_encrypted_and_plain_words_are_not_answered(cluster: Cluster) -> None:
    port = int(cluster.server.url.split(",")[0].rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    info = json.loads((await asyncio.wait_for(reader.readline(), 5)).split(b" ", 1)[1])
    assert info["tls_required"]
    writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
    assert b"PONG" not in await asyncio.wait_for(reader.read(), 5)
    writer.close()


async def test_the_doctor_says_when_a_certificate_ends_and_what_is_spoken_in_the_clear(
    cluster: Cluster, tmp_path: Path
) -> None:
    check = CHECKS["TLS"]
    assert "3 servers" in await check(Settings(nats_url=cluster.server.url, nats_ca=cluster.ca))
    assert "not needed" in await check(Settings(nats_url="nats://127.0.0.1:4222"))
    with pytest.raises(UsherError, match=r"nats1\.example is spoken in the clear: `usher cluster ca`"):
        await check(Settings(nats_url="nats://nats1.example:4222"))
    make_certificates(tmp_path, ["old"], utc_now() - timedelta(days=800))
    with pytest.raises(UsherError, match="not trusted"):
        await check(Settings(nats_url=cluster.server.url, nats_ca=str(tmp_path / "ca.pem")))
    (port,) = free_ports(1)
    (tmp_path / "conf").write_text(
        f"listen: 127.0.0.1:{port}\ntls {{ cert_file: '{tmp_path / 'old.pem'}', key_file: '{tmp_path / 'old.key'}', "
        "handshake_first: true }\n"
    )
    old = await asyncio.create_subprocess_exec(find_binary(), "-c", str(tmp_path / "conf"))
    try:
        for _ in range(400):
            with contextlib.suppress(OSError):
                (await asyncio.open_connection("127.0.0.1", port))[1].close()
                break
            await asyncio.sleep(0.05)
        with pytest.raises(
            UsherError, match=rf"127\.0\.0\.1:{port}'s certificate ends on .* in 2[45] days: run `usher cl"
        ):
            await check(Settings(nats_url=f"tls://127.0.0.1:{port}", nats_ca=str(tmp_path / "ca.pem")))
    finally:
        old.kill()
        await old.wait()


@pytest.mark.slow
async def test_an_actor_says_that_it_does_not_trust_the_servers(cluster: Cluster) -> None:
    make_certificates(cluster.folder / "third", ["nats1"], utc_now())
    keys = Identities(cluster.folder / "home" / "nats-keys", str(cluster.folder / "third" / "ca.pem"))
    with pytest.raises(Unavailable, match="certificate"):
        await connect(cluster.server.url, "desk", keys)


async def _welcome(port: int, context: ssl.SSLContext) -> bool:
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(b"PING\r\n")
        said = await asyncio.wait_for(reader.readline(), 5)  # TLS 1.3: whoever is refused reads it here
        writer.close()
        return said.startswith(b"INFO")
    return False


async def test_no_node_without_a_certificate_of_this_ca_joins(cluster: Cluster) -> None:
    port = cluster.port_of_routes(NODES[0])
    context = ssl.create_default_context(cafile=cluster.ca)
    assert not await _welcome(port, context)
    context.load_cert_chain(cluster.folder / "tls" / f"{NODES[1]}.pem", cluster.folder / "tls" / f"{NODES[1]}.key")
    assert await _welcome(port, context)


async def test_certificates_are_kept_until_they_end_soon(tmp_path: Path) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    folder = tmp_path / "tls"
    assert make_certificates(folder, ["a", "10.0.0.7"], now) == ["ca.pem", "a.pem", "10.0.0.7.pem"]
    assert make_certificates(folder, ["a"], now) == []
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.key")} == {0o600}
    soon = ends(folder / "a.pem") - timedelta(days=59)
    assert make_certificates(folder, ["a", "b"], soon) == ["a.pem", "b.pem"]
    (folder / "ca.pem").write_text("nothing")
    with pytest.raises(UsherError, match=r"ca\.pem is no certificate"):
        make_certificates(folder, ["a"], now)
    (folder / "ca.key").unlink()
