"""Settings and forgetting."""

from bot.keyboards import Setting
from tests.bot.conftest import says
from tests.bot.steps import make_job


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
        await asha.press_label(await asha.see(says("₹1,500 · – · ₹20,000")), "हिन्दी")
        await asha.press_label(await asha.see(says("सेटिंग", "Hyderabad")), "English")
        english = await asha.see(says("Settings", "Hyderabad", "Pictures: light"))
        await asha.press_label(english, "Dark pictures")
        await asha.see(says("Settings", "Pictures: dark"))


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
        await chat.asha.see(says("Done. 1 job was ended"))
        rows = await chat.ask("usher.query.jobs", user="local")
        assert [row["status"] for row in rows] == ["CANCELLED"]
        assert (await chat.dialogue(chat.asha)).message == 0
