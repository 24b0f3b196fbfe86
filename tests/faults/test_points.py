"""The kill run's own parts: its plan repeats, its wires break as told, its counting finds what is wrong."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from events import job as j
from events.codec import Recorded
from events.wish import SeatPlan
from tests.conftest import NOW
from tests.samples import WISH
from usher.bench.kill import count
from usher.bench.kill.points import ACTORS, STEPS, points
from usher.bench.wire import Wire


def test_the_same_seed_chooses_the_same_points_and_all_kinds_come() -> None:
    first = list(islice(points(7, 0), 2_000))
    assert first == list(islice(points(7, 0), 2_000))
    assert first[:50] != list(islice(points(7, 1), 50))
    assert set(Counter(point.what for point in first)) == {"kill", "kill browser", "freeze", "cut", "silence", "fault"}
    assert {p.whom for p in first if p.what == "kill"} == {*ACTORS, "nats-server", "everything"}
    assert {p.after for p in first} == {None, *STEPS}
    cuts = [p.seconds for p in first if p.what in {"cut", "silence"}]
    assert 0.1 <= min(cuts) < 0.2
    assert 50 < max(cuts) <= 60


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def test_a_wire_carries_is_silent_and_breaks() -> None:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    wire = Wire(server.sockets[0].getsockname()[1])
    await wire.start()
    port = int(wire.url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"a")
    assert await reader.read(1) == b"a"
    silence = asyncio.create_task(wire.cut(0.3, silent=True))
    await asyncio.sleep(0)
    writer.write(b"b")
    answer = asyncio.create_task(reader.read(1))
    assert not (await asyncio.wait({answer}, timeout=0.1))[0]
    await silence
    assert await answer == b"b"
    await wire.cut(0.01, silent=False)
    assert await reader.read(1) == b""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"c")
    assert await reader.read(1) == b"c"
    writer.close()
    await wire.stop()
    server.close()


def _told(job_id: str, *events: Any) -> count.Story:
    records = [
        Recorded(event, f"{job_id}-{n}", job_id, n, NOW, "booker", 1, None, None, n - 1, "JOBS")
        for n, event in enumerate(events, 1)
    ]
    return count.story(job_id, records)


def _life(job_id: str, reference: str, booked: bool) -> count.Story:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    plan = SeatPlan(("H7",), 0.9, 500, "GOLD")
    events: list[Any] = [
        j.Created("local", WISH, soon),
        j.WatchStarted("g"),
        j.BookingStarted(1, "s1", "b", soon),
        j.SeatsHeld(1, "s1", plan, 500, "INR", soon, reference),
        j.PaymentSubmitted(1, 500, "INR", (), reference),
    ]
    if booked:
        events.append(j.Booked(1, reference, "s1", "Dune", "AMB", NOW, ("H7",), 500, "INR", None))
    return _told(job_id, *events)


def _books(*references: str, amount: int = 500) -> dict[str, Any]:
    return {
        "bookings": [{"transaction_id": f"T{n}", "booking_id": r} for n, r in enumerate(references)],
        "charges": [
            {"charge_id": f"c{n}", "transaction_id": f"T{n}", "amount_minor": amount} for n in range(len(references))
        ],
        "holds": [{"status": "held"}],
    }


def test_the_counting_finds_each_kind_of_wrong_money() -> None:
    fine = _life("j1", "D1", booked=True)
    assert count.money(_books("D1"), [fine]) == []
    assert "belongs to no job" in count.money(_books("D9"), [])[0]
    assert "charged 2 times" in " ".join(count.money(_books("D1", "D1"), [fine]))
    assert "was charged and is BOOKING" in count.money(_books("D1"), [_life("j1", "D1", booked=False)])[0]
    assert "nothing was charged" in count.money(_books(), [fine])[0]
    assert "charged was" in count.money(_books("D1", amount=900), [fine])[0]


def test_the_counting_finds_who_hangs_and_what_leaks(tmp_path: Path) -> None:
    assert count.ends([_life("j1", "D1", booked=True)]) == []
    assert count.ends([_life("j1", "D1", booked=False)]) == ["I6: j1 is BOOKING"]
    assert count.holds(_books()) == {"held": 1}
    (tmp_path / "log").write_text("card 8000000047110000")
    assert count.leaks(["8000000047110000"], tmp_path.iterdir()) == ["I8: log holds a secret"]
