"""The read models: what was folded live equals what a rebuild folds, and no file is trusted blindly."""

import sqlite3
from datetime import timedelta
from functools import reduce
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import orders as o
from events import user as u
from events.codec import Recorded
from events.errors import NotFound
from events.lifecycle import Job, Refusal, decide, evolve
from events.wish import MaskedCard
from projections.projector import Projection
from projections.queries import Queries
from projections.rebuild import compare, swap
from tests.model.test_lifecycle import COMMANDS, PAID, openings
from tests.samples import AT, PLAN, SHOW, WISH


def log_of(commands: list[o.Command], job_id: str = "j1") -> tuple[list[Recorded], Job]:
    """The records of a life, and the state it ends in."""
    job, records = Job(), list[Recorded]()
    for command in commands:
        outcome = decide(command, job)
        for fact in [] if isinstance(outcome, Refusal) else outcome:
            job = reduce(evolve, [fact], job)
            n = len(records) + 1
            at = AT + timedelta(seconds=n)
            records.append(Recorded(fact, f"e{n}", job_id, n, at, "desk", 1, None, "e1", n - 1, "JOBS"))
    return records, job


class NotAnEvent(msgspec.Struct, tag="unheard_of"):
    """What no fold knows."""


@settings(max_examples=60, deadline=None)
@given(openings.filter(bool), st.lists(COMMANDS, max_size=25))
def test_the_read_model_says_what_the_rules_say(
    tmp_path_factory: pytest.TempPathFactory, opening: tuple[o.Command, ...], rest: list[o.Command]
) -> None:
    records, job = log_of([*opening, *rest])
    folder = tmp_path_factory.mktemp("p")
    live, beside = Projection(folder / "live.sqlite3"), Projection(folder / "new.sqlite3")
    for record in records:
        live.apply([record])
    beside.apply(records)
    row = Queries(folder / "live.sqlite3").job("j1")
    assert row["status"] == job.status
    assert compare(live.path, beside.path) == []


def test_a_second_delivery_changes_nothing(tmp_path: Path) -> None:
    records, _ = log_of(list(PAID))
    once, twice = Projection(tmp_path / "once.sqlite3"), Projection(tmp_path / "twice.sqlite3")
    once.apply(records)
    twice.apply(records)
    twice.apply(records[2:])
    assert compare(once.path, twice.path) == []


def test_a_batch_that_fails_leaves_neither_rows_nor_position(tmp_path: Path) -> None:
    records, _ = log_of(list(PAID))
    projection = Projection(tmp_path / "p.sqlite3")
    broken = Recorded(NotAnEvent(), "x", "j1", 99, AT, "desk", 1, None, None, 0, "JOBS")
    with pytest.raises(KeyError):
        projection.apply([*records, broken])
    assert projection.position("JOBS") == 0
    assert Queries(projection.path).jobs() == []


def test_a_corrupt_file_is_set_aside_and_built_anew(tmp_path: Path) -> None:
    path = tmp_path / "p.sqlite3"
    path.write_bytes(b"this is no database" * 200)
    projection = Projection(path)
    assert projection.rebuilt
    assert projection.position("JOBS") == 0
    assert list(tmp_path.glob("p.sqlite3.broken-*"))


def test_a_rebuilt_file_takes_the_live_ones_place(tmp_path: Path) -> None:
    records, _ = log_of(list(PAID))
    live, new = Projection(tmp_path / "live.sqlite3"), Projection(tmp_path / "new.sqlite3")
    new.apply(records)
    live.close()
    new.close()
    swap(new.path, live.path)
    assert Queries(live.path).job("j1")["seats"] == "H7, H8"


def test_an_ambiguous_or_unknown_id_says_so(tmp_path: Path) -> None:
    projection = Projection(tmp_path / "p.sqlite3")
    for n, job_id in enumerate(("aa1", "aa2")):
        records, _ = log_of([PAID[0]], job_id)
        projection.apply(
            [Recorded(**{f: getattr(records[0], f) for f in Recorded.__struct_fields__} | {"sequence": n + 1})]
        )
    queries = Queries(projection.path)
    assert queries.job("aa1")["job_id"] == "aa1"
    with pytest.raises(NotFound, match="several"):
        queries.job("aa")
    with pytest.raises(NotFound, match="usher jobs"):
        queries.job("zz")


def test_a_card_tells_what_bookings_took_from_it_and_whether_one_emptied_it(tmp_path: Path) -> None:
    wish = msgspec.structs.replace(WISH, cap=None)
    paid = (MaskedCard("c1", "0001", 50_000), MaskedCard("c2", "0002", 15_962))
    life = [
        o.CreateJob("asha", wish, AT + timedelta(days=3)),
        o.StartWatching("g"),
        o.DetectTickets(wish, (SHOW,), "look-1", AT),
        o.StartBooking("b", AT + timedelta(minutes=10)),
        o.HoldSeats(1, SHOW.show_id, PLAN, 65_962, "INR", AT, "DC1"),
        o.SubmitPayment(1, 65_962, "INR", paid, "DC1"),
    ]
    projection = Projection(tmp_path / "p.sqlite3")
    people = [u.CardAdded("c1", "0001"), u.CardAdded("c2", "0002"), u.CardLabelled("c2", "from Meera")]
    for n, fact in enumerate(people, 1):
        projection.apply([Recorded(fact, f"u{n}", "asha", n, AT, "desk", 1, None, None, n - 1, "USERS")])
    projection.apply(log_of(life)[0])
    assert [row["spent"] for row in Queries(projection.path).cards("asha")] == [0, 0]  # nobody knows yet
    booked, _ = log_of([*life, o.ConfirmBooking(1, "WGQ7KTX", PLAN.seats, 65_962, "INR")])
    projection.apply(booked)
    assert Queries(projection.path).cards("asha") == [
        {"card_id": "c1", "last4": "0001", "label": "", "spent": 50_000, "empty": 1},
        {"card_id": "c2", "last4": "0002", "label": "from Meera", "spent": 15_962, "empty": 0},
    ]
    assert Queries(projection.path).cards("ravi") == []


def test_readers_cannot_write(tmp_path: Path) -> None:
    projection = Projection(tmp_path / "p.sqlite3")
    with pytest.raises(sqlite3.OperationalError):
        Queries(projection.path)._db.execute("DELETE FROM jobs")
