"""An alarm as usher's owner reads it: what stands since when, what it means, what to do; and its end."""

from __future__ import annotations

from aiogram.utils.formatting import Bold, Code, Text, as_list

from bot.answers import Person
from bot.view import View
from bot.words import foreign
from services.alarms import Notice
from services.status import Alarm

COMMANDS = {
    "actor": "usher run {about}",
    "lag": "usher run {about}",
    "parked": "usher parked list",
    "uncertain": "usher jobs --list waiting",
    "blind": "usher doctor",
}


def alarm_view(notice: Notice, person: Person) -> View:
    """The message: an alarm of a kind that this version does not know is told in the status's own words."""
    say, voice, alarm = person.voice.texts, person.voice, notice.alarm
    known = alarm.name in COMMANDS
    about = foreign(_about(alarm), 80)
    what = say(f"alarm.{alarm.name}", about=about, n=alarm.count) if known else foreign(alarm.what, 200)
    at = voice.near(notice.since, notice.at)
    if notice.over:
        until = voice.near(notice.at, notice.at)
        return View(
            as_list(Text("✅ ", Bold(say("alarm.mended", what=what))), say("alarm.over", at=at, until=until)),
            loud=False,
        )
    lines: list[Text | str] = [Text("⚠️ ", Bold(what)), say("alarm.since", at=at)]
    if known:
        lines += [
            say(f"alarm.{alarm.name}_means"),
            Text(say("alarm.do"), " ", Code(COMMANDS[alarm.name].format(about=about))),
        ]
    return View(as_list(*lines))


def _about(alarm: Alarm) -> str:
    """Whom or what an alarm names, as people write it: a group of looks by its film and city."""
    if alarm.name == "lag":
        return alarm.about.rsplit("-", 1)[0]
    parts = alarm.about.split("--")
    if alarm.name != "blind" or len(parts) != 3:
        return alarm.about
    _, city, film = (part.replace("-", " ").title() for part in parts)
    return f"{film} · {city}"
