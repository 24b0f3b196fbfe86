"""The read models: SQLite tables folded from the log, to be thrown away and rebuilt at will."""
