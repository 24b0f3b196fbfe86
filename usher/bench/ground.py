"""The folder that a run with faults stands on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from usher.bench.report import Report


@contextmanager
def ground(report: Report) -> Iterator[Path]:
    """A new folder; gone with the block, but where the run missed a goal: then the report says where the broker's
    store, the cinema's ledger and all pictures lie, for whoever must find out why."""
    folder = Path(tempfile.mkdtemp(prefix=f"usher-{report.bench}-"))
    try:
        yield folder
    finally:
        if report.met:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            report.notes.append(f"the run's store, ledger and pictures are kept in {folder}")
