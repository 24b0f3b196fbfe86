"""What a typed message means: a secret, an answer to a question, a step of the wizard, or a new wish."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from bot.screens import home, questions, settings, wallet, wizard
from bot.talk import Talk


async def on_unknown_command(message: Message, talk: Talk) -> None:
    if talk.private:
        await talk.say(talk.t("common.unknown_command"))
        await home.draw(talk)


async def on_text(message: Message, talk: Talk) -> None:
    text = talk.addressed(message.text or "")
    awaiting = talk.dialogue.awaiting
    if awaiting == "card" or wallet.holds_card(text):
        await wallet.on_text(talk, text)
    elif awaiting in settings.TYPED and talk.private:
        await settings.on_text(talk, awaiting, text)
    elif awaiting == "label" and talk.private:
        await wallet.on_label(talk, text)
    elif awaiting == "number" and talk.private:
        await questions.on_number(talk, text)
    elif talk.dialogue.screen == "wizard":
        await wizard.on_text(talk, text)
    elif text:
        await wizard.begin(talk, text)
    else:
        await home.draw(talk)


async def on_something_else(message: Message, talk: Talk) -> None:
    """A picture, a sticker, a voice: usher reads none of them."""
    if talk.private:
        caption = message.caption or ""
        if wallet.holds_card(caption):
            await wallet.on_text(talk, caption)
            return
        await talk.say(talk.t("common.only_text"))
        await (wizard.draw(talk) if talk.dialogue.screen == "wizard" else home.draw(talk))


async def on_unknown_press(query: CallbackQuery, talk: Talk) -> None:
    """A button of an older usher, or a forged one: nothing changes."""
    await talk.say(talk.t("problem.stale"), alert=True)


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_unknown_command, F.text.startswith("/"))
    router.message.register(on_text, F.text)
    router.message.register(on_something_else)
    router.callback_query.register(on_unknown_press)
