"""A wish in the chat, from the first word to the job: sentence, buttons, restarts, refusals, groups."""

import asyncio
import json
from typing import Any

import pytest

from bot.wizard.draft import STEPS
from events import look as lk
from events.store import EventStore
from events.wish import Listing, Wish, group_of
from sandbox.telegram.person import FILM_CLUB
from tests.bot.conftest import says
from tests.bot.steps import SENTENCE, data_of, make_job, only_job, open_job
from tests.conftest import NOW
from tests.samples import SHOW

FILM = "Dune: Part Three"


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
        await asha.press_label(await asha.see(says("4 seats together")), "Next")
        summary = await asha.see(says("step 8 of 8"))
        await asha.press_label(summary, "Watch and book")
        assert "4 seats together" in (await open_job(asha, "Monsoon"))["text"]


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


async def test_the_price_classes_that_were_seen_on_sale_are_offered(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        wish = Wish(FILM, "Hyderabad")
        seen = lk.Seen("look-1", group_of(wish), Listing("bookmyshow", "Hyderabad", FILM, (SHOW,)), True, NOW, 5)
        await EventStore(chat.nc, "watcher").publish(seen, group_of(wish))
        await chat.asha.say(f"2 seats for {FILM} in Hyderabad")
        await chat.asha.press_label(await chat.asha.see(says("Is that right?")), "Seats")
        await chat.asha.press_label(await chat.asha.see(says("Which seats?")), "Class")
        asked = await chat.asha.see(says("Which price class?"))
        await chat.asha.press_label(asked, "GOLD · ₹295")
        await chat.asha.see(says("Which seats?", "GOLD"))


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
        changed = await chat.asha.see(says("Change the wish", "3 seats together"))
        await chat.asha.press_label(changed, "Save the change")
        await chat.asha.see(says("waits for its time", "3 seats together"))
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
        await chat.asha.press_label(await chat.asha.see(says("5 seats together")), "Next")
        await chat.asha.press_label(await chat.asha.see(says("Is that right?", "5 seats together")), "Watch and book")
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
