"""The bot as people meet it: over HTTP against the local Bot API, with real NATS, desk and read models."""

import asyncio
import json
from typing import Any

import pytest
from aiogram.types import Update

from bot.app import Assistant, open_api
from bot.keyboards import JobButton, Menu, Person, Setting, Step, Wallet
from bot.wizard.draft import STEPS
from events.errors import UsherError
from events.settings import Settings
from sandbox.telegram.person import FILM_CLUB
from services.asking import newest
from tests.bot.conftest import Chat, Json, says
from tests.conftest import NOW

SENTENCE = "2 seats for Dune in Hyderabad on Saturday evening at AMB"


def data_of(message: Json, label: str) -> str:
    rows = message["reply_markup"]["inline_keyboard"]
    return next(button["callback_data"] for row in rows for button in row if label in button["text"])


async def make_job(chat: Chat, who: Any, film: str = "Dune") -> Json:
    """A job by a sentence; its screen."""
    await who.say(SENTENCE.replace("Dune", film))
    summary = await who.see(says("Is that right?", film))
    await who.press_label(summary, "Watch and book")
    return await open_job(who, film)


async def open_job(who: Any, film: str) -> Json:
    """Open a job that home shows; its screen."""
    await who.press_label(await who.see(says("Hello", film)), film)
    return await who.see(says("Job", film))


