"""Golden histories: what happened keeps its meaning. A change that is wanted is accepted with `make golden-accept`."""

from functools import reduce
from pathlib import Path

import msgspec
import pytest

from events.codec import decode_body
from events.folds import evolve
from events.state import DIAGRAM, Job
from tests.golden.histories import FOLDER, folded, messages, read, state_of
from tests.golden.lives import LIVES

FILES = sorted(FOLDER.glob("*.jsonl"))
TOLD = "the past means something else today: see `python -m tests.golden.histories`, accept with `make golden-accept`"


def test_every_life_is_recorded_and_there_are_enough() -> None:
    assert {life.__name__ for life in LIVES} <= {file.stem for file in FILES}
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


def test_an_upcast_history_is_the_one_written_today() -> None:
    lines, _ = read(FOLDER / "booked_with_cards.jsonl")
    old = [dict(line) for line in lines]
    detected = next(line for line in old if line["type"] == "job.tickets_detected")
    body = dict(detected["event"])
    assert body.pop("seen_at")
    detected |= {"schema": 1, "event": body}
    assert folded(old)[1] == folded(lines)[1]


def test_a_field_that_is_added_with_a_default_changes_no_recorded_state() -> None:
    assert state_of(Job()) == {}
