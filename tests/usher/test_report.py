"""The benchmarks' arithmetic, and one of them run small: a goal that is missed must say so."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from usher.bench.ground import ground
from usher.bench.report import Report, drawn, percentile
from usher.cli import app


def test_percentiles_are_by_nearest_rank() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, share) for share in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7.0], 99) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_a_missed_goal_is_a_missed_report() -> None:
    report = Report("x", "none")
    report.times("kept", [1.0, 2.0, 3.0], p50=2)
    assert report.met
    report.add("missed", 3, "×", most=2)
    assert not report.met


def test_a_distribution_is_drawn_from_its_smallest_value() -> None:
    assert drawn([1.0] * 90 + [10.0] * 10, columns=10) == "█        ▂"


def test_the_projection_benchmark_runs_and_prints_one_document() -> None:
    done = CliRunner().invoke(app, ["bench", "project", "--each", "100", "--rate", "400", "--json"])
    body = json.loads(done.stdout)
    assert body["bench"] == "project"
    assert {figure["name"] for figure in body["figures"]} >= {"start of append → visible p50", "ack → visible p99"}


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_run_that_found_something_wrong_leaves_what_it_stood_on(wrong: int) -> None:
    report = Report("x", "none")
    with ground(report) as folder:
        (folder / "ledger").write_text("paid twice")
        report.add("violations", wrong, "", most=0)
    assert folder.exists() == bool(wrong)
    assert any(str(folder) in note for note in report.notes) == bool(wrong)
    shutil.rmtree(folder, ignore_errors=True)
