"""Settings, read once by `usher`; the clock and the ids, so that tests can hold both."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from events.errors import BadInput

Clock = Callable[[], datetime]
Ids = Callable[[], str]
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: sorts like the number, no i, l, o, u


def utc_now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)


def new_event_id() -> str:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_job_id() -> str:
    """A UUIDv7 in 26 lower-case letters and digits, safe as a NATS token; people use its unique end or start."""
    value = int(new_event_id().replace("-", ""), 16)
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -5, -5))


class Settings(msgspec.Struct, frozen=True):
    """Everything that can be set from outside; names in the environment are `USHER_<NAME>`. Times in seconds."""

    home: Path = Path(".usher")
    nats_url: str = ""
    nats_keys: str = ""  # folder with this process's NATS seeds; empty: the home's own
    nats_ca: str = ""  # the certificate by which the NATS servers are known; empty: no TLS
    replicas: int = 1
    site: str = "bookmyshow"
    site_url: str = ""
    chromium: str = ""
    headless: bool = True
    look_every: float = 120.0
    look_spacing: float = 5.0
    page_spacing: float = 5.0
    look_tries: int = 3
    looks_at_once: int = 2
    bookings_at_once: int = 1
    look_failures_told: int = 3
    lease: float = 600.0
    booking_timeout: float = 420.0
    consent_timeout: float = 120.0
    input_timeout: float = 900.0
    consent_threshold: float = 0.40
    reconcile_settle: float = 600.0
    reconcile_every: float = 15.0
    reconcile_ask: float = 1800.0
    qr_every: float = 3.0
    max_failures: int = 5
    commands_per_minute: int = 60  # of one user, at one desk; 0: as many as they like
    user: str = "local"
    chat: bool = True
    bot_token: str = ""
    bot_api_url: str = ""
    sync_always: bool = True
    log_json: bool = False
    record: bool = True  # keep the pages of looks that told something and of visits that ended badly
    record_all: bool = False  # of every visit
    health_port: int = 0
    console_port: int = 0


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises BadInput naming the variable that cannot be taken."""
    source = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for name in Settings.__struct_fields__:
        text = source.get(f"USHER_{name.upper()}")
        if text is None or text == "":
            continue
        kind = type(getattr(Settings(), name))
        try:
            values[name] = Path(text) if issubclass(kind, Path) else msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError:
            raise BadInput(f"USHER_{name.upper()}", f'"{text}" cannot be read', f"a {kind.__name__}") from None
    return Settings(**values)  # type: ignore[arg-type]
