"""Input that nobody meant: samples damaged at random, as text and as JSON, and plain noise."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

LONGEST = 200_000  # characters of one input, unless its sample is longer
_WORDS = (
    "%s {} ${x} ../ null true NaN Infinity -0 1e999 -1 0 99999999999999999999 0.1 2026-02-30 24:60 \" ' \\ < > & "
    "</script> { } [ ] : , | || (a+)+$ a.b.c $JS * seats ₹ tomorrow ٣ ﷽ \u202e \ufeff \ud800 \U0001f3ac \0"
)
_LONG = ("[" * 3_000, '{"a":' * 3_000, "A" * 5_000, "9" * 5_000, "a " * 2_000, "2 seats or " * 200)
TOKENS = ("", " ", "\n", "\r\n", *_WORDS.split(" "), *_LONG)
_NUMBERS = (0, -1, 2**63, -(2**63), 10**30, 1.5)
_DATES = ("2026-11-24T06:30:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+23:59", "18:00:00")
_NESTS: tuple[Any, ...] = ([], {}, [[]], [None], {"": 0}, [1] * 200)
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    *_NUMBERS,
    "",
    "x",
    "\0",
    "é" * 1_000,
    *_DATES,
    [],
    {},
    [[]],
    [None],
    {"": 0},
    [1] * 200,
)


def noise(rng: random.Random) -> str:
    """A text of nothing but chance."""
    if rng.random() < 0.3:
        return "".join(rng.choice(TOKENS) for _ in range(rng.randrange(6)))[:LONGEST]
    top = rng.choice((0x7F, 0x2FF, 0xFFFF, 0x10FFFF))
    return "".join(chr(rng.randrange(top)) for _ in range(rng.randrange(rng.choice((8, 64, 1_500)))))


def damaged(rng: random.Random, samples: Sequence[str]) -> str:
    """A sample with a few things done to it, or noise."""
    if rng.random() < 0.05:
        return noise(rng)
    text = rng.choice(samples)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        text = _one(rng, text, samples)
    return text[: max(LONGEST, len(text) // 2)]


def _one(rng: random.Random, text: str, samples: Sequence[str]) -> str:
    start = rng.randrange(len(text) + 1)
    end = min(len(text), start + rng.choice((1, 2, 8, 100, 5_000)))
    match rng.randrange(7):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:start] + rng.choice(TOKENS) + text[end:]
        case 2:
            return text[:start] + rng.choice(TOKENS) + text[start:]
        case 3:
            return text[:end] + text[start:end] * rng.choice((1, 2, 50)) + text[end:]
        case 4:
            return text[:start]
        case 5:
            other = rng.choice(samples)
            return text[:start] + other[rng.randrange(len(other) + 1) :]
    return text[:start] + chr(rng.randrange(0x10FFFF)) + text[start + 1 :]


def bent(rng: random.Random, samples: Sequence[str]) -> str:
    """A JSON sample with parts replaced, removed, renamed or doubled; it mostly stays JSON."""
    if rng.random() < 0.2:
        return damaged(rng, samples)
    tree = json.loads(rng.choice(samples))
    for _ in range(rng.choice((1, 1, 2, 5))):
        tree = _bent(rng, tree, json.loads(rng.choice(samples)))
    return json.dumps(tree)


def _bent(rng: random.Random, tree: Any, other: Any) -> Any:
    """One change somewhere below, each place about as likely."""
    if isinstance(tree, dict) and tree and rng.random() < 0.9:
        key = rng.choice(list(tree))
        match rng.randrange(8):
            case 0:
                return {name: value for name, value in tree.items() if name != key}
            case 1:
                return tree | {rng.choice(("", "x", key.upper(), key + "s")): tree[key]}
            case 2 if isinstance(other, dict):
                return tree | {key: other.get(key, other)}
        return tree | {key: _bent(rng, tree[key], other)}
    if isinstance(tree, list) and tree and rng.random() < 0.9:
        place = rng.randrange(len(tree))
        if rng.random() < 0.2:
            return tree[:place] + tree[place:] * 2
        return [*tree[:place], _bent(rng, tree[place], other), *tree[place + 1 :]]
    if isinstance(tree, str) and rng.random() < 0.5:
        return damaged(rng, [tree, "2"])
    return rng.choice(ODD)
