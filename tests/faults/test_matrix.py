"""The kill run as a test: whatever dies, breaks or misbehaves, the books agree. `usher bench kill` runs more points."""

import pytest

from usher.bench.kill.run import bench_kill


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [20261124, 5])
async def test_no_order_of_misfortunes_charges_twice_or_loses_an_event(seed: int) -> None:
    report = await bench_kill(75, seed, lambda done, total: None)
    assert report.notes == [], report.log
