"""What each NATS user may do, on a real server with users, and what it is told when it may not."""

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from events.catalogue import CATALOGUE
from events.errors import NotAllowed, UsherError
from events.permissions import IDENTITIES, NAMES, identity_of
from events.reading import DirectReader
from events.settings import Settings, utc_now
from events.streams import CONSUMERS, STREAMS, api, ensure
from sandbox.nats_server import NatsServer, run_server
from services.buckets import Bucket
from usher.certificates import make_certificates
from usher.cluster import cluster_conf, environment
from usher.connection import connect
from usher.identities import Identities
from usher.log import open_log

ROOT = Path(__file__).parents[2]
AS = Callable[[str], Awaitable[Client]]


@pytest.fixture
def keys(tmp_path: Path) -> Identities:
    return Identities(tmp_path / "keys")


@pytest.fixture
async def guarded(tmp_path: Path, keys: Identities) -> AsyncIterator[NatsServer]:
    """A server with users."""
    async with run_server(tmp_path / "nats", sync_always=False, users=keys.authorization()) as server:
        yield server


@pytest.fixture
async def as_user(guarded: NatsServer, keys: Identities) -> AsyncIterator[AS]:
    """Connections by name; the streams are there."""
    opened: dict[str, Client] = {}

    async def connected(name: str) -> Client:
        if name not in opened:
            opened[name] = await connect(guarded.url, name, keys)
        return opened[name]

    await ensure(await connected("admin"))
    yield connected
    for nc in opened.values():
        await nc.close()


async def denied(asking: Awaitable[object]) -> float:
    """Seconds until the denial; fails where there is none."""
    began = time.perf_counter()
    with pytest.raises(NotAllowed):
        await asking
    return time.perf_counter() - began


async def test_the_watcher_can_neither_book_nor_read_secrets_nor_delete_a_stream(as_user: AS) -> None:
    nc = await as_user("watcher")
    assert await denied(nc.request("job.booked.j1", b"{}", timeout=5)) < 1.0
    await denied(Bucket(nc, "vault").get("local.cards"))
    await denied(api(nc, "STREAM.MSG.GET.KV_vault", {"last_by_subj": "$KV.vault.local.cards"}))
    await denied(api(nc, "CONSUMER.CREATE.KV_vault", {"stream_name": "KV_vault", "config": {}}))
    await denied(Bucket(nc, "vault").put("local.cards", b"x"))
    await denied(api(nc, "STREAM.DELETE.JOBS"))
    await denied(nc.request("$KV.sites.account.local", b"x", timeout=5))


async def test_a_denial_comes_at_once_and_the_connection_goes_on(as_user: AS, tmp_path: Path) -> None:
    nc = await as_user("watcher")
    took = sorted([await denied(nc.request("job.booked.j1", b"{}", timeout=5)) for _ in range(20)])
    assert took[10] < 0.1  # a timeout would be 5 s
    allowed = nc.request("$KV.sites.bookmyshow", b"{}", timeout=5)
    refused = nc.request("job.booked.j1", b"{}", timeout=5)
    kept, error = await asyncio.gather(allowed, refused, return_exceptions=True)
    assert isinstance(error, NotAllowed)
    assert not isinstance(kept, BaseException)
    assert json.loads(kept.data)["seq"] == 1
    assert "Publish Violation" in (tmp_path / "nats/server.log").read_text()  # what tests/flows look for


async def test_a_denied_read_comes_at_once(as_user: AS) -> None:
    reader = DirectReader(await as_user("notifier"))
    assert await denied(reader.last("KV_vault", "$KV.vault.x.key")) < 1.0


@pytest.mark.parametrize("name", NAMES)
async def test_each_user_says_only_its_own_event_types(as_user: AS, name: str) -> None:
    nc = await as_user(name)
    for subject, kind in CATALOGUE.items():
        asking = nc.request(f"{subject}.x1", b"{}", timeout=5)
        if name in kind.owners:
            assert "seq" in json.loads((await asking).data)
        else:
            await denied(asking)


@pytest.mark.parametrize("name", NAMES)
async def test_nobody_can_purge_or_delete_the_log(as_user: AS, name: str) -> None:
    nc = await as_user(name)
    for log in ("JOBS", "USERS"):
        await denied(api(nc, f"STREAM.PURGE.{log}"))
        await denied(api(nc, f"STREAM.DELETE.{log}"))
        await denied(api(nc, f"STREAM.MSG.DELETE.{log}", {"seq": 1}))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"desk", "booker", "keeper"}])
async def test_only_who_needs_the_vault_reads_it(as_user: AS, name: str) -> None:
    nc = await as_user(name)
    await denied(DirectReader(nc).last("KV_vault", "$KV.vault.local.key"))
    await denied(api(nc, "STREAM.MSG.GET.KV_vault", {"last_by_subj": "$KV.vault.local.key"}))
    await denied(api(nc, "CONSUMER.CREATE.KV_vault", {"stream_name": "KV_vault", "config": {}}))
    heard = await nc.subscribe("$KV.vault.>")
    keeper = await as_user("keeper")
    await Bucket(keeper, "vault").put("local.key", b"sealed")
    with pytest.raises((TimeoutError, NatsError)):
        await heard.next_msg(timeout=0.2)


async def test_the_booker_reads_the_vault_and_changes_only_sessions(as_user: AS) -> None:
    nc = await as_user("booker")
    assert await Bucket(nc, "vault").get("local.cards") is None
    await Bucket(nc, "vault").put("local.session", b"x")
    await denied(Bucket(nc, "vault").put("local.cards", b"x"))
    await denied(Bucket(nc, "vault").put("local.key", b"x"))


