"""Secrets from a person or a pipe: as arguments they would stand in the process list."""

from __future__ import annotations

import sys

import typer


def two_answers(first: str, second: str, *, hidden: bool = False) -> tuple[str, str]:
    """Ask for both on a terminal, the second one unseen where it is `hidden`; else they are two lines of the pipe."""
    if sys.stdin.isatty():
        return typer.prompt(first), typer.prompt(second, hide_input=hidden)
    return sys.stdin.readline().strip(), sys.stdin.readline().strip()
