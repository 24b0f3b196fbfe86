"""`python -m tests.golden.book`: docs/events.md out of the catalogue, the structs and the golden files."""

import inspect
import sys
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from events import wish
from events.catalogue import CATALOGUE, STREAM_OF, EventType

VALUES = (
    *(wish.Wish, wish.SeatWish, wish.TimeRange, wish.Money),
    *(wish.Listing, wish.Show, wish.PriceClass, wish.SeatPlan, wish.MaskedCard),
)
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/events.md"
FAMILIES = {
    "job": "A job's life, in its order. Stream `JOBS`, subject `job.<event>.<job>`, kept for ever.",
    "user": "People: masked facts only. Stream `USERS`, subject `user.<event>.<user>`, kept for ever.",
    "look": "What looks saw, only when it changed or failed. Stream `LOOKS`, subject `look.<event>.<group>`, 30 days.",
}
HEAD = """# Events

The public contract: what usher writes into its log, and may be read from it for ever. This page is written by
`python -m tests.golden.book` from `events/catalogue.py`, the structs beside it and the golden files; a test fails when
it is stale. Amounts are paise, times ISO 8601 UTC.

Headers of every event:

| header | says |
|---|---|
| `Nats-Msg-Id` | the event's id, a UUIDv7 |
| `Usher-Schema` | the version of this event type that the body has |
| `Usher-Actor` | who wrote it; only its owners may |
| `Usher-Causation` | id of the event that its writer was reacting to; absent where that was a person or a timer |
| `Usher-Correlation` | id of the first event of the life |
| `Usher-Previous` | stream sequence of the same key's event before; 0: none; `+1`: the message just before |
| `Usher-Time` | only on imported events: when the log that they come from stored them |

A body with a field that is not here, or of a newer version, is from a newer usher: it is parked, never guessed at.
Older versions are brought up to date when they are read. A golden file per version, `tests/golden/<type>.v<n>.json`,
must decode for ever.
"""


def page() -> str:
    """The whole document."""
    parts = [HEAD, _index()]
    for family, says in FAMILIES.items():
        parts.append(f"## {family}\n\n{says}\n")
        parts += [_entry(kind) for kind in CATALOGUE.values() if kind.subject.startswith(f"{family}.")]
    parts.append("## The values in them\n")
    parts += [_value(struct) for struct in VALUES]
    return "\n".join(parts)


def _value(struct: type[msgspec.Struct]) -> str:
    rows = ["| field | type | where it is missing |", "|---|---|---|", *_fields(struct)]
    return "\n".join([f"### {struct.__name__}", "", _told(struct), "", *rows, ""])


def _index() -> str:
    rows = ["| event | version | written by | stream | since |", "|---|---|---|---|---|"]
    for kind in CATALOGUE.values():
        anchor = kind.subject.replace(".", "").lower()
        stream = STREAM_OF[kind.subject.split(".")[0]]
        owners = ", ".join(kind.owners)
        rows.append(f"| [`{kind.subject}`](#{anchor}) | {kind.version} | {owners} | `{stream}` | {kind.since} |")
    return "\n".join(rows) + "\n"


def _entry(kind: EventType) -> str:
    lines = [f"### {kind.subject}", "", _told(kind.struct), ""]
    lines += [f"Version {kind.version}, written by {', '.join(kind.owners)}, since usher {kind.since}.", ""]
    fields = _fields(kind.struct)
    if fields:
        lines += ["| field | type | where it is missing |", "|---|---|---|", *fields, ""]
    for version, upcaster in sorted(kind.upcasters.items()):
        lines += [f"From version {version}: {' '.join((inspect.getdoc(upcaster) or '').split())}", ""]
    example = (ROOT / f"tests/golden/{kind.subject}.v{kind.version}.json").read_text().strip()
    return "\n".join([*lines, "```json", example, "```", ""])


def _told(struct: type[msgspec.Struct]) -> str:
    """The struct's own docstring; a few that say all with their fields have none."""
    return " ".join(str(struct.__dict__.get("__doc__") or "").split())


def _fields(struct: type[msgspec.Struct]) -> list[str]:
    hints = get_type_hints(struct)
    rows = []
    for field in msgspec.structs.fields(struct):
        absent = "" if field.required else f"`{msgspec.json.encode(_default(field)).decode()}`"
        rows.append(f"| `{field.name}` | {_type(hints[field.name])} | {absent} |")
    return rows


def _default(field: Any) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _type(kind: Any) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if origin is dict:
        return f"{_type(inner[0])} → {_type(inner[1])}"
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in {types.UnionType, Union}:
        return " or ".join(_type(one) for one in inner)
    return "null" if kind is types.NoneType else kind.__name__


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(CATALOGUE)} event types\n")
