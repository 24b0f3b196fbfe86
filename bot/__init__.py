"""The chat: screens, cards, pictures."""

from bot.quick_start import prepare

prepare()
