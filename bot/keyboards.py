"""The data behind the buttons. Telegram allows 64 bytes; every class here stays below with its longest values."""

from __future__ import annotations

from aiogram.filters.callback_data import CallbackData

SHORT = 12  # characters of a job's id in a button: its end, unique among one person's jobs


class Menu(CallbackData, prefix="m"):
    """Go to a screen: home, new, jobs, wallet, settings, people, help."""

    to: str


class JobButton(CallbackData, prefix="j"):
    """Something about one job. `rev` is the job's last sequence when the button was drawn: an older one is stale."""

    job: str
    rev: int
    act: str
    arg: str = ""


class Step(CallbackData, prefix="w"):
    """A press in the wizard. `rev` counts the draft's changes: a press on an old drawing is recognised."""

    rev: int
    act: str
    arg: str = ""


class Wallet(CallbackData, prefix="c"):
    """Something about one gift card, or the wallet as a whole (`card` empty)."""

    act: str
    card: str = ""


class Setting(CallbackData, prefix="s"):
    """A press in the settings."""

    act: str
    arg: str = ""


class Person(CallbackData, prefix="u"):
    """The owner decides about a person (`who` is the Telegram user id)."""

    act: str
    who: int
