"""`usher fixture`: a job's life as a test that needs no network."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from events.errors import UsherError
from events.settings import Settings, utc_now
from events.story import steps
from services.archiving import archive_job
from usher.commands.ops import write_lines
from usher.flights import Flight, Lived, fly_again, live_again
from usher.log import life_of, open_log

TEST = '''"""Job {job}: its looks and decisions again, by today's rules.

Covers: reading and folding every event; matching each recorded look with the wish of that moment; choosing seats
where the hall's map is in the record; reading the site's pages, and visiting it in a browser, where that was recorded.
"""

from pathlib import Path

from usher.flights import fly_again, live_again

EVENTS = (
{events})
SITE = (
{site})


def test_{name}_goes_as_it_went() -> None:
    flight = fly_again(Path(__file__).with_name("{file}"))
    assert flight.troubles == ()
    assert flight.events == EVENTS
    assert flight.status == "{status}"
    assert flight.decisions == {decisions}
    assert flight.differences == ()


def test_{name}_finds_the_site_as_it_was() -> None:
    lived = [one for one in live_again(Path(__file__).with_name("{file}")) if not one.lost]
    assert [difference for one in lived for difference in one.differences] == []
    assert tuple((one.name, list(one.calls)) for one in lived) == SITE
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
        lived = live_again(record, settings.chromium)
        test.write_text(_test(flight, [one for one in lived if not one.lost], name, record.name))
    except OSError as wrong:
        raise UsherError(f"{into} cannot be written ({wrong.strerror})") from None
    sys.stdout.write(f"{record} ({len(lines)} lines), {test}: {flight.decisions} decisions, ends as {flight.status}\n")
    for one in lived:
        lost = "; left out: the recording is not complete, and goes otherwise today" if one.lost else ""
        sys.stdout.write(f"recorded {one.name}: {_counted(one.calls)}{lost}\n")
    told = (found for one in lived if not one.lost for found in one.differences)
    otherwise = (*flight.troubles, *flight.differences, *told)
    for difference in otherwise:
        sys.stdout.write(f"already otherwise: {difference}\n")
    return 1 if otherwise else 0


def _counted(calls: Sequence[str]) -> str:
    """The calls in their order; what was said several times in a row stands once."""
    rows = [(call, sum(1 for _ in same)) for call, same in groupby(calls)]
    return ", ".join(f"{call} ({times} times)" if times > 1 else call for call, times in rows)


def _test(flight: Flight, lived: Sequence[Lived], name: str, file: str) -> str:
    events = "".join(f'    "{event}",\n' for event in flight.events)
    site = "".join(f'    ("{one.name}", {json.dumps(one.calls, ensure_ascii=False)}),\n' for one in lived)
    said = {"job": flight.job, "name": name, "file": file, "events": events, "site": site}
    return TEST.format(**said, status=flight.status, decisions=flight.decisions)
