"""What people do again and again in the tests of the chat."""

from typing import Any

from services.asking import newest
from tests.bot.conftest import Chat, Json, says

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


async def only_job(chat: Chat) -> str:
    rows = await chat.ask("usher.query.jobs", user="local", after=await newest(chat.nc, "JOBS"))
    assert len(rows) == 1
    return str(rows[0]["job_id"])
