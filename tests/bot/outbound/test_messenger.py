"""One live card a job, and what rings: against the local Telegram over HTTP, with real NATS and read models."""

import asyncio
from datetime import timedelta

import msgspec

from bot.dialogues import Homes
from events import orders as o
from events import user as u
from events.reading import sequence_of
from events.settings import new_event_id, utc_now
from events.wish import group_of
from sandbox.telegram.person import ASHA, FILM_CLUB, RAVI
from services.buckets import Bucket
from services.notifier import Trouble
from services.runtime import Delivery
from services.watcher import GroupState
from tests.bot.outbound.chatworld import POOR, ChatWorld, labels, text_of
from tests.samples import SHOW, WISH

SENDS = ("sendMessage", "sendPhoto", "sendDocument")


async def test_a_job_has_one_message_that_is_edited_in_place(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        first = await asha.see(lambda m: "Watching" in text_of(m))
        await chat.do(job, o.PauseJob("asked to", "asha"))
        paused = await asha.see(lambda m: "Paused" in text_of(m))
        await chat.settled()
    assert paused["message_id"] == first["message_id"]
    assert "Resume" in labels(paused)
    assert len(await chat.calls(*SENDS)) == 1


async def test_a_burst_of_events_costs_few_edits_and_the_newest_wins(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        for _ in range(6):
            await chat.do(job, o.PauseJob("asked to", "asha"), o.ResumeJob("asha"))
        await chat.do(job, o.PauseJob("asked to", "asha"))
        await asha.see(lambda m: "Paused" in text_of(m))
        await chat.settled()
    assert len(await chat.calls("editMessageText")) <= 4
    assert len(await chat.calls(*SENDS)) == 1


async def test_a_question_rings_and_its_answer_stands_in_it(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        await chat.found(job)
        await chat.ask_consent(job)
        asked = await asha.see(lambda m: "poor seats" in text_of(m))
        assert labels(asked) == ["Book them", "No, keep watching", "Look for other shows"]
        await chat.do(job, o.GiveConsent("asha"))
        answered = await asha.see(lambda m: "Asha said: book them" in text_of(m))
        await chat.settled()
    assert answered["message_id"] == asked["message_id"]
    assert labels(answered) == []


async def test_the_card_becomes_the_ticket_and_the_ticket_arrives(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        await chat.found(job)
        await chat.book(job)
        ticket = await asha.see(lambda m: "photo" in m and "Booked: Dune" in text_of(m))
        calendar = await asha.see(lambda m: "document" in m)
        card = await asha.see(lambda m: "photo" not in m and text_of(m).startswith("🎟 Booked"))
        await chat.settled()
    assert "WGQ7KTX" in text_of(ticket)
    assert labels(ticket)[:2] == ["Copy number", "Map"]
    assert calendar["document"]["file_name"] == "ticket.ics"
    assert "WGQ7KTX" in text_of(card)
    assert len(await chat.calls(*SENDS)) == 3  # card, ticket, calendar


async def test_a_card_that_its_reader_deleted_comes_again(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        card = await asha.see(lambda m: "Watching" in text_of(m))
        await chat.settled()
        await asha.delete(card["message_id"])
        await chat.do(job, o.PauseJob("asked to", "asha"))
        again = await asha.see(lambda m: "Paused" in text_of(m))
    assert again["message_id"] != card["message_id"]


async def test_a_chat_that_must_rest_does_not_hold_up_another(chat: ChatWorld) -> None:
    asha, ravi = await chat.person(ASHA, "asha"), await chat.person(RAVI, "ravi")
    async with chat.notifying():
        resting, going = await chat.wish("asha"), await chat.wish("ravi")
        await asha.see(lambda m: "Watching" in text_of(m))
        await ravi.see(lambda m: "Watching" in text_of(m))
        await chat.settled()
        await chat.fault("status_429", value=3, chat=ASHA)
        began = asyncio.get_running_loop().time()
        await chat.do(resting, o.PauseJob("asked to", "asha"))
        await chat.do(going, o.PauseJob("asked to", "ravi"))
        await ravi.see(lambda m: "Paused" in text_of(m))
        assert asyncio.get_running_loop().time() - began < 3
        await asha.see(lambda m: "Paused" in text_of(m))
        assert asyncio.get_running_loop().time() - began >= 2.5
        await chat.settled()


async def test_a_question_overtakes_an_edit_that_waits(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        await asha.see(lambda m: "Watching" in text_of(m))
        await chat.found(job)  # its edit must wait: the card is less than a second old
        await chat.ask_consent(job)
        await asha.see(lambda m: "poor seats" in text_of(m))
        await asha.see(lambda m: "Next: you say whether" in text_of(m))
        await chat.settled()
    asked = (await chat.calls("sendMessage"))[-1]
    edits = await chat.calls("editMessageText")
    assert [call["seq"] > asked["seq"] for call in edits].count(False) <= 1
    assert edits[-1]["seq"] > asked["seq"]


async def test_a_chat_that_is_blocked_is_noted_and_told_when_it_is_back(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        await asha.see(lambda m: "Watching" in text_of(m))
        await chat.settled()
        await asha.block()
        await chat.found(job)
        await chat.book(job)
        await chat.settled()
        assert "blocked" in (await chat.shown.under("unreachable"))[f"unreachable.{ASHA}"].decode()
        await asha.unblock()
        await asha.say("/start")
        other = await chat.wish("asha", film="Another film")
        await asha.see(lambda m: "Another film" in text_of(m))
        await chat.settled()
        assert await chat.shown.under("unreachable") == {}
        await chat.do(other, o.CancelJob("asha"))
        await chat.settled()
    assert (await chat.store.load(job)).job.status == "SUCCESS"


async def test_a_jobs_news_go_to_the_chat_that_its_wish_came_from(chat: ChatWorld) -> None:
    await chat.person(ASHA, "asha")
    ravi = await chat.person(RAVI, "ravi")
    job = await chat.wish("asha")
    await Bucket(chat.nc, "chat").put(f"home.{job}", str(FILM_CLUB).encode())
    async with chat.notifying():
        await ravi.see(lambda m: "Watching" in text_of(m), FILM_CLUB)
        await chat.settled()
    assert await chat.calls(*SENDS, chat=ASHA) == []


async def test_a_wish_from_a_group_is_known_there_before_its_maker_knows_its_id(chat: ChatWorld) -> None:
    asha, ravi = await chat.person(ASHA, "asha"), await chat.person(RAVI, "ravi")
    homes = Homes(Bucket(chat.nc, "chat"))
    async with chat.notifying():
        await homes.announce("asha", FILM_CLUB, utc_now())
        await chat.wish("asha", film="For the club")
        await ravi.see(lambda m: "For the club" in text_of(m), FILM_CLUB)
        await homes.announce("asha", ASHA, utc_now())
        await chat.wish("asha", film="For me")
        await asha.see(lambda m: "For me" in text_of(m))
        await chat.settled()
    assert len(await chat.calls(*SENDS, chat=FILM_CLUB)) == 1


async def test_at_night_only_questions_ring(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha", quiet="00:00-23:59", zone="UTC")
    async with chat.notifying():
        job = await chat.wish()
        await chat.found(job)
        await chat.ask_consent(job)
        asked = await asha.see(lambda m: "poor seats" in text_of(m))
        await chat.do(job, o.GiveConsent("asha"), o.FailBooking(1, "not_covered", "", watching=False))
        failed = await asha.see(lambda m: "The booking failed" in text_of(m))
        await chat.settled()
    assert not asked.get("silent")
    assert failed.get("silent")


async def test_somebody_who_is_not_served_hears_nothing(chat: ChatWorld) -> None:
    await chat.person(ASHA, "asha")
    await chat.store.append("user", "asha", await last_of(chat, "asha"), [u.Removed("owner")], [new_event_id()])
    async with chat.notifying():
        await chat.wish()
        await chat.settled()
    assert await chat.calls(*SENDS) == []


async def last_of(chat: ChatWorld, user: str) -> int:
    return max(map(sequence_of, await chat.store.reader.last_of_each("USERS", f"user.*.{user}")))


async def test_a_site_that_cannot_be_looked_at_is_told_once_and_only_to_who_hears_progress(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    await chat.person(RAVI, "ravi", level="outcomes")
    trouble = [Trouble(f"e-{user}", await chat.wish(user), user, True, 3, "403") for user in ("asha", "ravi")]
    async with chat.notifying() as notifier:
        await chat.settled()
        messenger = notifier._messenger
        assert messenger is not None
        for told in trouble * 2:
            await messenger.trouble(told)
        await asha.see(lambda m: "not let me look 3 times" in text_of(m))
    assert len(await chat.calls("sendMessage", chat=ASHA)) == 2
    assert len(await chat.calls("sendMessage", chat=RAVI)) == 1


async def test_a_digest_comes_once_a_day_at_its_hour(chat: ChatWorld) -> None:
    at = f"{utc_now():%H}:00"
    asha = await chat.person(ASHA, "asha", digest=at, zone="UTC")
    await chat.wish()
    async with chat.notifying() as notifier:
        await chat.settled()
        for _ in range(3):
            await notifier.on_due(Delivery("due.chat.clock", "clock", b"{}", None))
        digest = await asha.see(lambda m: "Your day with usher" in text_of(m))
    assert "Dune: Part Three · Watching" in text_of(digest)
    assert len(await chat.calls("sendMessage", chat=ASHA)) == 2  # and the card


async def test_a_first_look_is_told_at_the_next_tick(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    tick = Delivery("due.chat.clock", "clock", b"{}", None)
    async with chat.notifying() as notifier:
        await chat.wish()
        await asha.see(lambda m: "Not looked yet" in text_of(m))
        await chat.settled()
        await notifier.on_due(tick)
        looked = GroupState(last_look_at=utc_now(), result="unavailable")
        await Bucket(chat.nc, "sites").put(f"group.{group_of(WISH)}", msgspec.json.encode(looked))
        async with asyncio.timeout(20):
            while not any("nothing on sale yet" in text_of(m) for m in await asha.messages()):
                await notifier.on_due(tick)  # an edit that the pace does not allow is left to the next tick
                await asha.changes(await asha.now(), 0.5)


async def test_a_countdown_goes_on_in_the_next_process(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    await chat.control("POST", "limits", strict=False)  # what meets a limit is left to the next tick
    async with chat.notifying():
        job = await chat.wish()
        await chat.found(job)
        await chat.ask_consent(job, minutes=10)
        asked = await asha.see(lambda m: "(10 min left)" in text_of(m))
        await chat.settled()
    async with chat.notifying(now=lambda: utc_now() + timedelta(minutes=4)) as notifier:
        await notifier.on_due(Delivery("due.chat.clock", "clock", b"{}", None))
        later = await asha.see(lambda m: "(6 min left)" in text_of(m))
    assert later["message_id"] == asked["message_id"]
    assert labels(later) == labels(asked)


async def test_a_missed_sale_is_explained_at_the_end_of_the_watch(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        await chat.found(job)
        await chat.do(job, o.RejectShow(1, SHOW.show_id, "sold_out"), o.FailBooking(1, "no_show_left"))
        await chat.do(job, o.ExpireJob())
        told = await asha.see(lambda m: "over without a booking" in text_of(m))
        await chat.settled()
    assert "a sale that I could not use: every show that fits was tried; the show is sold out" in text_of(told)


async def test_poor_seats_are_shown_in_their_hall(chat: ChatWorld) -> None:
    asha = await chat.person(ASHA, "asha")
    async with chat.notifying():
        job = await chat.wish()
        await chat.keep_map(job)
        await chat.found(job)
        until = utc_now() + timedelta(minutes=2)
        await chat.do(job, o.RequestConsent(1, SHOW.show_id, POOR, until, None, f"{job}-map-1.json"))
        asked = await asha.see(lambda m: "poor seats" in text_of(m))
        await chat.do(job, o.DeclineConsent("asha", other=True))
        done = await asha.see(lambda m: "look for other shows (" in text_of(m))
        await chat.settled()
    assert asked["photo"][-1]["width"] == 1080
    assert done["message_id"] == asked["message_id"]
