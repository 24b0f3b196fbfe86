"""What is damaged: pages and seats of the demo cinema as they are now, a whole life's events, requests, sentences."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bot import keyboards as k
from events.codec import encode, subject_of
from events.settings import new_event_id, new_job_id
from events.store import EventStore
from events.wish import CITY_ZONE, Show
from sandbox.cinema.shop import CinemaSettings, open_cinema
from sites.bookmyshow import parse
from sites.bookmyshow.city import Cities
from sites.bookmyshow.kept import KeepingReader, SeldomRead
from sites.bookmyshow.look import Looker
from sites.bookmyshow.reading import Pace, Page, PlainReader
from sites.protocol import Available, LookFor
from sites.recording import Recorder
from usher.bench.lives import WISH, booked_life, log_server

FILM = "Monsoon"
SENTENCES = (
    "2 seats for Dune: Part Three in Hyderabad on Saturday evening at AMB",
    "Book four gold tickets for Dune tomorrow 7pm or 18:00-22:00, Hindi IMAX 3D, under ₹1,500",
    "film | Hyderabad | AMB, Prasads | 24/11/2026 | evening | 3",
    '"Up to 2" next weekend after 6 pm for a couple of people, not together, max 2k',
    "from 5 to 9 december, matinee, in Bengaluru, 10 recliner seats at most rs. 5000",
)
JOB = {"user": "", "job": "0123456789abcdefghjkmnpqrs", "why": "asked to", "yes": True, "other": False, "number": "D-1"}
_ORDER = {"bookingId": "DC1", "transactionId": "T1", "venueCode": "AMBG", "sessionId": "13500", "eventName": FILM}
_ORDER |= {"showDateTime": "202611241800", "amount": "659.62", "transStatus": "P", "bookedAt": "2026-11-24T06:30:00Z"}
HISTORY = json.dumps({"purchaseHistory": {"orders": [_ORDER | {"seats": ["H7", "H8"]}] * 3}})
PEOPLE = {
    "user": "",
    "who": "tg7",
    "telegram": 7,
    "chat": 7,
    "name": "Ravi",
    "code": "abc",
    "email": "a@example.invalid",
    "phone": "9876543210",
    "settings": {"lang": "en", "quiet": "22:00-08:00", "zone": "Asia/Kolkata", "limit_day": "1500", "digest": "09:00"},
    "number": "8000000000000001",
    "pin": "123456",
    "label": "birthday",
    "card": "c1",
    "cards": ["c1", "c2"],
}


async def pages(folder: Path) -> tuple[LookFor, dict[str, Page], list[str]]:
    """A look, the pages that it reads, and seat maps as `plain_map` takes them (JSON)."""
    async with open_cinema(CinemaSettings(folder)) as cinema:
        pace = Pace(0)
        reader = PlainReader(cinema.url, pace)
        recorder = Recorder("bookmyshow", datetime.now(UTC))
        day = datetime.now(UTC).astimezone(CITY_ZONE).date() + timedelta(days=1)
        wanted = LookFor(FILM, "Hyderabad", (day,))
        found = await Looker("bookmyshow", Cities(pace)).look(wanted, KeepingReader(reader, SeldomRead(), recorder))
        assert isinstance(found, Available), found
        halls = {show.cinema_code: show for show in found.listing.shows}
        maps = [await _seats(reader, show) for show in halls.values()]
        await reader.close()
    read = {one.path: Page(one.status, one.body) for one in recorder.recording().exchanges}
    return wanted, read, [text for text in maps if text]


async def _seats(reader: PlainReader, show: Show) -> str:
    path = f"/movies/city/seat-layout/{show.film_code}/{show.cinema_code}/{show.session}/{show.local_start:%Y%m%d}"
    state = parse.page_state((await reader.get(path)).text) or {}
    data = (state.get("seatlayoutMovies") or {}).get("seatLayoutData") or {}
    text = json.dumps({"text": data.get("strData"), "categories": data.get("categories") or [], "pairs": False})
    return text if data.get("strData") else ""


async def events(folder: Path) -> list[tuple[str, str]]:
    """(subject, body) of every event of a life."""
    async with log_server(folder, sync_always=False) as nc:
        store, job_id = EventStore(nc, "bench"), new_job_id()
        await booked_life(store, job_id)
        return [(subject_of(one.event, job_id), encode(one.event).decode()) for one in await store.history(job_id)]


def requests() -> dict[str, list[str]]:
    """Endpoint → bodies that it understands, with an empty user."""
    wish: dict[str, Any] = msgspec.to_builtins(WISH)
    rich = wish | {"dates": ["2099-11-24"], "times": [{"start": "18:00:00", "until": "02:00:00"}], "votes": 2}
    rich |= {"voters": ["tg7"], "cap": {"amount": 150_000, "currency": "INR"}, "watch_from": "2099-01-01T00:00:00Z"}
    told = {name: [json.dumps(JOB)] for name in ("cancel", "pause", "resume", "keep_waiting", "paid", "settle")}
    told |= {name: [json.dumps(JOB)] for name in ("consent", "challenge_passed")}
    told |= {name: [json.dumps(JOB | {"wish": one}) for one in (wish, rich)] for name in ("create", "change")}
    people = ("knock", "pair", "approve", "remove", "contact", "settings", "card.add", "card.remove", "card.order")
    jobs = {f"usher.job.{name}": bodies for name, bodies in told.items()}
    return jobs | {f"usher.user.{name}": [json.dumps(PEOPLE)] for name in people}


def buttons() -> list[str]:
    """Callback data as the bot packs it."""
    return [
        k.Menu(to="jobs-active-2").pack(),
        k.JobButton(job=new_job_id()[-k.SHORT :], rev=812_345, act="widen", arg="cinema").pack(),
        k.Step(rev=3, act="day", arg="2026-11-24").pack(),
        k.Wallet(act="up", card="c1a2b3c4").pack(),
        k.Setting(act="quiet", arg="2200-0800").pack(),
        k.Person(act="approve", who=1_002).pack(),
        new_event_id(),
    ]
