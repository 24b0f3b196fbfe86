"""Alarms in the owner's chat: once each, in their language, and nobody else hears of them."""

from datetime import timedelta

from events import user as u
from events.settings import new_event_id, utc_now
from sandbox.telegram.person import ASHA, RAVI
from services.alarms import Notice
from services.asking import ask, newest
from services.status import Alarm
from services.writing import write
from tests.bot.outbound.chatworld import ChatWorld, text_of

DEAD = Alarm("actor", "no watcher is running", "start it: `usher run watcher`", "watcher")


async def owner(chat: ChatWorld, **settings: str) -> None:
    """Asha shows the pairing code."""
    events = [u.Registered("Asha", ASHA, ASHA), u.Approved("pairing code"), u.SettingsChanged(settings)]
    await chat.store.append("user", "local", 0, events, [new_event_id() for _ in events])
    await ask(chat.nc, "usher.query.person", {"user": "local", "after": await newest(chat.nc, "USERS")})


async def test_a_parked_message_is_told_to_the_owner_once(chat: ChatWorld) -> None:
    await owner(chat)
    asha, ravi = chat.at_page(ASHA), await chat.person(RAVI, "ravi")
    await asha.say("/start")
    await chat.nc.request("parked.booker.job.created.x", b'{"subject": "job.created.x", "why": "a test"}', timeout=5)
    async with chat.notifying():
        for _ in range(3):
            await write(chat.nc, "TIMERS", "due.chat.alarms", b"{}")
            told = await asha.see(lambda m: "could not handle: 1" in text_of(m))
    assert "usher parked list" in text_of(told)
    assert len([m for m in await asha.messages() if "could not handle" in text_of(m)]) == 1
    assert not [m for m in await ravi.messages() if not m["out"]]


async def test_a_dead_man_and_his_return_are_told_in_the_owners_language(chat: ChatWorld) -> None:
    await owner(chat, lang="hi")
    asha, now = chat.at_page(ASHA), utc_now()
    await asha.say("/start")
    async with chat.notifying() as notifier:
        assert await notifier._alarm(Notice("a", DEAD, now - timedelta(minutes=1), now))
        told = await asha.see(lambda m: "watcher नहीं चल रहा है" in text_of(m))
        assert "usher run watcher" in text_of(told)
        assert await notifier._alarm(Notice("a-over", DEAD, now - timedelta(minutes=1), now, over=True))
        await asha.see(lambda m: "✅" in text_of(m))


async def test_without_an_owner_it_waits_for_one(chat: ChatWorld) -> None:
    await chat.person(RAVI, "ravi")
    now = utc_now()
    async with chat.notifying() as notifier:
        assert not await notifier._alarm(Notice("a", DEAD, now, now))
