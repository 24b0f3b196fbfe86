"""Jobs in the chat: seen by their owner alone, changed only as they stand, explained."""

from sandbox.telegram.person import FILM_CLUB
from tests.bot.conftest import says
from tests.bot.steps import data_of, make_job, only_job


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


async def test_why_timeline_budget_and_help(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        job = await make_job(chat, chat.asha)
        await chat.asha.press_label(job, "Timeline")
        timeline = await chat.asha.see(says("What happened: Dune", "Wish made"))
        await chat.asha.press_label(timeline, "As a picture")
        drawn = await chat.asha.see(lambda m: "photo" in m and "What happened: Dune" in m.get("caption", ""))
        assert drawn["photo"][-1]["width"] == 1080
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


async def test_jobs_are_not_shown_in_a_group(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        job = await make_job(chat, chat.asha)
        name = (await chat.asha.state())["bot"]["username"]
        for command in ("budget", "jobs", "why", "wallet", "settings", "forget"):
            await chat.asha.say(f"/{command}@{name}", chat=FILM_CLUB)
        await chat.asha.say(f"/new@{name}", chat=FILM_CLUB)
        wizard = await chat.asha.see(says("Which film?"), chat=FILM_CLUB)
        for act in ("open", "timeline", "drawn", "why", "pictures", "change"):
            data = data_of(job, "Pause").replace(":pause:", f":{act}:")
            pressed = await chat.asha.press(wizard["message_id"], data, chat=FILM_CLUB, force=True)
            assert "private chat" in (await chat.asha.answer(pressed))["text"], act
        assert "Dune" not in str(await chat.asha.messages(FILM_CLUB))
