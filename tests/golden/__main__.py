"""`python -m tests.golden`: write the golden file of every event version that has none yet; never change one."""

from pathlib import Path

import msgspec

from events.catalogue import BY_STRUCT
from events.codec import encode
from tests.samples import EVENTS

for event in EVENTS:
    kind = BY_STRUCT[type(event)]
    path = Path(__file__).parent / f"{kind.subject}.v{kind.version}.json"
    if not path.exists():
        path.write_bytes(msgspec.json.format(encode(event), indent=2) + b"\n")
