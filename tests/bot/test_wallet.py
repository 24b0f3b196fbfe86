"""The wallet: a card's number and PIN leave the chat at once."""

from tests.bot.conftest import says
from tests.bot.steps import SENTENCE


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
        await chat.asha.see(lambda m: "1. •••• 0002" in m.get("text", "") and "2. " not in m["text"])
        assert [row["last4"] for row in await chat.ask("usher.query.cards", user="local")] == ["0002"]


async def test_a_card_is_named_and_a_refusal_is_told_in_the_readers_language(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.asha.say("8000 0000 0000 0001 123456 birthday")
        await chat.asha.press_label(await chat.asha.see(says("•••• 0001", "birthday")), "✎ •••• 0001")
        await chat.asha.see(says("A name for card •••• 0001"))
        await chat.asha.say("12345678")
        await chat.asha.see(says("looks like a card's number"))
        await chat.asha.say("from Meera <3")
        await chat.asha.see(says("1. •••• 0001  from Meera <3"))
        done = await chat.ask("usher.user.settings", user="local", settings={"lang": "hi"})
        await chat.ask("usher.query.person", user="local", after={"USERS": done["sequence"]})
        await chat.asha.say("8000 0000 0000 0001 123456")
        await chat.asha.see(says("यह कार्ड बटुए में पहले से है"))


async def test_a_card_that_the_desk_refuses_is_told_why_and_deleted(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.asha.say("7234 5678 9012 3456 1")
        await chat.asha.see(says("could not read a number and a PIN"))
        await chat.asha.say("7234 5678 9012 3456 123456")
        await chat.asha.see(says("win-pin", "Wallet"))
        assert "9012" not in str([m.get("text") for m in await chat.asha.messages()])


async def test_a_wish_to_be_paid_from_an_empty_wallet_says_so(opened) -> None:
    async with opened() as chat:
        await chat.pair()
        await chat.asha.say(SENTENCE)
        await chat.asha.see(says("Is that right?", "none in the wallet"))
        await chat.asha.say("/wallet")
        await chat.asha.press_label(await chat.asha.see(says("Wallet")), "Add a card")
        await chat.asha.see(says("Send number and PIN"))
        await chat.asha.say("8000 0000 0000 0001 123456")
        await chat.asha.see(says("Wallet", "0001"))
        await chat.asha.say("/cancel")
        await chat.asha.see(says("Dropped"))
        await chat.asha.say(SENTENCE)
        summary = await chat.asha.see(says("Is that right?"))
        assert "none in the wallet" not in summary["text"]
