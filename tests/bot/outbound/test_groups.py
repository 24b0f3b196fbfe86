"""usher in a group: wishes by mention and buttons, cards and questions for all to see, decided by those who may."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.telegram.api import Telegram, TelegramSettings, open_telegram
from sandbox.telegram.person import ASHA, FILM_CLUB, RAVI, Person
from services.asking import ask, newest
from tests.bot.outbound.chatworld import ChatWorld, labels, text_of


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    """People press more slowly than a test: it would meet the limit of 20 messages a minute in a group."""
    async with open_telegram(TelegramSettings(tmp_path / "telegram", strict_limits=False)) as running:
        yield running


class Member:
    """Somebody in the group, at the page."""

    def __init__(self, person: Person, bot: str) -> None:
        self.person, self.bot = person, bot

    async def all_of(self, words: str) -> list[dict[str, Any]]:
        return [m for m in await self.person.messages(FILM_CLUB) if words in text_of(m)]

    async def mention(self, text: str) -> None:
        await self.person.say(f"@{self.bot} {text}", FILM_CLUB)

    async def see(self, *words: str) -> dict[str, Any]:
        return await self.person.see(lambda m: all(word in text_of(m) for word in words), FILM_CLUB)

    async def press(self, label: str, *words: str) -> str:
        """Press a button once it is there, on the newest message with these words."""

        def fits(message: dict[str, Any]) -> bool:
            return all(word in text_of(message) for word in words) and any(label in name for name in labels(message))

        return await self.person.press_label(await self.person.see(fits, FILM_CLUB), label)

    async def told(self, press: str) -> str:
        return str((await self.person.answer(press))["text"])


async def members(talk: ChatWorld) -> tuple[Member, Member]:
    """Asha and Ravi, both served."""
    people = await talk.person(ASHA, "asha"), await talk.person(RAVI, "ravi")
    bot = (await people[0].state())["bot"]["username"]
    return Member(people[0], bot), Member(people[1], bot)


async def the_job(talk: ChatWorld) -> str:
    rows = await ask(talk.nc, "usher.query.jobs", {"after": await newest(talk.nc, "JOBS")})
    assert len(rows) == 1
    return str(rows[0]["job_id"])


async def test_a_wish_by_mention_and_buttons_ends_in_a_vote_of_those_who_were_named(talk: ChatWorld) -> None:
    asha, ravi = await members(talk)
    await ravi.mention("")
    await ravi.press("New wish", "at your service")
    film = await ravi.see("Which film?", "reply to this message")
    await ravi.person.say("Dune: Part Three", FILM_CLUB, reply_to=film["message_id"])
    await ravi.press("Hyderabad", "In which city?")
    await ravi.mention("AMB")
    await ravi.press("Next", "Which cinemas?", "AMB")
    await ravi.press("Any day", "Which days?")
    await ravi.press("Any time", "What time?")
    await ravi.press("Any version", "Language, format, screen?")
    await ravi.press("Next", "Which seats?")
    assert "somebody else" in await asha.told(await asha.press("Watch and book", "step 8 of 8"))
    await ravi.press("Who decides", "step 8 of 8")
    await ravi.press("Asha", "Who decides about poor seats")
    await ravi.press("Yes needed: 1 of 2", "Who decides about poor seats")
    await ravi.press("Next", "Who decides about poor seats", "2 yes needed")
    await ravi.press("Watch and book", "step 8 of 8", "2 yes needed; asked: Asha")
    await ravi.see("at your service")
    job = await the_job(talk)
    await talk.watch(job)
    await ravi.see("Watching", "Dune: Part Three")
    await talk.found(job)
    await talk.ask_consent(job)
    await asha.press("Book them", "poor seats")
    await ravi.press("Book them", "Yes so far: Asha (1 of 2)")
    done = await asha.see("Ravi said: book them")
    assert labels(done) == []
    assert (await talk.store.load(job, fresh=True)).job.consented


async def test_the_wizard_comes_below_what_was_written_meanwhile(talk: ChatWorld) -> None:
    asha, ravi = await members(talk)
    await asha.mention("Dune in Hyderabad")
    first = await asha.see("step 8 of 8")
    await ravi.person.say("I am in!", FILM_CLUB)
    await asha.mention("3 seats")
    second = await asha.see("step 8 of 8", "3 seats together")
    assert second["message_id"] > first["message_id"]
    async with asyncio.timeout(20):
        while len(await asha.all_of("step 8 of 8")) > 1:  # the upper one goes after the lower one came
            await asha.person.changes(await asha.person.now(), timeout=1)


async def test_a_job_is_cancelled_in_its_group_by_two_presses_of_its_owner(talk: ChatWorld) -> None:
    asha, ravi = await members(talk)
    job = await talk.wish(at=FILM_CLUB)
    assert "no such job of yours" in await ravi.told(await ravi.press("Cancel", "Watching"))
    assert "press the same button once more" in await asha.told(await asha.press("Cancel", "Watching"))
    assert (await talk.store.load(job, fresh=True)).job.status == "WATCHING"
    assert await asha.told(await asha.press("Cancel", "Watching")) == "Cancelled."
    await asha.see("🚫 Cancelled")


async def test_a_member_who_is_not_served_is_told_once_and_the_owner_asked(talk: ChatWorld) -> None:
    owner = await talk.owner(ASHA)
    ravi = Member(talk.at_page(RAVI), (await owner.state())["bot"]["username"])
    for _ in range(3):
        await ravi.mention("Dune in Hyderabad on Sunday")
    asked = await owner.see(lambda m: "would like to use your usher" in text_of(m))
    told = [m for m in await owner.messages(FILM_CLUB) if m["from"]["is_bot"]]
    assert [text_of(m).splitlines()[0] for m in told] == ["This is a private assistant."]
    press = await owner.press_label(asked, "Let in")
    assert "is let in" in (await owner.answer(press))["text"]
    await ravi.mention("Dune in Hyderabad")
    await ravi.see("step 8 of 8", "Dune")


async def test_only_owner_and_voters_decide_and_the_votes_are_shown(talk: ChatWorld) -> None:
    asha, ravi = await members(talk)
    job = await talk.wish(at=FILM_CLUB, votes=2, voters=("ravi",))
    await talk.found(job)
    await talk.ask_consent(job)
    await asha.press("Book them", "poor seats")
    await ravi.press("Book them", "Yes so far: Asha (1 of 2)")
    await asha.see("Ravi said: book them")


async def test_somebody_elses_question_is_not_answered(talk: ChatWorld) -> None:
    _, ravi = await members(talk)
    job = await talk.wish(at=FILM_CLUB)
    await talk.found(job)
    await talk.ask_consent(job)
    assert "Only the job's owner" in await ravi.told(await ravi.press("Book them", "poor seats"))
    assert (await talk.store.load(job, fresh=True)).job.status == "AWAITING_CONSENT"


async def test_a_card_is_drawn_anew_where_it_stands_and_by_its_owner_alone(talk: ChatWorld) -> None:
    asha, ravi = await members(talk)
    await talk.wish(at=FILM_CLUB)
    assert await asha.told(await asha.press("Refresh", "Watching")) == "Up to date."
    assert "no such job of yours" in await ravi.told(await ravi.press("Refresh", "Watching"))
    card = await asha.see("Watching")
    keys = [key for row in card["reply_markup"]["inline_keyboard"] for key in row]
    data = next(key["callback_data"] for key in keys if "Refresh" in key["text"])
    await asha.mention("")
    other = await asha.see("at your service")
    forged = await asha.person.press(other["message_id"], data, FILM_CLUB, force=True)
    assert "private chat" in await asha.told(forged)
    assert text_of(await asha.see("at your service")) == text_of(other)
