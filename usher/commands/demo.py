"""`usher demo`: one wish, from a closed sale to a booked ticket, on embedded parts."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from rich.console import Console

from events import job as j
from events.codec import Recorded, decode
from events.errors import UsherError
from events.settings import Settings
from events.wish import CITY_ZONE, Money
from services.artifacts import Artifacts
from services.outbox import text_of, when
from usher.client import Usher
from usher.commands.chatting import Chatting, chatting
from usher.embedded import Running, everything

FILM = "Dune: Part Three"
WISH = f"2 seats for {FILM} in Hyderabad at AMB Cinemas, English 2D"
CARDS = (("8000000000000001", "123456"), ("8000000000000002", "123456"))
END = {"booked", "failed", "cancelled", "expired", "paused"}
WITHIN = 60.0  # s


class Demo:
    """One run of the demo. Lines for people go to `out`."""

    def __init__(self, running: Running, chatting: Chatting, out: Console) -> None:
        self._running, self._chatting, self._out = running, chatting, out
        self._usher = Usher(running.parts.nc, running.parts.settings.user)
        self._events: list[Recorded] = []
        self._ended = asyncio.Event()
        self._watching = asyncio.Event()

    async def run(self, ready_in: float) -> dict[str, Any]:
        """Wish, open the sale, wait for the end; the summary."""
        began = time.monotonic()
        nc = self._running.parts.nc
        await nc.subscribe("job.>", cb=self._on)
        self._out.print(f"[dim]all actors ready in {ready_in:.1f} s · demo cinema at {self._running.cinema_url}[/]")
        async with asyncio.timeout(WITHIN):
            await self._chatting.pair(self._running.pairing_code)
            for card in CARDS:
                await self._chatting.add_card(*card)
            self._out.print(f"[bold]chat[/] {WISH}")
            await self._chatting.wish(WISH)
            await self._watching.wait()
            opened = await self._open_sale()
            await self._ended.wait()
            ticket = await self._chatting.ticket()
        self._out.print(f"[bold]chat[/] {ticket}")
        job = (await self._usher.ask("usher.query.jobs", {"user": self._usher.user}))[0]
        return await self._summary(job, opened, time.monotonic() - began) | await self._chatting.counts()

    async def _on(self, message: Any) -> None:
        """A live event; its place in the stream is read when it is shown."""
        from datetime import UTC

        record = decode(message.subject, message.headers, message.data, 0, datetime.now(UTC))
        if not isinstance(record, Recorded):
            return
        self._events.append(record)
        at = record.time.astimezone(CITY_ZONE)
        self._out.print(
            f"[dim]{at:%H:%M:%S}.{at.microsecond // 1000:03}[/] [cyan]{record.name:<17}[/] {_words(record)}"
        )
        if record.name == "watch_started":
            self._watching.set()
        if record.name in END:
            self._ended.set()

    async def _control(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self._running.cinema_token}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            async with http.request(method, f"{self._running.cinema_url}/_control/{path}", json=body) as answer:
                return await answer.json()

    async def _open_sale(self) -> datetime:
        self._out.print("[bold]the cinema opens the sale[/]")
        opened = await self._control("POST", "sale", {"film": FILM, "open": True})
        return datetime.fromisoformat(opened["opened_at"])

    async def _summary(self, job: dict[str, Any], opened: datetime, seconds: float) -> dict[str, Any]:
        timeline = await self._usher.ask("usher.query.timeline", {"job_id": job["job_id"]})
        books = await self._control("GET", "ledger")
        at = {row["type"]: datetime.fromisoformat(row["time"]) for row in timeline}

        def ms(start: datetime | None, event: str) -> int | None:
            return round((at[event] - start).total_seconds() * 1000) if start and event in at else None

        return {
            "job_id": job["job_id"],
            "status": job["status"],
            "confirmation": job["confirmation"],
            "film": job["film"],
            "cinema": job["cinema"],
            "show": job["starts"],
            "seats": (job["seats"] or "").split(", "),
            "amount_minor": job["amount"],
            "currency": job["currency"],
            "events": [row["type"] for row in timeline],
            "charges": len(books["charges"]),
            "bookings": len(books["bookings"]),
            "holds": len(books["holds"]),
            "available_to_detected_ms": ms(opened, "tickets_detected"),
            "detected_to_booking_ms": ms(at.get("tickets_detected"), "booking_started"),
            "available_to_held_ms": ms(opened, "seats_held"),
            "available_to_booked_ms": ms(opened, "booked"),
            "seconds": round(seconds, 2),
            "artifact": job["artifact"],
        }


def _words(record: Recorded) -> str:
    """What is told of an event, and of those that nobody needs to hear of."""
    match record.event:
        case j.Created(watch_until=end):
            return f"Wished, until {when(end)}."
        case j.SeatsHeld(plan=plan, amount=amount, hold_ends=ends):
            return (
                f"{', '.join(plan.seats)} held until {ends.astimezone(CITY_ZONE):%H:%M:%S}, {Money(amount)} with fees."
            )
        case j.PaymentSubmitted(cards=cards):
            paid = " and ".join(f"{Money(card.amount)} from card ••{card.last4}" for card in cards)
            return f"Paying {paid}."
    told = text_of(record)
    return told[1] if told else ""


async def demo(settings: Settings, as_json: bool) -> int:
    """Run the demo in a home of its own; the exit code (0 only on SUCCESS). Raises UsherError."""
    out = Console(stderr=as_json, highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="usher-demo-", ignore_cleanup_errors=True) as folder:
        # whatever is configured, the demo touches no real site, no real chat and no other usher's log
        apart = {"nats_url": "", "site_url": "", "bot_token": "", "bot_api_url": "", "chat": True, "user": "local"}
        quick = msgspec.structs.replace(settings, home=Path(folder), look_every=1.0, look_spacing=0.2, **apart)
        began = time.monotonic()
        async with everything(quick) as running, chatting(running) as person:
            await running.parts.site.warm()
            ready_in = time.monotonic() - began
            try:
                summary = await Demo(running, person, out).run(ready_in)
            except TimeoutError:
                raise UsherError(f"the demo did not end within {WITHIN:.0f} s: see the events above") from None
            picture = await _keep_picture(running, summary.pop("artifact"))
            await _tell(running, out, summary, picture)
    if as_json:
        Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(summary))
    return 0 if summary["status"] == "SUCCESS" else 1


async def _keep_picture(running: Running, name: str | None) -> Path | None:
    """The ticket's screenshot, kept where the demo's home does not take it away."""
    if name is None:
        return None
    from events.reading import DirectReader

    nc = running.parts.nc
    data = await Artifacts(nc, DirectReader(nc)).get(name)
    if data is None:
        return None
    path = Path(tempfile.gettempdir()) / f"usher-{name}"
    path.write_bytes(data)
    return path


async def _tell(running: Running, out: Console, summary: dict[str, Any], picture: Path | None) -> None:
    out.print()
    if summary["status"] != "SUCCESS":
        out.print(f"[red]the job ended as {summary['status']}[/]")
        return
    starts = datetime.fromisoformat(summary["show"]).astimezone(CITY_ZONE)
    out.print(f"[green bold]SUCCESS[/] confirmation [bold]{summary['confirmation']}[/]")
    out.print(f"{summary['film']} · {summary['cinema']} · {starts:%a %d %b %Y, %H:%M}")
    out.print(f"seats {', '.join(summary['seats'])} · {Money(summary['amount_minor'])} with fees, paid with gift cards")
    out.print(_seat_drawing(running, summary))
    out.print(f"ledger: {summary['charges']} charge, {summary['bookings']} booking, {summary['holds']} hold")
    spans = (
        f"sale open → detected {summary['available_to_detected_ms']} ms, → held {summary['available_to_held_ms']} ms, "
        f"→ booked {summary['available_to_booked_ms']} ms; detected → booking {summary['detected_to_booking_ms']} ms"
    )
    out.print(f"[dim]{spans}[/]")
    if picture is not None:
        out.print(f"the ticket's screenshot: {picture}")


def _seat_drawing(running: Running, summary: dict[str, Any]) -> str:
    """The hall with the booked seats, as the seat page had it."""
    from sites.drawing import draw

    seat_map = getattr(running.parts.site, "last_map", None)
    return draw(seat_map, tuple(summary["seats"])) if seat_map is not None else ""
