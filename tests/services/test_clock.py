"""A clock that jumps an hour makes nothing true that is not, and stops nothing that should go on."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from nats.aio.client import Client

from events import job as j
from events import orders as o
from events.codec import Recorded
from events.lifecycle import Status
from events.settings import Settings, new_job_id, utc_now
from events.store import EventStore
from events.wish import Wish, group_of
from sandbox.cinema.shop import Cinema, CinemaSettings, open_cinema
from services.artifacts import Artifacts
from services.buckets import Bucket
from services.locks import AccountLock
from services.reconcile import Reconciler
from services.runtime import Delivery, Later
from services.scheduler import Scheduler, on_log_clock
from services.timers import Timers
from services.vault import Vault
from services.vault.master import FileKeys
from sites.bookmyshow.site import BookMyShow
from sites.politeness import Budget, Go, SiteState, Wait, may_look
from tests.conftest import NOW
from tests.samples import LOOK, PLAN, SHOW

HOUR = timedelta(hours=1)
WISH = Wish(film="Dune: Part Three", city="Hyderabad")
Stores = Callable[[str], EventStore]


class Hands:
    """A clock to be set by hand: the wall's time, and seconds that only go forward."""

    def __init__(self) -> None:
        self.wall, self.seconds = utc_now(), 0.0

    def now(self) -> datetime:
        return self.wall

    def elapsed(self) -> float:
        return self.seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


async def life(store: EventStore, *commands: o.Command) -> str:
    """A job that these commands made."""
    job_id = new_job_id()
    watched = (o.CreateJob("local", WISH, utc_now() + timedelta(days=3)), o.StartWatching(group_of(WISH)))
    for command in (*watched, *commands):
        await store.execute(job_id, command)
    return job_id


TAKEN = (o.DetectTickets(WISH, (SHOW,), LOOK, NOW), o.StartBooking("b", NOW))


def due(kind: str, job_id: str, stands_for: str) -> Delivery:
    return Delivery(f"due.job.{kind}.{job_id}", job_id, json.dumps({"for": stands_for}).encode(), None)


@pytest.fixture
def scheduler(nc: Client, store_of: Stores, hands: Hands) -> Scheduler:
    return Scheduler(store_of("scheduler"), Timers(nc), Bucket(nc, "watchlist"), Settings(), hands.now)


# watching
@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_window_ends_when_the_broker_says_so(
    scheduler: Scheduler, store_of: Stores, hands: Hands, jump: timedelta
) -> None:
    store = store_of("desk")
    job_id = await life(store)
    until = (await store.load(job_id)).job.watch_until
    assert until is not None
    hands.wall += jump
    await scheduler.on_due(due("expiry", job_id, until.isoformat()))
    assert (await store.load(job_id, fresh=True)).job.status is Status.EXPIRED


async def test_a_timer_that_another_has_replaced_changes_nothing(
    scheduler: Scheduler, store_of: Stores, hands: Hands
) -> None:
    store = store_of("booker")
    job_id = await life(store, *TAKEN, o.RequestConsent(1, SHOW.show_id, PLAN, NOW + HOUR))
    hands.wall += 2 * HOUR
    await scheduler.on_due(due("consent", job_id, NOW.isoformat()))
    assert (await store.load(job_id, fresh=True)).job.status is Status.AWAITING_CONSENT
    await scheduler.on_due(due("consent", job_id, (NOW + HOUR).isoformat()))
    assert (await store.load(job_id, fresh=True)).job.status is Status.WATCHING


@pytest.mark.parametrize(
    ("moment", "set_for"),
    [(NOW + timedelta(seconds=60), 60), (NOW + HOUR, 120), (NOW - HOUR, 120)],
    ids=["an honest clock", "an hour ahead", "an hour behind"],
)
def test_a_deadline_of_a_clock_that_is_off_counts_from_the_event(moment: datetime, set_for: float) -> None:
    record = Recorded(j.ConsentExpired(), "e1", "j1", 7, NOW, "booker", 1, None, "e1", 0, "JOBS")
    assert on_log_clock(moment, record, 120) == NOW + timedelta(seconds=set_for)


