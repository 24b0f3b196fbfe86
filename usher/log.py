"""The log of a running usher, for commands that only read it: nothing here loads nats-py or needs a projector."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from events.errors import NotFound, UsherError
from events.settings import Settings
from events.wire import Kept, Wire
from usher.running import note_of

if TYPE_CHECKING:
    import ssl

_WHOLE = re.compile(r"[0-9a-z]{26}")


def where_is_nats(settings: Settings) -> str:
    """The configured server, else that of the usher that runs in the home. Raises Unavailable."""
    if settings.nats_url:
        return settings.nats_url
    return note_of(settings)["nats_url"]


def seeds_of(settings: Settings) -> Path:
    """The folder of the NATS users' seeds: the home's, or USHER_NATS_KEYS."""
    return Path(settings.nats_keys) if settings.nats_keys else settings.home / "nats-keys"


def trusting(ca: str) -> ssl.SSLContext:
    """What a client checks the servers' certificates with. Raises UsherError."""
    import ssl  # half of what a quick command takes to load

    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as wrong:  # ssl.SSLError is one
        why = wrong.strerror or wrong
        raise UsherError(f"USHER_NATS_CA names {ca}, which is no certificate ({why}): see `usher cluster ca`") from None


def open_log(settings: Settings) -> Wire:
    """A connection for reading, as NATS user `cli` where the server knows users. Raises Unavailable."""
    path = seeds_of(settings) / "cli.seed"
    tls = trusting(settings.nats_ca) if settings.nats_ca else None
    try:
        seed = path.read_text().strip() if path.exists() else ""
        return Wire(where_is_nats(settings), seed=seed, inbox="_INBOX_cli", tls=tls)
    except (PermissionError, ValueError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else wrong
        raise UsherError(f"{path} does not hold a usable seed ({why})") from None


def row_of(log: Wire, text: str, **more: object) -> dict[str, Any] | None:
    """The read models' row of the job whose id begins or ends so; None where nobody answers. Raises NotFound."""
    answer = log.ask("usher.query.job", {"prefix": text, **more})
    if answer is not None and "error" in answer:
        raise NotFound(str(answer["error"]))
    return answer


def find_job(log: Wire, text: str) -> str:
    """The id that begins or ends with `text`: a whole one as it is, a part by the read models or, without them, by the
    stream's own index. Raises NotFound.
    """
    plain = "".join(c for c in text.lower() if c.isalnum())
    if _WHOLE.fullmatch(plain):
        return plain
    if row := row_of(log, text):
        return str(row["job_id"])
    found = [key for key in _keys(log) if plain and (key.startswith(plain) or key.endswith(plain))]
    if len(found) > 1:
        raise NotFound(f'"{text}" fits several jobs: {", ".join(found[:5])}. Give more characters.')
    if not found:
        raise NotFound(f'no job "{text}": see `usher jobs`')
    return found[0]


def _keys(log: Wire) -> list[str]:
    keys: list[str] = []
    while subjects := log.info("JOBS", subjects_filter="job.created.*", offset=len(keys)).get("subjects"):
        keys += [subject.rsplit(".", 1)[1] for subject in subjects]
    return keys


def life_of(log: Wire, text: str) -> tuple[str, list[Kept]]:
    """A job's id and its messages, oldest first. Raises NotFound, UsherError where its chain has a gap."""
    job_id = find_job(log, text)
    messages = log.history("JOBS", f"job.*.{job_id}")
    if not messages:
        empty = log.info("JOBS")["last_seq"] == 0
        raise NotFound("the log is empty: no job was ever created" if empty else f'no job "{text}": see `usher jobs`')
    return job_id, messages
