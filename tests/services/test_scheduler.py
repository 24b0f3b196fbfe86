"""The scheduler's start: wish list and schedules in step with the log, whatever the log holds."""

from collections.abc import Callable
from datetime import timedelta

from nats.aio.client import Client

from events import orders as o
from events.settings import Settings, new_job_id, utc_now
from events.store import EventStore
from events.wish import Wish, group_of
from services.buckets import Bucket
from services.scheduler import Scheduler
from services.timers import Timers

WISH = Wish(film="Dune: Part Three", city="Hyderabad")


async def test_a_job_that_cannot_be_read_keeps_no_other_from_being_watched(
    nc: Client, store_of: Callable[[str], EventStore]
) -> None:
    store, watchlist, group = store_of("desk"), Bucket(nc, "watchlist"), group_of(WISH)
    newer, ended, watched = new_job_id(), new_job_id(), new_job_id()
    for job_id in (newer, ended, watched):
        await store.execute(job_id, o.CreateJob("local", WISH, utc_now() + timedelta(days=3)))
        await store.execute(job_id, o.StartWatching(group))
        await watchlist.put(f"{group}.{job_id}", b"{}")
    await store.execute(ended, o.CancelJob("local"))
    headers = {"Usher-Schema": "99", "Nats-Msg-Id": "from-a-newer-usher"}
    await nc.request(f"job.paused.{newer}", b"{}", timeout=5, headers=headers)
    await Scheduler(store_of("scheduler"), Timers(nc), watchlist, Settings(), utc_now).repair()
    assert {key.rsplit(".", 1)[1] for key in await watchlist.under(group)} == {newer, watched}
