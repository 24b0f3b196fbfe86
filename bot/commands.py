"""The menu of commands: what is private in private, a few in groups, the owner's in the owner's chat."""

from __future__ import annotations

from aiogram import Bot
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    MenuButtonCommands,
)

from bot.texts import LANGUAGES, Texts

PRIVATE = ("home", "new", "jobs", "wallet", "settings", "why", "budget", "forget", "help", "cancel")
GROUP = ("new", "help", "cancel")


async def set_commands(api: Bot) -> None:
    """Tell Telegram the commands. Raises AiogramError."""
    for language in LANGUAGES:
        code = None if language == "en" else language  # English is everybody's who speaks neither
        t = Texts(language)
        for names, scope in ((PRIVATE, BotCommandScopeAllPrivateChats()), (GROUP, BotCommandScopeAllGroupChats())):
            menu = [BotCommand(command=name, description=t(f"command.{name}")) for name in names]
            await api.set_my_commands(menu, scope=scope, language_code=code)
    await api.set_chat_menu_button(menu_button=MenuButtonCommands())


async def set_owner_commands(api: Bot, chat: int, language: str) -> None:
    """Tell Telegram what the owner may do beside. Raises AiogramError."""
    t = Texts(language)
    menu = [BotCommand(command=name, description=t(f"command.{name}")) for name in (*PRIVATE, "users")]
    await api.set_my_commands(menu, scope=BotCommandScopeChat(chat_id=chat))
