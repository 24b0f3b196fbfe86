"""The chat: screens, cards, pictures."""

from bot.quick_start import load

load()
