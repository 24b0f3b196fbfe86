"""Full garbage collections stop every actor of a process: what lives as long as the process is not walked again.

Walking the 160,000 objects of `usher up` took 120 ms, every few bookings, whatever was just being booked.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONG = 0.02  # s: a full collection that took longer is the last one over what it left alive
TIMES = 8  # what is frozen is freed by its count of references only; so bounded, cycles that end later cost little


class _Watch:
    """Freezes what a long collection left alive: the chat's models, say, are built at their first use."""

    def __init__(self) -> None:
        self._began, self._left = 0.0, TIMES

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] != 2:
            return
        if phase == "start":
            self._began = time.perf_counter()
        elif self._left and time.perf_counter() - self._began > LONG:
            self._left -= 1
            gc.freeze()


@contextmanager
def short_collections() -> Iterator[None]:
    """Inside the block, full collections pass over what is alive now, and over what later ones find to stay."""
    watch = _Watch()
    gc.freeze()
    gc.callbacks.append(watch)
    try:
        yield
    finally:
        gc.callbacks.remove(watch)
        gc.unfreeze()
