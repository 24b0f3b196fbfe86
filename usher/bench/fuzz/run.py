"""`usher bench fuzz`: so many inputs each, every one within its time, all within their memory, no defect."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from usher.bench.fuzz.targets import Target, targets
from usher.bench.lives import Progress
from usher.bench.report import Report

SLOWEST = 1_000.0  # ms of CPU for one input
GROWTH = 200.0  # MB of memory more after all inputs of a target than before
TOLD = 5  # defects of a kind that are shown


async def bench_fuzz(inputs: int, seed: int, only: str, progress: Progress) -> Report:
    """Feed every target (or the one named `only`) `inputs` times. The same seed makes the same inputs."""
    report = Report("fuzz", f"seed {seed}, {inputs:,} inputs each")
    with tempfile.TemporaryDirectory() as folder:
        async with targets(Path(folder)) as found:
            chosen = [target for target in found if only in ("", target.name)]
            for place, target in enumerate(chosen):
                progress(place, len(chosen))
                await _feed(target, inputs, seed, report)
    return report


async def _feed(target: Target, inputs: int, seed: int, report: Report) -> None:
    wrong: Counter[str] = Counter()
    slowest, before, began = 0.0, _memory(), time.monotonic()
    for number in range(inputs):
        made = target.make(random.Random(f"{seed}/{target.name}/{number}"))  # noqa: S311  chance, not a secret
        started = time.process_time()
        try:
            await target.feed(made)
        except Exception as defect:  # whatever comes out is what is looked for
            kind = f"{type(defect).__name__}: {str(defect)[:80]}"
            wrong[kind] += 1
            if wrong[kind] <= TOLD:
                report.notes.append(f"{target.name} {number}: {kind} from {made!r:.300}")
        spent = (time.process_time() - started) * 1_000
        if spent > SLOWEST:
            report.notes.append(f"{target.name} {number}: {spent:.0f} ms for {made!r:.300}")
        slowest = max(slowest, spent)
    report.add(f"{target.name}: defects", sum(wrong.values()), "", most=0)
    report.add(f"{target.name}: slowest", slowest, "ms", most=SLOWEST)
    report.add(f"{target.name}: memory", _memory() - before, "MB", most=GROWTH)
    report.add(f"{target.name}: inputs", inputs / (time.monotonic() - began), "/s")


def _memory() -> float:
    """Resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
