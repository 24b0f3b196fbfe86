"""The menu of commands: all of them in private, a few in groups, in every language."""

from __future__ import annotations

from aiogram import Bot
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    MenuButtonCommands,
)

from bot.texts import LANGUAGES, Texts

PRIVATE = ("home", "new", "jobs", "wallet", "settings", "why", "budget", "users", "forget", "help", "cancel")
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
