"""Whose order it is: the history of one account holds the orders of all of a person's jobs."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client

from events import orders as o
from events.lifecycle import Status
from events.settings import Settings, new_job_id, utc_now
from events.store import EventStore
from events.wish import SeatPlan, Show, Wish, group_of
from services.artifacts import Artifacts
from services.buckets import Bucket
from services.librarian import Librarian
from services.reconcile import Reconciler
from services.vault import Vault
from services.vault.master import FileKeys
from sites.protocol import Site
from tests.samples import LOOK
from tests.shops import CARD, CITY, FILM, Shop, a_show

WISH = Wish(film=FILM, city=CITY)
Stores = Callable[[str], EventStore]


@pytest.fixture
async def reconciler(nc: Client, store_of: Stores, shop: Shop, site: Site, tmp_path: Path) -> AsyncIterator[Reconciler]:
    """One that reads the account `local`, beside a projector."""
    librarian = Librarian(nc, tmp_path / "usher.sqlite3", Settings(), utc_now)
    await librarian.start()
    store, vault = store_of("booker"), Vault(Bucket(nc, "vault"), FileKeys(tmp_path / "master.key"))
    await vault.set_session("local", await shop.session("local"))
    yield Reconciler(store, site, vault, Artifacts(nc, store.reader), Settings(), utc_now)
    await librarian.stop()


async def job(store: EventStore, show: Show, seats: tuple[str, ...], reference: str) -> str:
    """A job of `local` that holds these seats under the site's number `reference`, and has sent its payment."""
    job_id, now = new_job_id(), utc_now()
    wish = msgspec.structs.replace(WISH, screens=(), cinemas=(reference,))  # no wish stands twice
    plan = SeatPlan(seats, 0.9, 59_000, "GOLD")
    commands: tuple[o.Command, ...] = (
        o.CreateJob("local", wish, now + timedelta(days=3)),
        o.StartWatching(group_of(wish)),
        o.DetectTickets(wish, (show,), LOOK, now),
        o.StartBooking("b", now + timedelta(minutes=5)),
        o.HoldSeats(1, show.show_id, plan, 65_962, "INR", now + timedelta(minutes=8), reference),
        o.SubmitPayment(1, 65_962, "INR", (), reference),
        o.LoseOutcome(1, "no answer", now),
    )
    for command in commands:
        await store.execute(job_id, command)
    assert (await store.load(job_id)).job.status is Status.UNCERTAIN
    return job_id


async def paid_order(shop: Shop, show: Show) -> tuple[str, tuple[str, ...]]:
    """The site's number and the seats of an order that the account `local` has paid."""
    async with shop.customer("local") as customer:
        seats = tuple((await customer.free_seats(show))[:2])
        assert (await customer.hold(show, *seats))[0] == 200
        order = await customer.order(show)
        await customer.post(f"/payment/{order['transactionId']}/apply", code=CARD[0], pin=CARD[1])
        await customer.post(f"/payment/{order['transactionId']}/pay")
    return str(order["bookingId"]), seats


async def test_an_order_of_the_same_seats_that_another_job_made_since_is_not_this_jobs(
    reconciler: Reconciler, store_of: Stores, shop: Shop, site: Site
) -> None:
    show, store = await a_show(site), store_of("booker")
    number, seats = await paid_order(shop, show)
    lapsed, paid = await job(store, show, seats, "DC-LAPSED"), await job(store, show, seats, number)
    assert not await reconciler.found(lapsed, (await store.load(lapsed)).job)
    assert (await store.load(lapsed, fresh=True)).job.status is Status.UNCERTAIN
    assert await reconciler.found(paid, (await store.load(paid)).job)
    assert (await store.load(paid, fresh=True)).job.confirmation == number
    assert not await reconciler.found(lapsed, (await store.load(lapsed)).job)


async def test_an_order_of_the_same_seats_with_a_number_of_no_job_is_this_jobs(
    reconciler: Reconciler, store_of: Stores, shop: Shop, site: Site
) -> None:
    """A site may number a booking otherwise than its hold: seats that were paid are not paid again."""
    show, store = await a_show(site), store_of("booker")
    number, seats = await paid_order(shop, show)
    held = await job(store, show, seats, "HOLD-1")
    assert await reconciler.found(held, (await store.load(held)).job)
    assert (await store.load(held, fresh=True)).job.confirmation == number
