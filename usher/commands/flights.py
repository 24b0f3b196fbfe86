"""`usher fixture`: a job's life as a test that needs no network."""

from __future__ import annotations

import sys
from pathlib import Path

from events.errors import UsherError
from events.settings import Settings, utc_now
from events.story import steps
from services.archiving import archive_job
from usher.commands.ops import write_lines
from usher.flights import Flight, fly_again
from usher.log import life_of, open_log

TEST = '''"""Job {job}: its looks and decisions again, by today's rules.

Covers: reading and folding every event; matching each recorded look with the wish of that moment; choosing seats
where the hall's map is in the record. Does not cover: the site's pages, the browser, the payment: none is recorded.
"""

from pathlib import Path

from usher.flights import fly_again

EVENTS = (
{events})


def test_{name}_goes_as_it_went() -> None:
    flight = fly_again(Path(__file__).with_name("{file}"))
    assert flight.troubles == ()
    assert flight.events == EVENTS
    assert flight.status == "{status}"
    assert flight.decisions == {decisions}
    assert flight.differences == ()
'''


def fixture(settings: Settings, job: str, into: Path) -> int:
    """Write `<id>.jsonl` and `test_<id>.py`; 1 where today's rules already decide otherwise."""
    with open_log(settings) as log:
        job_id, messages = life_of(log, job)
        lines = list(archive_job(log, list(steps(messages)), messages, utc_now()))
    name = job_id[-8:]
    record, test = into / f"{name}.jsonl", into / f"test_{name}.py"
    try:
        into.mkdir(parents=True, exist_ok=True)
        write_lines(record, lines)
        flight = fly_again(record)
        test.write_text(_test(flight, name, record.name))
    except OSError as wrong:
        raise UsherError(f"{into} cannot be written ({wrong.strerror})") from None
    sys.stdout.write(f"{record} ({len(lines)} lines), {test}: {flight.decisions} decisions, ends as {flight.status}\n")
    for difference in (*flight.troubles, *flight.differences):
        sys.stdout.write(f"already otherwise: {difference}\n")
    return 1 if flight.troubles or flight.differences else 0


def _test(flight: Flight, name: str, file: str) -> str:
    events = "".join(f'    "{event}",\n' for event in flight.events)
    said = {"job": flight.job, "name": name, "file": file, "events": events}
    return TEST.format(**said, status=flight.status, decisions=flight.decisions)
