"""Follows the log into one SQLite file: rows and position in one transaction."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from events.codec import Recorded
from projections import jobs, looks, people
from projections.line import Line, line_of

VERSION = 3
# What makes a file that nobody else opens quick to write; cache_size in KiB
UNGUARDED = ("synchronous = OFF", "journal_mode = OFF", "locking_mode = EXCLUSIVE", "cache_size = -100000")
FOLDS: dict[str, Callable[[sqlite3.Connection, Sequence[Line]], None]] = {
    "JOBS": jobs.fold,
    "USERS": people.fold,
    "LOOKS": looks.fold,
}


class Projection:
    """One file of read models, used from one thread. `rebuilt` says why an unusable file was set aside, or is empty."""

    def __init__(self, path: Path) -> None:
        self.path, self.rebuilt = path, ""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.db = self._open()
        except sqlite3.DatabaseError as broken:
            self.set_aside(str(broken))
            self.db = self._open()
        self._inode = path.stat().st_ino

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == VERSION:
            broken = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if broken != "ok":
                raise sqlite3.DatabaseError(broken)
            return db
        if version:
            db.close()
            self.set_aside(f"its schema is version {version}, this is {VERSION}")
            return self._open()
        db.executescript(f"BEGIN; {files('projections').joinpath('schema.sql').read_text()} COMMIT;")
        db.execute(f"PRAGMA user_version = {VERSION}")
        return db

    def set_aside(self, why: str) -> None:
        """Keep an unusable file for whoever wants to look into it, and start from an empty one."""
        self.rebuilt = why
        kept = self.path.with_name(f"{self.path.name}.broken-{time.time_ns()}")
        self.path.replace(kept)
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def lost(self) -> bool:
        """Whether the path no longer leads to the open file: rows written now would be seen by nobody."""
        try:
            return self.path.stat().st_ino != self._inode
        except FileNotFoundError:
            return True

    def position(self, stream: str) -> int:
        """The last sequence of the stream that is in the file; 0 at the start."""
        row = self.db.execute("SELECT sequence FROM checkpoints WHERE stream = ?", (stream,)).fetchone()
        return int(row[0]) if row else 0

    def apply(self, records: Sequence[Recorded], positions: dict[str, int] | None = None) -> None:
        """Fold a batch in one transaction. What is already in is skipped, so a second delivery changes nothing.

        `positions` moves checkpoints past messages that were parked because they cannot be read.
        """
        self.write([line_of(record) for record in records], positions)

    def write(self, lines: Sequence[Line], positions: dict[str, int] | None = None) -> None:
        """The same from lines."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            reached = {stream: self.position(stream) for stream in FOLDS}  # under the lock: two may share one file
            for stream in {line.stream for line in lines}:
                known = reached[stream]
                if new := [line for line in lines if line.stream == stream and line.sequence > known]:
                    FOLDS[stream](self.db, new)
                    reached[stream] = new[-1].sequence
            for stream, sequence in (positions or {}).items():
                reached[stream] = max(reached[stream], sequence)
            self.db.executemany("INSERT OR REPLACE INTO checkpoints VALUES (?, ?)", list(reached.items()))
            self.db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self.db.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def unguarded(self) -> Iterator[None]:
        """Write without journal, syncs and secondary indexes: only for a file that is thrown away if this fails."""
        indexes = self.db.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
        ).fetchall()
        for pragma in UNGUARDED:
            self.db.execute(f"PRAGMA {pragma}")
        for name, _ in indexes:
            self.db.execute(f"DROP INDEX {name}")
        yield
        for _, statement in indexes:
            self.db.execute(statement)
        self.db.execute("PRAGMA locking_mode = NORMAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        """Close the file."""
        self.db.close()