async def test_a_code_a_sentence_and_a_press_make_a_job(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        assert "Nothing is being watched" in home["text"]
        await chat.asha.press_label(home, "New wish")
        await chat.asha.see(says("Which film?"))
        await chat.asha.say(SENTENCE)
        summary = await chat.asha.see(says("Is that right?"))
        await chat.asha.press_label(summary, "Watch and book")
        job = await chat.asha.see(says("Hello", "Dune", "waits for its time"))
        assert job["message_id"] == home["message_id"]
        rows = await chat.ask("usher.query.jobs", user="local")
        assert [row["film"] for row in rows] == ["Dune"]
        person = await chat.ask("usher.query.person", user="local")
        assert '"city":"Hyderabad"' in person["settings"].replace(" ", "")


async def test_the_message_with_the_code_is_deleted_and_only_one_message_stays(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await make_job(chat, chat.asha)
        texts = [message.get("text", "") for message in await chat.asha.messages()]
        assert len(texts) == 1
        assert "Dune" in texts[0]


async def test_eight_steps_by_buttons(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        asha = chat.asha
        await asha.press_label(home, "New wish")
        await asha.see(says("Which film?"))
        await asha.say("Monsoon")
        await asha.press_label(await asha.see(says("In which city?")), "Hyderabad")
        await asha.press_label(await asha.see(says("Which cinemas?")), "Any cinema")
        await asha.press_label(await asha.see(says("Which days?")), "First weekend")
        await asha.press_label(await asha.see(says("Which days?", "📅 Sat")), "Next")
        await asha.press_label(await asha.see(says("What time?")), "Evening")
        await asha.press_label(await asha.see(says("What time?", "🕖 Evening")), "Next")
        await asha.press_label(await asha.see(says("Language, format, screen?")), "Hindi")
        await asha.press_label(await asha.see(says("🗣 Hindi")), "Next")
        await asha.press_label(await asha.see(says("Which seats?")), "4")
        await asha.press_label(await asha.see(says("4 together")), "Next")
        summary = await asha.see(says("step 8 of 8"))
        await asha.press_label(summary, "Watch and book")
        assert "4 together" in (await open_job(asha, "Monsoon"))["text"]


async def test_names_that_the_site_tells_late_are_offered_when_they_come(opened) -> None:
    async with opened() as chat:
        told = asyncio.Event()

        async def slow(message: Any) -> None:
            what = message.subject.rsplit(".", 1)[1]
            await told.wait()
            lists = {"films": [{"title": "Dune: Part Three"}], "cinemas": ["AMB Cinemas"], "cities": ["Hyderabad"]}
            await message.respond(json.dumps({what: lists[what]}).encode())

        for what in ("films", "cinemas", "cities"):
            await chat.nc.subscribe(f"usher.site.{what}", cb=slow)
        home = await chat.pair()
        await chat.asha.press_label(home, "New wish")
        await chat.asha.see(says("Which film?"))
        await chat.asha.say("Dune")
        await chat.asha.press_label(await chat.asha.see(says("In which city?")), "Hyderabad")
        await chat.asha.see(says("Which cinemas?"))
        told.set()
        unclear = await chat.asha.see(says("Which film?", "I do not know “Dune”"))
        await chat.asha.press_label(unclear, "Dune: Part Three")
        cinemas = await chat.asha.see(says("Which cinemas?", "Dune: Part Three"))
        await chat.asha.press_label(cinemas, "AMB Cinemas")
        await chat.asha.see(says("🏛 AMB Cinemas"))


async def test_strangers_are_told_once_and_the_owner_lets_them_in(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        for text in ("hello", "anybody?", "/start", "/jobs", SENTENCE):
            await chat.ravi.say(text)
        asked = await chat.asha.see(says("would like to use your usher"))
        told = [m for m in await chat.ravi.messages() if m["from"]["is_bot"]]
        assert [message["text"].split("\n")[0] for message in told] == ["This is a private assistant."]
        await chat.asha.press_label(asked, "Let in")
        welcome = await chat.ravi.see(says("let you in"))
        await chat.ravi.press_label(welcome, "Start")
        await chat.home(chat.ravi)
        waiting = [m for m in await chat.asha.messages() if "would like" in m.get("text", "")]
        assert waiting == []


async def test_a_wrong_code_makes_no_owner(opened) -> None:
    async with opened() as chat:
        await chat.ravi.say("/start not-the-code")
        await chat.ravi.see(says("not the pairing code"))
        await chat.pair()
        await chat.ravi.say(f"/start {'x' * 12}")
        await chat.ravi.see(says("send /start alone"))


async def test_two_people_never_see_each_others_jobs(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.admit()
        theirs = await make_job(chat, chat.asha, "Dune")
        mine = await make_job(chat, chat.ravi, "Monsoon")
        pause = data_of(theirs, "Pause")
        forged = [pause, pause.replace(":pause:", ":cancel2:"), pause.replace(":pause:", ":open:")]
        for act in ("timeline", "why", "pictures", "change", "refresh"):
            forged.append(pause.replace(":pause:", f":{act}:"))
        for data in forged:
            pressed = await chat.ravi.press(mine["message_id"], data, force=True)
            told = await chat.ravi.answer(pressed)
            assert told["text"] == "There is no such job of yours.", data
        await chat.ravi.say("/jobs")
        await chat.ravi.see(says("Your jobs", "Monsoon"))
        assert all("Dune" not in str(message) for message in await chat.ravi.messages())
        assert all("Monsoon" not in str(message) for message in await chat.asha.messages())
        rows = await chat.ask("usher.query.jobs", user="local")
        assert [row["status"] for row in rows] == ["PENDING"]


async def test_pause_resume_and_cancel_with_a_question(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        job = await make_job(chat, chat.asha)
        await chat.asha.press_label(job, "Pause")
        paused = await chat.asha.see(says("paused", "Dune"))
        await chat.asha.press_label(paused, "Resume")
        watching = await chat.asha.see(says("watching", "Dune"))
        await chat.asha.press_label(watching, "Cancel the job")
        sure = await chat.asha.see(says("Cancel “Dune”?"))
        await chat.asha.press_label(sure, "Keep it")
        await chat.asha.press_label(await chat.asha.see(says("watching", "Dune")), "Cancel the job")
        await chat.asha.press_label(await chat.asha.see(says("Cancel “Dune”?")), "Yes, cancel it")
        await chat.asha.see(says("cancelled", "Dune"))
        rows = await chat.ask("usher.query.jobs", user="local")
        assert [row["status"] for row in rows] == ["CANCELLED"]


async def test_a_stale_press_changes_nothing_and_says_so(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        job = await make_job(chat, chat.asha)
        old_pause = data_of(job, "Pause")
        await chat.asha.press_label(job, "Pause")
        await chat.asha.see(says("paused", "Dune"))
        again = await chat.asha.press(job["message_id"], old_pause, force=True)
        assert "moved on meanwhile" in (await chat.asha.answer(again))["text"]
        kinds = [row["type"] for row in await chat.ask("usher.query.timeline", job_id=(await only_job(chat)))]
        assert kinds == ["created", "paused"]


async def only_job(chat: Chat) -> str:
    rows = await chat.ask("usher.query.jobs", user="local", after=await newest(chat.nc, "JOBS"))
    assert len(rows) == 1
    return str(rows[0]["job_id"])


async def test_a_double_tap_makes_one_job(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.asha.say(SENTENCE)
        summary = await chat.asha.see(says("Is that right?"))
        create = data_of(summary, "Watch and book")
        presses = [await chat.asha.press(summary["message_id"], create, force=True) for _ in range(3)]
        for pressed in presses:
            await chat.asha.answer(pressed)
        await only_job(chat)


async def test_change_opens_the_wizard_on_the_wish(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        job = await make_job(chat, chat.asha)
        await chat.asha.press_label(job, "Change")
        await chat.asha.see(says("Change the wish", "Dune", "AMB"))
        await chat.asha.say("3 seats")
        changed = await chat.asha.see(says("Change the wish", "3 together"))
        await chat.asha.press_label(changed, "Save the change")
        await chat.asha.see(says("waits for its time", "3 together"))
        kinds = [row["type"] for row in await chat.ask("usher.query.timeline", job_id=await only_job(chat))]
        assert kinds == ["created", "preferences_changed"]


async def test_what_the_desk_refuses_is_told_at_its_step_and_nothing_is_lost(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await make_job(chat, chat.asha)
        await chat.asha.say("/home")
        await chat.asha.see(says("Hello"))
        await chat.asha.say(SENTENCE)
        summary = await chat.asha.see(says("Is that right?"))
        await chat.asha.press_label(summary, "Watch and book")
        refused = await chat.asha.see(says("already has this very wish", "AMB"))
        await chat.asha.press_label(refused, "Seats")
        await chat.asha.press_label(await chat.asha.see(says("Which seats?")), "5")
        await chat.asha.press_label(await chat.asha.see(says("5 together")), "Next")
        await chat.asha.press_label(await chat.asha.see(says("Is that right?", "5 together")), "Watch and book")
        await chat.asha.see(says("Hello", "Dune"))
        assert [row["status"] for row in await chat.ask("usher.query.jobs", user="local")] == ["PENDING", "PENDING"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_restart_in_each_step_loses_nothing(opened, step: str) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.asha.say(SENTENCE)
        drawn = await chat.asha.see(says("step 8 of 8"))
        number = STEPS.index(step) + 1
        if step != "confirm":
            labels = ("Film", "City", "Cinemas", "Days", "Times", "Version", "Seats")
            await chat.asha.press_label(drawn, labels[number - 1])
            drawn = await chat.asha.see(says(f"step {number} of 8"))
        before = (await chat.dialogue(chat.asha)).draft
        await chat.restart()
        assert (await chat.dialogue(chat.asha)).draft == before
        if step != "confirm":
            await chat.asha.press_label(drawn, "Back")
            drawn = await chat.asha.see(says("step 8 of 8"))
        await chat.asha.press_label(drawn, "Watch and book")
        job = await open_job(chat.asha, "Dune")
        assert "AMB" in job["text"]


async def test_a_card_number_is_deleted_and_shown_masked(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.asha.say("/wallet")
        wallet = await chat.asha.see(says("Wallet", "No gift cards yet"))
        await chat.asha.press_label(wallet, "Add a card")
        await chat.asha.see(says("Send number and PIN"))
        await chat.asha.say("8000 0000 0000 0001 pin 123456 birthday")
        await chat.asha.see(says("•••• 0001", "birthday"))
        await chat.asha.say("8000-0000-0000-0002, 654321")  # nobody asked: it is deleted and added all the same
        both = await chat.asha.see(says("•••• 0001", "•••• 0002"))
        await chat.asha.press_label(both, "Use •••• 0002 first")
        await chat.asha.see(says("1. •••• 0002"))
        assert "8000" not in str([m.get("text") for m in await chat.asha.messages()])
        first = await chat.asha.see(says("1. •••• 0002"))
        await chat.asha.press_label(first, "🗑 •••• 0001")
        await chat.asha.press_label(await chat.asha.see(says("Remove card •••• 0001?")), "Yes, remove it")
        await chat.asha.see(lambda m: "Wallet" in m.get("text", "") and "0001" not in m["text"])
        assert [row["last4"] for row in await chat.ask("usher.query.cards", user="local")] == ["0002"]


async def test_a_card_that_the_desk_refuses_is_told_why_and_deleted(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.asha.say("7234 5678 9012 3456 1")
        await chat.asha.see(says("could not read a number and a PIN"))
        await chat.asha.say("7234 5678 9012 3456 123456")
        await chat.asha.see(says("win-pin", "Wallet"))
        assert "9012" not in str([m.get("text") for m in await chat.asha.messages()])


async def test_settings_are_kept_and_the_contact_is_masked(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        asha = chat.asha
        await asha.say("/settings")
        await asha.press_label(await asha.see(says("Settings", "not set")), "Contact")
        await asha.see(says("Send both in one message"))
        await asha.say("asha@example.com 98765 43210")
        shown = await asha.see(says("Settings", "•"))
        assert "asha@example.com" not in str(await asha.messages())
        await asha.press_label(shown, "City")
        await asha.see(says("Your city"))
        await asha.say("hydrabad")
        await asha.press_label(await asha.see(says("📍 City: Hyderabad")), "Quiet hours")
        await asha.press_label(await asha.see(says("In these hours")), "22:00-08:00")
        await asha.press_label(await asha.see(says("🌙 Quiet hours: 22:00-08:00")), "Digest")
        await asha.see(says("One message a day"))
        await asha.say("25:77")
        await asha.see(says("is no time of day"))
        await asha.say("9am")
        await asha.press_label(await asha.see(says("🗞 Daily digest: 09:00")), "Limits")
        await asha.see(says("Up to three amounts"))
        await asha.say("a lot")
        await asha.see(says("is no limit"))
        await asha.say("1,500 - 20000")
        await asha.press_label(await asha.see(says("1500 · – · 20000")), "हिन्दी")
        await asha.press_label(await asha.see(says("सेटिंग", "Hyderabad")), "English")
        await asha.see(says("Settings", "Hyderabad"))


async def test_forget_asks_twice_and_then_forgets(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await make_job(chat, chat.asha)
        await chat.asha.say("/forget")
        first = await chat.asha.see(says("Your jobs will end"))
        jump = await chat.asha.press(first["message_id"], Setting(act="forget", arg="second").pack(), force=True)
        assert "out of date" in (await chat.asha.answer(jump))["text"]
        await chat.asha.press_label(first, "Yes, forget me")
        second = await chat.asha.see(says("cannot be undone"))
        await chat.asha.press_label(second, "Forget everything now")
        await chat.asha.see(says("Done. 1 jobs were ended"))
        rows = await chat.ask("usher.query.jobs", user="local")
        assert [row["status"] for row in rows] == ["CANCELLED"]
        assert (await chat.dialogue(chat.asha)).message == 0


async def test_only_the_owner_sees_people_and_decides(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        home = await chat.admit()
        await chat.ravi.say("/users")
        await chat.ravi.see(says("Only the owner"))
        pressed = await chat.ravi.press(home["message_id"], Person(act="approve", who=777).pack(), force=True)
        assert "owner" in (await chat.ravi.answer(pressed))["text"]
        await chat.asha.say("/users")
        await chat.asha.press_label(await chat.asha.see(says("Who may use", "is served")), "Keep out")
        await chat.asha.see(says("Who may use", "is not served"))
        gone = await chat.ravi.press(home["message_id"], Menu(to="home").pack(), force=True)
        assert "private assistant" in (await chat.ravi.answer(gone))["text"]


async def test_why_timeline_budget_and_help(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        job = await make_job(chat, chat.asha)
        await chat.asha.press_label(job, "Timeline")
        timeline = await chat.asha.see(says("What happened: Dune", "Wish made"))
        await chat.asha.press_label(timeline, "Pictures")
        await chat.asha.say("/why")
        await chat.asha.see(says("Why: Dune", "The site was asked 0 times today"))
        await chat.asha.say(f"/why {(await only_job(chat))[-6:]}")
        await chat.asha.see(says("Why: Dune"))
        await chat.asha.say("/why nothing")
        await chat.asha.see(says("no such job of yours"))
        await chat.asha.say("/budget")
        await chat.asha.see(says("How often the sites were asked", "Looks today: 0"))
        await chat.asha.say("/help")
        await chat.asha.see(says("One sentence is enough", "/wallet", "/users"))
        await chat.asha.say("/nonsense")
        await chat.asha.see(says("do not know that command"))


async def test_the_home_message_is_drawn_anew_when_it_was_deleted(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        await chat.asha.delete(home["message_id"])
        await chat.asha.say(SENTENCE)
        await chat.asha.see(says("Is that right?", "AMB"))


async def test_in_a_group_a_mention_makes_a_wish_and_others_cannot_press_it(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.admit()
        name = (await chat.asha.state())["bot"]["username"]
        await chat.asha.say(f"@{name} {SENTENCE}", chat=FILM_CLUB)
        summary = await chat.asha.see(says("Is that right?"), chat=FILM_CLUB)
        press = data_of(summary, "Watch and book")
        theirs = await chat.ravi.press(summary["message_id"], press, chat=FILM_CLUB)
        assert "somebody else" in (await chat.ravi.answer(theirs))["text"]
        await chat.asha.press(summary["message_id"], press, chat=FILM_CLUB)
        await chat.asha.see(says("usher, at your service"), chat=FILM_CLUB)
        assert await only_job(chat)
        await chat.asha.say("/wallet@" + name, chat=FILM_CLUB)
        await chat.asha.see(says("private chat: cards"), chat=FILM_CLUB)
        assert "Dune" not in str([m.get("text") for m in (await chat.asha.messages(FILM_CLUB))[-1:]])


async def test_an_update_that_cannot_be_decoded_is_stepped_over(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.control("POST", "faults", name="malformed_update", count=3)
        await chat.control("POST", "update", kind="message", body={"message_id": "what", "date": []})
        await chat.asha.say(SENTENCE)
        await chat.asha.see(says("Is that right?"))


KINDS: list[tuple[str, Json]] = [
    ("edited_message", {"message_id": 1, "date": 1, "chat": {"id": 1001, "type": "private"}, "text": "x"}),
    ("channel_post", {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel", "title": "c"}, "text": "x"}),
    ("message", {"message_id": 900, "date": 1, "chat": {"id": 1001, "type": "private"}, "from": {}, "text": "x"}),
    ("message", {"message_id": 901, "date": 1, "chat": {"id": -7, "type": "group", "title": "g"}, "text": "/start"}),
    ("poll", {"id": "1", "question": "?", "options": [], "total_voter_count": 0}),
    ("inline_query", {"id": "1", "query": "x", "offset": ""}),
    ("no_such_kind", {"a": 1}),
]


async def test_updates_of_every_kind_and_any_button_break_nothing(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        asha = (await chat.asha.state())["people"][0]
        for kind, body in KINDS:
            if "from" in body:
                body = body | {"from": asha}
            await chat.control("POST", "update", kind=kind, body=body)
        content: list[Json] = [
            {"sticker": {"file_id": "x", "file_unique_id": "y", "type": "regular", "width": 1, "height": 1}},
            {"location": {"latitude": 1.0, "longitude": 2.0}},
            {"text": "\u202e" + "🎬" * 4000},
            {"text": "/"},
            {"text": "/start@"},
        ]
        for number, more in enumerate(content):
            place = {"message_id": 950 + number, "date": 1, "chat": {"id": 1001, "type": "private"}, "from": asha}
            await chat.control("POST", "update", kind="message", body=place | more)
        buttons = [
            "",
            "m",
            "m:",
            "m:nowhere",
            "m:jobs-what-xx",
            "m:people-99",
            "w:1:create:",
            "w:x:y:z",
            Step(rev=9**9, act="pick", arg="-1").pack(),
            JobButton(job="%", rev=0, act="open").pack(),
            JobButton(job="", rev=0, act="cancel2").pack(),
            JobButton(job="x", rev=0, act="yes").pack(),
            Wallet(act="remove2", card="x").pack(),
            Setting(act="open", arg="lang").pack(),
            Setting(act="zone", arg="Mars").pack(),
            Setting(act="fav", arg="x").pack(),
            "u:approve:notanumber",
            "🎬" * 10,
        ]
        for data in buttons:
            pressed = await chat.asha.press(home["message_id"], data, force=True)
            await chat.asha.answer(pressed, timeout=10)
        await chat.asha.say("/home")
        await chat.home(chat.asha)
        await chat.asha.say(SENTENCE)
        await chat.asha.see(says("Is that right?"))
        broken = chat.health.last_error.get("bot", "")
        assert "AttributeError" not in broken, broken
        assert "TypeError" not in broken, broken


async def test_every_press_is_answered_within_a_second_even_where_nobody_answers_us(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        await chat.control("POST", "faults", name="delay_before_ms", method="editMessageText", count=1, value=2000)
        pressed = await chat.asha.press(home["message_id"], data_of(home, "Jobs"))
        told = await chat.asha.answer(pressed, timeout=1.5)
        assert "Working" in told["text"]
        await chat.asha.see(says("Your jobs"))


@pytest.mark.parametrize("fault", ["status_500", "status_502", "html_200", "drop_after", "drop_before"])
async def test_telegram_stumbles_and_the_chat_goes_on(opened, fault: str) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.control("POST", "faults", name=fault, method="getUpdates", count=2)
        await chat.control("POST", "faults", name=fault, method="editMessageText", count=1)
        await chat.asha.say(SENTENCE)
        await chat.asha.see(says("Is that right?"))


async def test_another_poller_is_said_aloud_and_outlived(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.control("POST", "faults", name="status_409", method="getUpdates", count=1)
        await chat.asha.say("hello")
        await chat.asha.see(says("hello"))
        async with asyncio.timeout(20):
            while "409" not in chat.health.last_error.get("bot", ""):  # noqa: ASYNC110  a figure announces nothing
                await asyncio.sleep(0.05)
        await chat.asha.say("/home")
        await chat.home(chat.asha)


async def test_the_rate_limit_is_waited_for(opened) -> None:
    async with opened(strict=True) as chat:
        await chat.pair()
        for name in ("jobs", "help", "budget", "settings", "wallet", "home", "jobs"):
            await chat.asha.say(f"/{name}")
        await chat.asha.see(says("Your jobs"), timeout=60)
        async with asyncio.timeout(60):
            while len([m for m in await chat.asha.messages() if m["from"]["is_bot"]]) > 1:
                await chat.asha.changes(await chat.asha.now(), 1)


async def test_the_menu_of_commands_is_set_even_where_telegram_was_away(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.stop()
        await chat.control("DELETE", "log")
        await chat.control("POST", "faults", name="down")
        starting = asyncio.create_task(chat.start())
        await asyncio.sleep(0.5)
        await chat.control("DELETE", "faults")
        await starting
        async with asyncio.timeout(30):
            while len((await chat.control("GET", "log?method=setMyCommands"))["calls"]) < 5:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await chat.asha.say("/help")
        await chat.asha.see(says("One sentence"))


async def test_a_wrong_token_is_said_in_one_line(opened) -> None:
    async with opened() as chat:
        await chat.stop()
        api = open_api(Settings(bot_token="123456:wrong", bot_api_url=chat.telegram.url))
        assistant = Assistant(chat.nc, api, chat.health, lambda: NOW)
        with pytest.raises(UsherError, match="refuses USHER_BOT_TOKEN"):
            await assistant.start()
        await api.session.close()
    with pytest.raises(UsherError, match="is no bot token"):
        open_api(Settings(bot_token="nonsense"))


async def test_an_update_that_comes_again_does_nothing_again(opened) -> None:
    """The bot dies after it did what an update asked for and before it confirmed: Telegram sends it once more."""
    async with opened() as chat:
        await chat.pair()
        await chat.asha.say(SENTENCE)
        summary = await chat.asha.see(says("Is that right?"))
        await chat.stop()
        await chat.asha.press_label(summary, "Watch and book")
        await chat.asha.say("/new")
        url = f"{chat.telegram.url}/bot{chat.telegram.bot_token}/getUpdates"
        async with chat.http.post(url, json={"timeout": 0}) as answer:
            raw = (await answer.json())["result"]
        async with chat.unstarted() as (assistant, api):
            for _ in range(2):
                for one in raw:
                    await assistant.feed(Update.model_validate(one, context={"bot": api}), asyncio.Event())
        await chat.start()
        await chat.asha.say("/jobs")
        await chat.asha.see(says("Your jobs", "Dune"))
        kinds = [row["type"] for row in await chat.ask("usher.query.timeline", job_id=await only_job(chat))]
        assert kinds == ["created"]
        assert len([m for m in await chat.asha.messages() if m["from"]["is_bot"]]) == 1


async def test_jobs_are_not_shown_in_a_group(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        job = await make_job(chat, chat.asha)
        name = (await chat.asha.state())["bot"]["username"]
        for text in (f"/jobs@{name}", f"/why@{name}", f"/wallet@{name}", f"/settings@{name}", f"/forget@{name}"):
            await chat.asha.say(text, chat=FILM_CLUB)
        await chat.asha.say(f"/new@{name}", chat=FILM_CLUB)
        wizard = await chat.asha.see(says("Which film?"), chat=FILM_CLUB)
        for act in ("open", "timeline", "why", "pictures", "change", "cancel"):
            data = data_of(job, "Pause").replace(":pause:", f":{act}:")
            pressed = await chat.asha.press(wizard["message_id"], data, chat=FILM_CLUB, force=True)
            assert "private chat" in (await chat.asha.answer(pressed))["text"], act
        assert "Dune" not in str(await chat.asha.messages(FILM_CLUB))


async def test_a_chat_is_read_while_another_one_is_slow(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.admit()
        slow = {"name": "delay_before_ms", "method": "sendMessage", "value": 4000, "chat": 1001}
        await chat.control("POST", "faults", **slow)
        await chat.asha.say("/help")
        await chat.ravi.say("/help")
        await chat.ravi.see(says("One sentence"), timeout=2.5)
        await chat.asha.see(says("One sentence"))
