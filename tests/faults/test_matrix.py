"""The runs with faults as tests: whatever dies, breaks or misbehaves, the books agree. `usher bench` runs more."""

import pytest

from usher.bench.cluster.run import bench_cluster
from usher.bench.kill.run import bench_kill
from usher.bench.report import Report
from usher.bench.soak import bench_soak, slope


def quietly(done: int, total: int) -> None:
    """Nobody watches."""


def missed(report: Report) -> list[str]:
    """The figures beyond their bounds."""
    return [f"{one.name}: {one.value} ({one.goal})" for one in report.figures if one.met is False]


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("seed", [20261124, 5])
async def test_no_order_of_misfortunes_charges_twice_or_loses_an_event(seed: int) -> None:
    report = await bench_kill(75, seed, quietly)
    assert report.notes == [], report.log
    points = {one.name: one.value for one in report.figures}["points"]
    assert points == 75


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_cluster_loses_its_leader_and_a_node_and_no_event() -> None:
    report = await bench_cluster(40, quietly)
    assert (report.notes, missed(report)) == ([], []), report.log


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_short_soak_leaves_nothing_waiting() -> None:
    report = await bench_soak(1, 8, 3, quietly)
    assert report.notes == [], report.log
    assert [one for one in missed(report) if "wait at the end" in one] == []


def test_a_slope_is_what_a_line_has() -> None:
    assert slope([(0, 5.0), (1, 7.0), (2, 9.0)]) == pytest.approx(2.0)
    assert slope([(0, 5.0)]) == 0.0
    assert slope([(3, 5.0), (3, 6.0)]) == 0.0
