"""One message a day, for who wants it: what is watched, what was seen, what ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text, as_list

from bot.answers import Person
from bot.cards import ENDED, ICONS
from bot.keyboards import Menu
from bot.view import View
from bot.words import foreign

LATE = timedelta(hours=3)  # a digest that could not be sent by then is left to tomorrow's
MOST = 12


def due_day(person: Person, now: datetime) -> str:
    """The person's day (ISO 8601) whose digest is due now, or an empty text."""
    try:
        at = time.fromisoformat(person.settings.get("digest", ""))
    except ValueError:
        return ""
    local = now.astimezone(person.voice.zone)
    due = datetime.combine(local.date(), at.replace(tzinfo=None), local.tzinfo)
    return local.date().isoformat() if due <= local < due + LATE else ""


def digest_view(rows: Sequence[dict[str, Any]], person: Person) -> View:
    """The digest from `usher.query.digest`'s rows: jobs that are active or moved since the last one."""
    say, voice = person.voice.texts, person.voice
    active = [row for row in rows if row["status"] not in ENDED and row["status"] != "SUCCESS"]
    lines: list[Text | str] = [Text("🗞 ", Bold(say("digest.title")))]
    for row in active[:MOST]:
        state, what = say(f"card.{row['status'].lower()}"), foreign(row["film"], 60)
        lines.append(Text(ICONS.get(row["status"], "•"), " ", Bold(what), f" · {state}"))
        seen = row.get("seen_at")
        if seen:
            at = voice.when(datetime.fromisoformat(seen))
            shows = row.get("shows_seen") or 0
            lines.append(say.counted("digest.seen", shows, shows=shows, at=at))
    if not active:
        lines.append(say("digest.none"))
    booked = sum(row["status"] == "SUCCESS" for row in rows)
    ended = sum(row["status"] in ENDED for row in rows)
    lines += [say("digest.booked", n=booked)] if booked else []
    lines += [say("digest.ended", n=ended)] if ended else []
    buttons = [
        InlineKeyboardButton(text=say(f"digest.{key}"), callback_data=Menu(to=to).pack())
        for key, to in (("jobs", "jobs"), ("new", "new"))
    ]
    return View(as_list(*lines), InlineKeyboardMarkup(inline_keyboard=[buttons]))
