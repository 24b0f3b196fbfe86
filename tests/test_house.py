"""The house keeps its own rules."""

import subprocess
import sys
from pathlib import Path

from events.catalogue import CATALOGUE, rights_of
from events.lifecycle import DIAGRAM
from events.streams import CONSUMERS, STREAMS
from tests.golden.book import PAGE, page

ROOT = Path(__file__).parent.parent


def test_the_drawn_diagram_is_the_codes() -> None:
    drawn = {line.strip() for line in (ROOT / "docs/architecture.md").read_text().splitlines() if "-->" in line}
    coded = {f"{'[*]' if a == 'NONE' else a} --> {b}" for a, targets in DIAGRAM.items() for b in targets}
    assert drawn == coded


def test_every_consumer_reads_a_declared_stream() -> None:
    assert {consumer.stream for consumer in CONSUMERS} <= {stream.name for stream in STREAMS}


def test_only_the_booker_may_say_that_a_job_is_booked() -> None:
    assert CATALOGUE["job.booked"].owners == ("booker",)
    assert "job.booked" not in rights_of("watcher")


def test_help_loads_no_browser_and_no_chat_library() -> None:
    code = "import sys, usher.cli; sys.exit(any(m in sys.modules for m in ('playwright', 'aiogram')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_what_must_answer_at_once_loads_no_big_library() -> None:
    heavy = ("nats", "aiohttp", "typer", "rich", "pydantic")
    code = f"import sys, usher.__main__, usher.commands.inspect as i; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_no_file_of_the_product_passes_its_bound() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for floor in ("bot", "events", "projections", "sandbox", "services", "sites", "usher")
        for path in (ROOT / floor).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 320
    }
    assert long == {}


def test_the_page_of_events_is_the_codes() -> None:
    assert PAGE.read_text() == page(), "docs/events.md is stale: run `python -m tests.golden.book`"
