"""Every event version stays readable for ever; what cannot be read is said, never guessed."""

from pathlib import Path

import msgspec
import pytest

from events.catalogue import BY_STRUCT, CATALOGUE
from events.codec import Recorded, Unreadable, decode, decode_body, encode, headers_of, subject_of
from events.job import TicketsDetected
from tests.samples import AT, EVENTS, LOOK

GOLDEN = Path(__file__).parent.parent / "golden"
VERSIONS = [(kind.subject, version) for kind in CATALOGUE.values() for version in range(1, kind.version + 1)]


def test_every_event_type_has_a_sample() -> None:
    assert {type(event) for event in EVENTS} == set(BY_STRUCT)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_what_is_encoded_comes_back(event: msgspec.Struct) -> None:
    headers = headers_of(event, "e1", actor="desk", previous=4, causation="e0", correlation="e0")
    record = decode(subject_of(event, "j1"), headers, encode(event), 5, AT)
    assert isinstance(record, Recorded)
    assert record.event == event
    assert (record.key, record.previous, record.causation) == ("j1", 4, "e0")


@pytest.mark.parametrize(("subject", "version"), VERSIONS)
def test_every_version_has_a_golden_file_that_decodes(subject: str, version: int) -> None:
    event = decode_body(f"{subject}.j1", version, (GOLDEN / f"{subject}.v{version}.json").read_bytes())
    sample = next(sample for sample in EVENTS if BY_STRUCT[type(sample)].subject == subject)
    assert type(event) is type(sample)
    assert event == sample or version < CATALOGUE[subject].version


def test_version_1_of_a_detection_takes_its_time_from_the_looks_id() -> None:
    body = (GOLDEN / "job.tickets_detected.v1.json").read_bytes()
    event = decode_body("job.tickets_detected.j1", 1, body)
    assert isinstance(event, TicketsDetected)
    assert int(event.seen_at.timestamp() * 1000) == int(LOOK.replace("-", "")[:12], 16)


@pytest.mark.parametrize(
    ("subject", "schema", "body", "why"),
    [
        ("job.exploded.j1", "1", b"{}", "unknown event type"),
        ("job.resumed.j1", "2", b'{"event":"resumed","by":"a"}', "newer"),
        ("job.resumed.j1", "1", b'{"event":"resumed","by":"a","mood":"good"}', "mood"),
        ("job.resumed.j1", "1", b"{", "truncated"),
        ("job.resumed.j1", "x", b"{}", "invalid literal"),
    ],
)
def test_what_cannot_be_read_is_unreadable(subject: str, schema: str, body: bytes, why: str) -> None:
    headers = {"Usher-Schema": schema, "Nats-Msg-Id": "e1"}
    found = decode(subject, headers, body, 7, AT)
    assert isinstance(found, Unreadable)
    assert why in found.why
    assert found.sequence == 7


def test_a_message_without_our_headers_is_unreadable() -> None:
    assert isinstance(decode("job.resumed.j1", None, b"{}", 1, AT), Unreadable)
