"""Somebody who presses and types at random: no handler breaks, and the bot still does what it is asked."""

import random

import pytest

from bot.keyboards import Setting
from events.errors import UsherError
from tests.bot.conftest import Chat, Json, says

TEXTS = (
    "Dune",
    "2 seats for Monsoon in Hyderabad tomorrow",
    "hydrabad",
    "25-28 dec",
    "evening",
    "Hindi IMAX",
    "11",
    "3 gold seats under 900",
    "8000 0000 0000 0001 123456",
    "asha@example.com 9876543210",
    "-",
    "<b>&amp;</b> {x} %s",
    "🎬" * 50,
    "فيلم",
    "/new",
    "/jobs",
    "/settings",
    "/why x",
    "/cancel",
    "/forget",
)
NEVER = Setting(act="forget", arg="second").pack()  # in any language


async def act(chat: Chat, dice: random.Random) -> None:
    """One press on any button that is shown, or one text; the press is answered before the next act."""
    messages = [m for m in await chat.asha.messages() if m.get("reply_markup", {}).get("inline_keyboard")]
    buttons: list[tuple[Json, Json]] = [
        (message, button)
        for message in messages
        for row in message["reply_markup"]["inline_keyboard"]
        for button in row
        if button.get("callback_data") != NEVER
    ]
    if buttons and dice.random() < 0.75:
        message, button = dice.choice(buttons)
        pressed = await chat.asha.press(message["message_id"], button["callback_data"], force=True)
        await chat.asha.answer(pressed, timeout=20)
    else:
        await chat.asha.say(dice.choice(TEXTS))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_random_presses_and_texts_break_nothing(opened, seed: int) -> None:
    async with opened() as chat:
        broken: list[BaseException] = []
        noted = chat.health.failed

        def failed(actor: str, error: BaseException) -> None:
            noted(actor, error)
            if not isinstance(error, UsherError):
                broken.append(error)

        chat.health.failed = failed  # type: ignore[method-assign]
        await chat.pair()
        dice = random.Random(seed)
        for number in range(80):
            await act(chat, dice)
            if number == 40:
                await chat.restart()
        assert broken == []
        await chat.asha.say("/cancel")
        await chat.asha.see(lambda m: "Asha" in m.get("text", "") and m["from"]["is_bot"])
        await chat.asha.say("4 seats for Kites in Mumbai on Sunday")
        await chat.asha.see(says("▰▰▰▰▰▰▰▰", "Kites", "4 "), timeout=20)