def test_a_clock_that_jumped_back_does_not_stop_the_looks() -> None:
    state, budget = SiteState(last_look_at=NOW), Budget(spacing_s=5)
    assert isinstance(may_look(state, budget, NOW + timedelta(seconds=1)), Wait)
    assert isinstance(may_look(state, budget, NOW - HOUR), Go)


# leases
async def test_a_dead_bookers_lease_of_a_clock_that_jumped_back_ends_all_the_same(nc: Client, hands: Hands) -> None:
    bucket = Bucket(nc, "sites")
    ahead = AccountLock(bucket, lambda: hands.wall + HOUR)
    await bucket.put("account.local", ahead._lease("a booker that died"))
    lock = AccountLock(bucket, hands.now, elapsed=hands.elapsed)
    for seconds in (0.0, 9.0):
        hands.seconds = seconds
        with pytest.raises(Later):
            async with lock.held("local"):
                raise AssertionError("the lease may still be renewed")
    hands.seconds = 10.1
    async with lock.held("local"):
        pass


async def test_a_living_bookers_lease_is_kept_by_its_renewals(nc: Client, hands: Hands) -> None:
    bucket = Bucket(nc, "sites")
    ahead = AccountLock(bucket, lambda: hands.wall + HOUR)
    lock = AccountLock(bucket, hands.now, elapsed=hands.elapsed)
    for seconds in range(0, 40, 5):
        hands.seconds = float(seconds)
        await bucket.put("account.local", ahead._lease("a booker at work"))
        with pytest.raises(Later):
            async with lock.held("local"):
                raise AssertionError("its holder renews it")


# holding and paying
@pytest.fixture
async def cinema(tmp_path: Path) -> AsyncIterator[Cinema]:
    async with open_cinema(CinemaSettings(tmp_path / "cinema")) as one:
        yield one


@pytest.fixture
async def reconciler(
    nc: Client, store_of: Stores, cinema: Cinema, tmp_path: Path, hands: Hands
) -> AsyncIterator[Reconciler]:
    store = store_of("booker")
    vault = Vault(Bucket(nc, "vault"), FileKeys(tmp_path / "master.key"))
    headers = {"Authorization": f"Bearer {cinema.token}"}
    body = {"account": "local", "email": "a@usher.invalid", "mobile": "9000000000"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(f"{cinema.url}/_control/sessions", json=body) as answer:
            await vault.set_session("local", json.dumps((await answer.json())["cookies"]))
    site = BookMyShow(cinema.url)
    artifacts = Artifacts(nc, store.reader)
    yield Reconciler(store, site, vault, artifacts, Settings(), hands.now, hands.elapsed)
    await site.close()


async def test_a_clock_that_jumps_forward_makes_no_payment_look_settled(
    reconciler: Reconciler, store_of: Stores, hands: Hands
) -> None:
    store = store_of("booker")
    paid = (
        o.HoldSeats(1, SHOW.show_id, PLAN, 65_962, "INR", NOW, "DC1"),
        o.SubmitPayment(1, 65_962, "INR", (), "DC1"),
        o.LoseOutcome(1, "no answer", NOW),
    )
    job_id = await life(store, *TAKEN, *paid)

    async def read() -> Status:
        await reconciler.reconcile(job_id, (await store.load(job_id, fresh=True)).job)
        return (await store.load(job_id, fresh=True)).job.status

    assert await read() is Status.UNCERTAIN
    hands.wall += HOUR
    assert await read() is Status.UNCERTAIN
    hands.seconds += 601
    hands.wall -= 2 * HOUR
    assert await read() is Status.UNCERTAIN
    hands.wall += 2 * HOUR
    assert await read() is Status.WATCHING
