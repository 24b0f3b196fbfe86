"""The plain forms of commands that must answer at once, read without Typer, which takes longer to load than they take.

Whatever is not understood here, help and mistakes included, is Typer's: usher.commands.past and jobs declare the same
words, and a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from events.settings import Settings, read_settings

Options = dict[str, Any]  # option → what it is where it is not given; a bool is a flag, a str or int takes a value


def _history(settings: Settings, job: str, given: Options) -> int:
    from usher.commands.inspect import history

    return history(settings, job, given["--json"], given["--follow"])


def _why(settings: Settings, job: str, given: Options) -> int:
    from usher.commands.inspect import why

    return why(settings, job, given["--event"], given["--looks"], given["--json"])


def _replay(settings: Settings, job: str, given: Options) -> int:
    from usher.commands.replay import replay

    return replay(settings, job, given["--at"], given["--step"], given["--json"])


def _show(settings: Settings, job: str, given: Options) -> int:
    from usher.commands.now import show

    return show(settings, job, given["--json"])


COMMANDS: dict[str, tuple[Callable[[Settings, str, Options], int], dict[str, type], Options]] = {
    "job show": (_show, {"--json": bool}, {}),
    "history": (_history, {"--json": bool, "--follow": bool}, {}),
    "why": (_why, {"--json": bool, "--event": int, "--looks": int}, {"--looks": 3}),
    "replay": (_replay, {"--json": bool, "--step": bool, "--at": str}, {}),
}


def answered(words: Sequence[str]) -> int | None:
    """Run `history|why|replay|job show ID [options]`; its exit code, None: Typer must read it. Raises UsherError."""
    named = 2 if words[:1] == ["job"] else 1
    name = " ".join(words[:named])
    if len(words) <= named or name not in COMMANDS:
        return None
    work, kinds, defaults = COMMANDS[name]
    absent: Options = {word: False if kind is bool else None for word, kind in kinds.items()}
    job, given, rest = "", absent | defaults, list(words[named:])
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            if job:
                return None
            job = word
        elif kinds.get(word) is bool:
            given[word] = True
        elif word in kinds and rest:
            value = rest.pop(0)
            if kinds[word] is int and not (value.isdecimal() and int(value) > 0):
                return None
            given[word] = kinds[word](value)
        else:
            return None
    if not job or (given.get("--looks") or 1) > 100:
        return None
    return work(read_settings(), job, given)
