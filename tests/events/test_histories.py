"""Golden histories: what happened keeps its meaning. A change that is wanted is accepted with `make golden-accept`."""

from functools import reduce
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.catalogue import CATALOGUE
from events.codec import decode_body
from events.folds import evolve
from events.state import DIAGRAM, Job
from tests.golden.histories import FOLDER, OF_PEOPLE, folded, folded_person, messages, read, state_of
from tests.golden.lives import LIVES
from tests.golden.lives_people import PEOPLE

FILES = sorted(FOLDER.glob("*.jsonl"))
PERSONS = sorted(OF_PEOPLE.glob("*.jsonl"))
GOLDEN = FOLDER.parent
TOLD = "the past means something else today: see `python -m tests.golden.histories`, accept with `make golden-accept`"


def test_every_life_is_recorded_and_there_are_enough() -> None:
    assert {life.__name__ for life in LIVES} <= {file.stem for file in FILES}
    assert {life.__name__ for life in PEOPLE} <= {file.stem for file in PERSONS}
    assert len(FILES) >= 25
    assert sum("uncertain" in file.stem for file in FILES) >= 5


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_history_means_what_it_meant(file: Path) -> None:
    lines, state = read(file)
    life, today = folded(lines)
    assert [step.trouble for step in life if step.trouble] == []
    assert [str(step.job.status) for step in life] == [line["then"] for line in lines], TOLD
    assert today == state, TOLD


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_replay_at_each_event_is_the_fold_up_to_it(file: Path) -> None:
    lines, _ = read(file)
    life, _ = folded(lines)
    subjects = [message.headers["Nats-Subject"] for message in messages(lines) if message.headers]
    facts = [
        decode_body(subject, line["schema"], msgspec.json.encode(line["event"]))
        for subject, line in zip(subjects, lines, strict=True)
    ]
    for place, step in enumerate(life):
        assert step.job == reduce(evolve, facts[: place + 1], Job())  # type: ignore[arg-type]
        assert step.before.status is step.job.status or step.job.status in DIAGRAM[step.before.status]


@pytest.mark.parametrize("file", PERSONS, ids=lambda file: file.stem)
def test_a_persons_history_means_what_it_meant(file: Path) -> None:
    lines, state = read(file)
    persons = folded_person(lines)
    assert [str(person.standing) for person in persons] == [line["then"] for line in lines], TOLD
    assert state_of(persons[-1]) == state, TOLD


def test_every_event_of_a_job_and_a_person_stands_in_a_life() -> None:
    told = {line["type"] for file in (*FILES, *PERSONS) for line in read(file)[0]}
    assert {kind for kind in CATALOGUE if not kind.startswith("look.")} - told == set()


def without(sample: Any, body: Any) -> Any:
    """What of a body an older sample of its type has fields for."""
    if isinstance(sample, dict):
        return {name: without(sample[name], value) for name, value in body.items() if name in sample}
    if isinstance(sample, list) and sample and isinstance(body, list):
        return [without(sample[0], value) for value in body]
    return body


def as_the_first_usher_wrote_it(line: dict[str, Any]) -> dict[str, Any]:
    """The same event in version 1, where that can say it: not a wish with votes, say. (A look's end was not told: it
    is taken from the look's id, which these lives made up.)"""
    if line["schema"] == 1:
        return line
    sample = msgspec.json.decode((GOLDEN / f"{line['type']}.v1.json").read_bytes())
    older, subject = without(sample, line["event"]), f"{line['type']}.x"
    upcast = decode_body(subject, 1, msgspec.json.encode(older))
    today = decode_body(subject, line["schema"], msgspec.json.encode(line["event"]))
    same = upcast == today or line["type"] == "job.tickets_detected"
    return line | {"schema": 1, "event": older} if same else line


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_upcast_history_is_the_one_written_today(file: Path) -> None:
    lines, state = read(file)
    older = [as_the_first_usher_wrote_it(line) for line in lines]
    assert sum(line["schema"] == 1 for line in older) >= sum(line["schema"] == 1 for line in lines)
    assert folded(older)[1] == state


def test_a_field_that_is_added_with_a_default_changes_no_recorded_state() -> None:
    assert state_of(Job()) == {}
