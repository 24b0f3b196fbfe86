"""A benchmark's figures: percentiles, goals, a table for people and JSON for programs."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table

BARS = "▁▂▃▄▅▆▇█"


class Figure(msgspec.Struct, frozen=True):
    """One measured thing. `goal` in words; `met` is None where there is none; `shape` draws the distribution."""

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None
    beside: str = ""
    shape: str = ""


class Report(msgspec.Struct):
    """All figures of one run."""

    bench: str
    durability: str
    figures: list[Figure] = []
    notes: list[str] = []  # what was found wrong, one line each
    log: str = ""  # the last lines of what the processes said, where something was wrong

    def add(self, name: str, value: float, unit: str, *, most: float | None = None, least: float | None = None) -> None:
        """Add a figure with the bound that it must keep, if there is one."""
        met = None
        goal = ""
        if most is not None:
            goal, met = f"≤ {most:g} {unit}", value <= most
        if least is not None:
            goal, met = f"≥ {least:g} {unit}", value >= least
        self.figures.append(Figure(name, round(value, 3), unit, goal, met))

    def times(self, name: str, ms: Sequence[float], **most: float) -> None:
        """Add percentiles of durations in ms, those named with their bounds: `times("append", ms, p50=5)`."""
        for share in (50, 95, 99):
            bound = most.get(f"p{share}")
            self.add(f"{name} p{share}", percentile(ms, share), "ms", most=bound)
        last = self.figures[-3]
        self.figures[-3] = msgspec.structs.replace(last, shape=drawn(ms))

    def beside(self, text: str) -> None:
        """Say what the last figure compares with: a peer, and where its figure comes from."""
        self.figures[-1] = msgspec.structs.replace(self.figures[-1], beside=text)

    @property
    def met(self) -> bool:
        """Whether no goal was missed."""
        return all(figure.met is not False for figure in self.figures)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` percent do not exceed (nearest rank). Raises ValueError for no values."""
    if not values:
        raise ValueError("no values were measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 100).__int__() - 1))]


def drawn(values: Sequence[float], columns: int = 16) -> str:
    """A histogram from the smallest value to the 99th percentile."""
    low, high = min(values), percentile(values, 99)
    counts = [0] * columns
    for value in values:
        place = 0 if high == low else int((min(value, high) - low) / (high - low) * (columns - 1))
        counts[place] += 1
    most = max(counts)
    return "".join(BARS[round(count / most * (len(BARS) - 1))] if count else " " for count in counts)


def show(report: Report, as_json: bool) -> int:
    """Print it; the exit code is 1 where a goal was missed."""
    machine = {"python": platform.python_version(), "cores": len(os.sched_getaffinity(0)), "system": platform.system()}
    if as_json:
        body = msgspec.to_builtins(report) | {"met": report.met, "machine": machine}
        sys.stdout.write(json.dumps(body) + "\n")
        return 0 if report.met else 1
    table = Table(title=f"usher bench {report.bench} · {report.durability}", title_justify="left")
    for column in ("what", "measured", "goal", "", "beside it"):
        table.add_column(column, justify="right" if column == "measured" else "left")
    for figure in report.figures:
        mark = {None: "", True: "[green]✓[/]", False: "[red]✗[/]"}[figure.met]
        value = f"{figure.value:,.3f}".rstrip("0").rstrip(".")
        table.add_row(figure.name, f"{value} {figure.unit}", figure.goal, mark, figure.beside or figure.shape)
    Console().print(table)
    Console(stderr=True, markup=False).print("\n".join([*report.notes, report.log]).strip())
    return 0 if report.met else 1
