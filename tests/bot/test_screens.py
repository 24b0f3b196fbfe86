"""The bot as people meet it: over HTTP against the local Bot API, with real NATS, desk and read models."""

from tests.bot.conftest import says

SENTENCE = "2 seats for Dune in Hyderabad on Saturday evening at AMB"


async def test_a_code_a_sentence_and_a_press_make_a_job(opened) -> None:
    async with opened() as chat:
        home = await chat.pair()
        assert "Nothing is being watched" in home["text"]
        await chat.asha.press_label(home, "New wish")
        await chat.asha.see(says("Which film?"))
        await chat.asha.say(SENTENCE)
        summary = await chat.asha.see(says("Is that right?"))
        await chat.asha.press_label(summary, "Watch and book")
        job = await chat.asha.see(says("waits for its time", "Dune"))
        assert job["message_id"] == home["message_id"]
        rows = await chat.ask("usher.query.jobs", user="local")
        assert [row["film"] for row in rows] == ["Dune"]
