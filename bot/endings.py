"""What is told at a job's end or where it stands still: the ticket, its calendar file, why it failed or was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text, as_list

from bot.answers import Card, Person
from bot.asking import job_button
from bot.cards import ticket_buttons, ticket_lines
from bot.keyboards import Menu
from bot.pictures import seatmap
from bot.pictures.ticket import Labels, Ticket, draw_ticket
from bot.reasons import reason_words, sentence
from bot.view import View
from bot.words import Voice, foreign, money, seat_list
from events.wish import CITY_ZONE, SeatMap

FILM_LENGTH = timedelta(hours=3)  # a listing does not tell how long a film is; with advertisements this is close


@dataclass(frozen=True)
class File:
    """A document that is sent along."""

    name: str
    data: bytes
    caption: str


def ticket_picture(card: Card, person: Person) -> bytes:
    """PNG of the ticket of a booked job."""
    say, show = person.voice.texts, card.booked_show
    at = Voice(person.voice.texts, CITY_ZONE)
    ticket = Ticket(
        film=card.wish.film,
        cinema=card.cinema or "",
        day=at.day(card.starts) if card.starts else "",
        clock=at.clock(card.starts) if card.starts else "",
        seats=seat_list(card.seat_labels),
        amount=money(card.amount, card.currency or "INR") if card.amount is not None else "",
        number=card.confirmation or "",
        details=" · ".join(x for x in (show.language, show.format, show.screen) if x) if show else "",
    )
    names = {"seats": "seats", "paid": "paid", "number": "number", "fallback": "film"}
    labels = Labels(**{name: say(f"card.ticket_{key}") for name, key in names.items()})
    return draw_ticket(ticket, labels, person.theme)


def seats_picture(seat_map: SeatMap, card: Card, chosen: tuple[str, ...], person: Person) -> bytes:
    """PNG of the hall with the chosen seats marked."""
    voice = person.voice
    show = card.booked_show or (card.shows[0] if card.shows else None)
    line = f"{show.cinema} · {voice.show_time(show.starts)}" if show else card.cinema or ""
    names = {"screen": "screen", "chosen": "chosen", "free": "free", "sold": "sold"}
    if card.status == "AWAITING_CONSENT":  # they are nobody's yet
        names["chosen"] = "offered"
    words = seatmap.Words(**{name: voice.texts(f"card.map_{key}") for name, key in names.items()})
    return seatmap.draw_seats(seat_map, chosen, title=card.wish.film, line=line, words=words, theme=person.theme)


def ticket_view(card: Card, person: Person) -> View:
    """The ticket: its picture, with everything in words below."""
    voice = person.voice
    title = Text("🎟 ", Bold(voice.texts("ring.booked", film=foreign(card.wish.film))))
    text = as_list(title, *ticket_lines(card, voice), voice.texts("ring.enjoy"))
    rows = [ticket_buttons(card, voice), [job_button(card, "timeline", voice.texts("card.timeline"))]]
    return View(text, InlineKeyboardMarkup(inline_keyboard=rows), ticket_picture(card, person))


def calendar_file(card: Card, person: Person) -> File | None:
    """The show for a calendar (RFC 5545), with a reminder 90 minutes before; None where the start is not known."""
    if card.starts is None:
        return None
    stamp = "%Y%m%dT%H%M%SZ"
    starts, made = card.starts.astimezone(UTC), (card.updated_at or card.starts).astimezone(UTC)
    seats, number = seat_list(card.seat_labels), card.confirmation or ""
    say = person.voice.texts
    about = f"{say('card.seats')}: {seats}\n{say('card.number')}: {number}"
    where = ", ".join(x for x in (card.cinema or "", card.wish.city) if x)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//usher//EN",
        "BEGIN:VEVENT",
        f"UID:{card.job_id}@usher",
        f"DTSTAMP:{made:{stamp}}",
        f"DTSTART:{starts:{stamp}}",
        f"DTEND:{starts + FILM_LENGTH:{stamp}}",
        f"SUMMARY:{_escaped(card.wish.film)}",
        f"LOCATION:{_escaped(where)}",
        f"DESCRIPTION:{_escaped(about)}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(card.wish.film)}",
        "TRIGGER:-PT90M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    data = "".join(f"{_fold(line)}\r\n" for line in lines).encode()
    return File("ticket.ics", data, say("ring.calendar"))


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _fold(line: str) -> str:
    """Lines of at most 75 octets; a character is never cut in two."""
    parts, now = list[str](), ""
    for char in line:
        if len((now + char).encode()) > (75 if not parts else 74):
            parts.append(now)
            now = ""
        now += char
    return "\r\n ".join([*parts, now])


def ending_view(card: Card, person: Person, missed: tuple[str, ...] = (), *, failed: bool = True) -> View:
    """A job that failed, expired, or was paused by usher: why, what was done, what the person can do.

    `missed`: reasons why a sale came and went without a booking; `failed`: it stands still because a booking failed.
    """
    voice, say = person.voice, person.voice.texts
    icon, key = {"FAILED": ("❌", "failed"), "EXPIRED": ("⌛", "expired")}.get(card.status, ("⏸", "paused"))
    reason = card.reason or ""
    if card.status == "REHEARSED" or reason.startswith("rehearsal"):  # in logs of 0.1 it was a pause
        icon, key = "🎭", "rehearsed"
    elif card.status == "PAUSED" and failed:
        icon, key = "❌", "failed_once"
    lines: list[Text | str] = [Text(icon, " ", Bold(say(f"ring.{key}"))), Bold(foreign(card.wish.film))]
    if card.reason and card.status not in {"EXPIRED", "REHEARSED"}:
        lines.append(say("ring.reason_title", reason=reason_words(card.reason, voice)))
    if card.status == "EXPIRED":
        why = "; ".join(reason_words(reason, voice) for reason in missed[:3])
        lines.append(say("ring.missed", why=why) if missed else say("ring.missed_none"))
    lines += _what_now(card, voice)
    return View(as_list(*lines), _ways_on(card, voice))


def _what_now(card: Card, voice: Voice) -> list[Text | str]:
    """What was done, and what the person can do."""
    say = voice.texts
    if card.status == "REHEARSED":
        seats, cost = seat_list(card.seat_labels), money(card.amount or 0, card.currency or "INR")
        held = say("ring.rehearsed_did", seats=foreign(seats, 80), amount=cost) if seats and card.amount else ""
        return [*([held] if held else []), say("ring.rehearsed_next")]
    did = say.counted("ring.did", card.attempt, n=card.attempt) if card.attempt else say("ring.did_none")
    return [did, say("ring.can_resume" if card.status == "PAUSED" else "ring.can_again")]


def _ways_on(card: Card, voice: Voice) -> InlineKeyboardMarkup:
    why = job_button(card, "why", voice.texts("card.ask_why"))
    if card.status == "PAUSED":
        first = [job_button(card, act, voice.texts(f"card.{act}")) for act in ("resume", "change")]
        return InlineKeyboardMarkup(inline_keyboard=[first, [why]])
    again = InlineKeyboardButton(text=voice.texts("card.again"), callback_data=Menu(to="new").pack())
    return InlineKeyboardMarkup(inline_keyboard=[[why, again]])


def blind_view(card: Card, person: Person, blocked: bool, times: int, detail: str) -> View:
    """The site cannot be looked at: told once a row of failures."""
    key = "ring.blind_blocked" if blocked else "ring.blind_unreadable"
    told = person.voice.texts.counted(key, times, n=times, detail=sentence(detail, person.voice))
    return View(as_list(Text("🙈 ", Bold(foreign(card.wish.film))), told), None, loud=False)
