"""The SQLite file that holds everything, and the few words spoken to it."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = dict[str, Any]
SCHEMA = Path(__file__).with_name("schema.sql")


class Store:
    """One connection, used from one event loop. Statements commit at once unless they stand in `together`."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        self._db.row_factory = sqlite3.Row
        # NORMAL: a killed process loses nothing, a power cut may lose the last messages of a toy.
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        self._db.executescript(SCHEMA.read_text())
        self._depth = 0

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def run(self, sql: str, **values: object) -> int:
        """Execute one statement; returns the number of rows it touched."""
        return self._db.execute(sql, values).rowcount

    def one(self, sql: str, **values: object) -> Json | None:
        """The first row, or None."""
        row = self._db.execute(sql, values).fetchone()
        return dict(row) if row else None

    def all(self, sql: str, **values: object) -> list[Json]:
        """Every row."""
        return [dict(row) for row in self._db.execute(sql, values)]

    def value(self, sql: str, **values: object) -> Any:
        """The first column of the first row, or None."""
        row = self._db.execute(sql, values).fetchone()
        return row[0] if row else None

    @contextmanager
    def together(self) -> Iterator[None]:
        """All or nothing. May be nested; the outermost block decides."""
        if self._depth == 0:
            self._db.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0:
            self._db.execute("COMMIT")

    def kept(self, name: str, make: Callable[[], str]) -> str:
        """A value made on first use and the same ever after."""
        found = self.value("SELECT value FROM kept WHERE name = :name", name=name)
        if found is None:
            found = make()
            self.keep(name, found)
        return str(found)

    def keep(self, name: str, value: str) -> None:
        """Set a kept value."""
        self.run("INSERT OR REPLACE INTO kept VALUES (:name, :value)", name=name, value=value)

    def count(self, name: str, start: int = 0) -> int:
        """The next number of a counter."""
        number = int(self.kept(name, lambda: str(start))) + 1
        self.keep(name, str(number))
        return number

    def secret(self, name: str) -> str:
        """A token made on first use."""
        return self.kept(name, lambda: secrets.token_urlsafe(24))


def dumped(value: object) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def loaded(text: str | None) -> Any:
    """JSON read back; None stays None."""
    return None if text is None else json.loads(text)
