"""`python -m tests.golden.histories [--accept]`: write the lives that have no file; accept another meaning of the past.

A file holds events as they were written, each with the state it led to, and the whole state at the end. Its events are
never changed. What they mean today may be accepted: the difference is shown first.
"""

import difflib
import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec

from events import people
from events.chain import recorded
from events.codec import ACTOR, CORRELATION, ID, PREVIOUS, SCHEMA, Recorded
from events.people import Person
from events.state import Job
from events.story import Step, steps
from events.wire import Kept
from tests.golden.life import Life
from tests.golden.lives import LIVES
from tests.golden.lives_people import PEOPLE

FOLDER = Path(__file__).parent / "histories"
OF_PEOPLE = FOLDER / "people"


def messages(lines: list[dict[str, Any]], job_id: str = "golden") -> list[Kept]:
    """The recorded events as the log would answer them."""
    found = []
    for sequence, line in enumerate(lines, 1):
        headers = {ID: f"e{sequence}", SCHEMA: str(line["schema"]), ACTOR: line["actor"], CORRELATION: "e1"}
        headers |= {PREVIOUS: str(sequence - 1), "Nats-Subject": f"{line['type']}.{job_id}"}
        headers |= {"Nats-Sequence": str(sequence), "Nats-Time-Stamp": line["time"]}
        found.append(Kept(headers, msgspec.json.encode(line["event"])))
    return found


def state_of(now: Job | Person) -> dict[str, Any]:
    """What differs from somebody unborn: a field that is added later with a default changes no recorded state."""
    unborn, fields = type(now)(), now.__struct_fields__
    state = {name: getattr(now, name) for name in fields if getattr(now, name) != getattr(unborn, name)}
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(state))
    return plain


def read(file: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The events of a history, and the state recorded behind them."""
    *lines, last = (msgspec.json.decode(line) for line in file.read_bytes().splitlines())
    return lines, last["state"]


def folded(lines: list[dict[str, Any]]) -> tuple[list[Step], dict[str, Any]]:
    """The same events read and folded by today's code."""
    life = list(steps(messages(lines)))
    return life, state_of(life[-1].job)


def folded_person(lines: list[dict[str, Any]]) -> list[Person]:
    """A person after each of the events, by today's code."""
    records = [recorded(message) for message in messages(lines)]
    events = [record.event for record in records if isinstance(record, Recorded)]
    assert len(events) == len(lines), records
    return list(accumulate(events, people.evolve, initial=Person()))[1:]


def _today(file: Path, lines: list[dict[str, Any]]) -> tuple[list[str], dict[str, Any]]:
    """What each event leads to by today's code, and the state at the end."""
    if file.parent == OF_PEOPLE:
        persons = folded_person(lines)
        return [str(person.standing) for person in persons], state_of(persons[-1])
    life, state = folded(lines)
    return [str(step.job.status) for step in life], state


def _written(lines: list[dict[str, Any]], state: dict[str, Any]) -> bytes:
    return b"\n".join(msgspec.json.encode(line) for line in (*lines, {"state": state})) + b"\n"


def _shown(lines: list[dict[str, Any]], state: dict[str, Any]) -> list[str]:
    after = [f"{line['type']} → {line['then']}" for line in lines]
    return [*after, *msgspec.json.format(msgspec.json.encode(state), indent=2).decode().splitlines()]


def main(accept: bool) -> int:
    """Write what is missing; show what means something else today, and with `accept` keep that."""
    changed = 0
    for folder, lives in ((FOLDER, LIVES), (OF_PEOPLE, PEOPLE)):
        folder.mkdir(exist_ok=True)
        for life in lives:
            file = folder / f"{life.__name__}.jsonl"
            if not file.exists():
                told = life()
                file.write_bytes(_written(told.lines, state_of(told.job if isinstance(told, Life) else told.person)))
                sys.stdout.write(f"new: {file.name}\n")
    for file in sorted(FOLDER.rglob("*.jsonl")):
        for difference in _changes(file, accept):
            changed += 1
            sys.stdout.write(difference + "\n")
    return 1 if changed and not accept else 0


def _changes(file: Path, accept: bool) -> Iterator[str]:
    lines, state = read(file)
    thens, today = _today(file, lines)
    now = [line | {"then": then} for line, then in zip(lines, thens, strict=True)]
    if (now, today) == (lines, state):
        return
    yield from difflib.unified_diff(_shown(lines, state), _shown(now, today), file.name, "today", lineterm="", n=1)
    if accept:
        file.write_bytes(_written(now, today))


if __name__ == "__main__":
    sys.exit(main("--accept" in sys.argv))