async def test_nobody_hears_anothers_answers_or_commands(as_user: AS) -> None:
    desk, bot, watcher = [await as_user(name) for name in ("desk", "bot", "watcher")]
    for subject in ("_INBOX_bot.>", "usher.user.card.add", "usher.>", ">"):
        stolen = await watcher.subscribe(subject)
        heard = await desk.subscribe("usher.user.card.add")
        await desk.flush()
        await bot.publish("usher.user.card.add", b"{}")
        await bot.flush()
        await heard.next_msg(timeout=30)
        with pytest.raises((TimeoutError, NatsError)):
            await stolen.next_msg(timeout=0.1)
        await heard.unsubscribe()


@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda c: f"{c.stream}-{c.name}")
async def test_only_its_actor_pulls_and_acks_a_consumer(as_user: AS, consumer: object) -> None:
    stream, name = consumer.stream, consumer.name  # type: ignore[attr-defined]
    for other in NAMES:
        nc = await as_user(other)
        ask = nc.request(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}", b'{"batch":1,"no_wait":true}', timeout=5)
        acks = [nc.request(f"$JS.ACK.{form}{stream}.{name}.1.1.1.1.0", b"+ACK", timeout=0.3) for form in ("", "_.acc.")]
        if other == name:
            assert (await ask).headers  # 404: nothing there
            for ack in acks:
                with pytest.raises((TimeoutError, NatsError)):  # allowed, though nothing is to be acked
                    await ack
        else:
            await denied(ask)
            for ack in acks:
                await denied(ack)


async def test_the_inspector_looks_and_changes_nothing(as_user: AS) -> None:
    nc, scheduler = await as_user("inspector"), await as_user("scheduler")
    await scheduler.request("timer.look.g", b"{}", timeout=5)
    assert await DirectReader(nc).last("TIMERS", "timer.look.g") is not None
    assert "config" in await api(nc, "STREAM.INFO.JOBS")
    made = {"stream_name": "JOBS", "config": {"name": "look1", "ack_policy": "none", "inactive_threshold": 10**9}}
    assert "error" not in await api(nc, "CONSUMER.CREATE.JOBS.look1", made)
    took = {"stream_name": "JOBS", "config": {"durable_name": "booker", "name": "booker", "filter_subjects": []}}
    await denied(api(nc, "CONSUMER.CREATE.JOBS.booker", took))
    await denied(api(nc, "CONSUMER.DELETE.JOBS.booker"))
    assert "error" not in await api(nc, "CONSUMER.DELETE.JOBS.look1")
    await denied(api(nc, "CONSUMER.CREATE.JOBS.booker.job.booked.x", took))
    for subject in ("job.booked.x", "usher.job.cancel", "$KV.sites.x", "timer.x", "user.approved.x"):
        await denied(nc.request(subject, b"{}", timeout=5))
    for subject in ("STREAM.PURGE.TIMERS", "STREAM.UPDATE.JOBS", "STREAM.CREATE.X", "STREAM.SNAPSHOT.KV_vault"):
        await denied(api(nc, subject))


async def test_a_stranger_is_not_let_in(guarded: NatsServer, tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path / "others"):
        keys = Identities(folder)
        if folder.name == "others":
            keys.make()
        with pytest.raises(NotAllowed, match=r"booker\.seed"):
            await connect(guarded.url, "booker", keys)


def test_seeds_are_made_once_and_only_for_their_owner(keys: Identities) -> None:
    first = keys.make()
    assert keys.make() == first
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys.folder.iterdir()} == {0o600}
    assert not [name for name in NAMES if (keys.seed(name) or "") in keys.authorization()]
    keys.path("desk").chmod(0o644)
    with pytest.raises(UsherError, match="chmod 600"):
        keys.seed("desk")


def test_a_seed_that_is_none_is_said_in_one_line(keys: Identities) -> None:
    keys.make()
    keys.path("cli").write_text("garbage\n")
    settings = Settings(home=keys.folder, nats_keys=str(keys.folder), nats_url="nats://127.0.0.1:1")
    with pytest.raises(UsherError, match=r"cli\.seed does not hold a usable seed"):
        keys.options("cli")
    with pytest.raises(UsherError, match=r"does not answer at 127\.0\.0\.1:1"):
        open_log(settings)


def test_the_clusters_file_is_current() -> None:
    assert (ROOT / "nats.conf").read_text() == cluster_conf(), "run `usher cluster conf nats.conf`"


def test_the_clusters_file_is_valid(keys: Identities, tmp_path: Path) -> None:
    server = shutil.which("nats-server", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert server is not None
    lines = dict(line.split("=") for line in environment(keys).split())
    lines |= {f"{what}_LISTEN": "127.0.0.1:4222" for what in ("CLIENT", "MONITOR", "CLUSTER")}
    lines |= {"SERVER_NAME": "n1", "STORE_DIR": "/data", "CLUSTER_ROUTES": "[]", "STORE_KEY": '""'}
    make_certificates(tmp_path / "tls", ["n1"], utc_now())
    lines |= {
        "TLS_CERT": f"{tmp_path}/tls/n1.pem",
        "TLS_KEY": f"{tmp_path}/tls/n1.key",
        "TLS_CA": f"{tmp_path}/tls/ca.pem",
    }
    done = subprocess.run([server, "-t", "-c", ROOT / "nats.conf"], env=os.environ | lines, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_every_consumers_actor_is_a_user_and_every_stream_has_a_reader() -> None:
    assert {consumer.name for consumer in CONSUMERS} <= set(NAMES)
    for stream in STREAMS:
        readers = [one.name for one in IDENTITIES if f"$JS.API.DIRECT.GET.{stream.name}" in one.publish]
        assert readers, stream.name
    assert {owner for kind in CATALOGUE.values() for owner in kind.owners} <= set(NAMES)
    assert identity_of("bot").hears == ("_INBOX_bot.>",)
