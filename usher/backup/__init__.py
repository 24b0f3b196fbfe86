"""Copies of the log: taken while everything runs, proved by restoring them, put back into an empty home."""
