"""The account's lock: whoever leaves it leaves it free."""

import asyncio
import random

import pytest
from nats.aio.client import Client

from events.settings import utc_now
from services.buckets import Bucket
from services.locks import AccountLock
from services.runtime import Later

SEED = 8  # of the run of kills that found a renewal which went on for ever


async def test_a_renewal_under_way_does_not_outlive_the_booking(nc: Client) -> None:
    """Python 3.11 loses a cancellation that meets `wait_for` in the moment its answer comes."""
    bucket, chance = Bucket(nc, "sites"), random.Random(SEED)
    lock = AccountLock(bucket, utc_now, within=0.004)
    for _ in range(60):
        async with lock.held("asha"):
            await asyncio.sleep(chance.uniform(0, 0.006))
        assert await bucket.get("account.asha") is None
    assert [task for task in asyncio.all_tasks() if "AccountLock._renew" in repr(task)] == []


async def test_who_had_the_account_last_takes_it_again_at_once_unless_another_has_it_by_now(nc: Client) -> None:
    bucket = Bucket(nc, "sites")
    lock, other = AccountLock(bucket, utc_now), AccountLock(bucket, utc_now)
    for _ in range(2):
        async with lock.held("asha"):
            assert await bucket.get("account.asha") is not None
    async with other.held("asha"):
        with pytest.raises(Later):
            async with lock.held("asha"):
                pass
    async with lock.held("asha"):
        with pytest.raises(Later):
            async with other.held("asha"):
                pass
