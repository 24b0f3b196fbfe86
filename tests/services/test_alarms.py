"""Alarms: each is told once when it has stood for a while, and once more when it is over; a restart repeats nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from nats.aio.client import Client

from events.store import EventStore
from services.alarms import Alarms, Note, Notes, Notice, after
from services.buckets import Bucket
from services.status import Alarm, Lag, Status, alarms
from tests.conftest import NOW

GONE = Alarm("actor", "no watcher is running", "start it", "watcher")
PARKED = Alarm("parked", "1 message is parked", "see it", count=1)
Stores = Callable[[str], EventStore]


def told(*looks: tuple[int, bool], alarm: Alarm = GONE) -> list[tuple[int, bool]]:
    """(second, over) of each message, when the alarm was seen or missed at those seconds."""
    note: Note | None = None
    said: list[tuple[int, bool]] = []
    for second, stands in looks:
        note, notice = after(note, alarm if stands else None, NOW + timedelta(seconds=second))
        if notice is not None:
            said.append((second, notice.over))
    return said


def test_an_actor_that_is_gone_for_a_minute_is_told_once_and_once_when_it_is_back() -> None:
    looks = [(second, second < 200) for second in range(0, 400, 20)]
    assert told(*looks) == [(60, False), (260, True)]


def test_one_that_was_away_for_less_than_a_minute_is_no_alarm() -> None:
    assert told((0, True), (20, True), (40, False), (60, True), (80, True)) == []


def test_one_that_comes_and_goes_is_one_alarm() -> None:
    assert told((0, True), (60, True), (80, False), (100, True), (120, False), (140, True)) == [(60, False)]


def test_a_second_time_is_told_again() -> None:
    first = [(0, True), (60, True), (80, False), (140, False)]
    assert told(*first, (200, True), (260, True)) == [(60, False), (140, True), (260, False)]


def test_a_parked_message_is_told_at_once_and_more_of_them_are_no_news() -> None:
    note, notice = after(None, PARKED, NOW)
    assert notice is not None
    more = Alarm("parked", "3 messages are parked", "see them", count=3)
    note, again = after(note, more, NOW + timedelta(hours=1))
    assert again is None
    assert note is not None
    assert note.alarm.count == 3


def test_every_alarm_of_the_status_has_a_name_that_stays() -> None:
    lags = (Lag("booker", "JOBS", 2_000, 0, 0, 0), Lag("watcher", "TIMERS", 0, 0, 0, 1))
    found = Status(lags, (), ("usher", "usher-query", "usher-site"), {"UNCERTAIN": 2}, ("g",), 1)
    assert [alarm.key for alarm in alarms(found)] == [
        "uncertain",
        "actor.booker",
        "lag.booker-JOBS",
        "parked",
        "blind.g",
    ]


class Owner:
    """Whom alarms are told; away: they have no chat yet."""

    def __init__(self) -> None:
        self.heard, self.away, self.broken = list[Notice](), False, False

    async def hear(self, notice: Notice) -> bool:
        if self.broken:
            raise ConnectionError
        if not self.away:
            self.heard.append(notice)
        return not self.away


async def test_a_restart_tells_nothing_again_and_what_was_not_sent_is_sent_later(nc: Client, store_of: Stores) -> None:
    shown, owner = Bucket(nc, "shown", store_of("notifier").reader), Owner()
    at = NOW

    def clock() -> datetime:
        return at

    gone = {f"actor.{name}" for name in ("booker", "desk", "notifier", "projector", "scheduler", "watcher")}
    await Alarms(nc, shown, clock).check(owner.hear)  # nothing runs on this server but the server itself
    assert owner.heard == []
    at += timedelta(minutes=1)
    owner.broken = True
    with pytest.raises(ConnectionError):
        await Alarms(nc, shown, clock).check(owner.hear)
    owner.broken, owner.away = False, True
    await Alarms(nc, shown, clock).check(owner.hear)
    owner.away = False
    await Alarms(nc, shown, clock).check(owner.hear)
    assert {notice.alarm.key for notice in owner.heard} == gone
    at += timedelta(hours=1)
    await Alarms(nc, shown, clock).check(owner.hear)
    assert len(owner.heard) == len(gone)
    notes = await Notes(shown).all()
    assert {key for key, (note, _) in notes.items() if note is not None and note.told_at} == gone
