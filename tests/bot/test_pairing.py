"""Who is served: the pairing code, strangers, and the owner who decides."""

from bot.keyboards import Menu, Person
from tests.bot.conftest import says
from tests.bot.steps import SENTENCE


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
        told = await chat.ravi.see(says("not the pairing code"))
        assert "/start" not in told["text"]  # there is nobody yet to be asked
        await chat.pair()
        await chat.ravi.say(f"/start {'x' * 12}")
        await chat.ravi.see(says("Send /start alone"))


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


async def test_who_asks_an_usher_that_is_nobodys_is_told_how_to_make_it_theirs(opened) -> None:
    async with opened() as chat:
        await chat.asha.say("/start")
        await chat.asha.see(says("no owner yet", "pairing code"))
        await chat.pair()


async def test_an_owner_who_had_knocked_before_they_showed_the_code_is_the_owner(opened) -> None:
    async with opened() as chat:
        await chat.ask("usher.user.knock", telegram=chat.asha.user, chat=chat.asha.user, name="Asha")
        await chat.pair()
        await chat.asha.say("/users")
        await chat.asha.see(says("Who may use", "Nobody else has asked"))
