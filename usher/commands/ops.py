"""`usher verify`, `usher export`, `usher import`: is the log whole, and how to carry it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import msgspec

from events.errors import BadInput, UsherError
from events.settings import Settings, utc_now
from events.story import steps
from services.keeping import lost_ends
from services.parking import given_up, known_cases
from services.verifying import Mark, Verified, verify_log, verify_model
from usher.bars import progress_bar
from usher.log import life_of, open_log
from usher.running import client
from usher.tables import write_table

SHOWN = 20


async def verify(settings: Settings, model: bool, as_json: bool) -> int:
    """`usher verify`: 1 where the log or the read model is not as it must be."""
    live, kept = settings.home / "usher.sqlite3", settings.home / "verified.json"
    with open_log(settings) as log:
        dropped = given_up(known_cases(log))
    async with client(settings) as usher:
        with progress_bar("checking the log", not as_json) as moved:
            done = await verify_log(usher.nc, _marks(kept), moved, dropped)
        done.findings += await lost_ends(usher.nc, live)
        if model and live.exists() and done.whole:
            with progress_bar("comparing the read model", not as_json) as moved:
                done.rows = await verify_model(usher.nc, live, moved)
    if done.whole:
        kept.write_bytes(msgspec.json.format(msgspec.json.encode(done.marks), indent=2) + b"\n")
    compared = model and live.exists()
    if as_json:
        body = msgspec.to_builtins(done) | {"whole": done.whole, "read_model_compared": compared}
        sys.stdout.write(json.dumps(body) + "\n")
    else:
        _write_verified(done, compared)
    return 0 if done.whole else 1


def _marks(kept: Path) -> dict[str, Mark]:
    """What an earlier check that found nothing wrong left behind. Raises UsherError."""
    try:
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, Mark])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError:
        raise UsherError(f"{kept} cannot be read: delete it to check without what was known before") from None


def _write_verified(done: Verified, compared: bool) -> None:
    rate = f", {done.events / done.seconds:,.0f}/s" if done.seconds else ""
    sys.stdout.write(f"{done.events:,} events in {done.seconds:.1f} s{rate}\n")
    for stream, mark in done.marks.items():
        told = f"{mark.first}–{mark.sequence}: {mark.hash}" if mark.hash else "empty"
        sys.stdout.write(f"{stream} {told}\n")
    if done.excused:
        sys.stdout.write(
            f"{done.excused} messages that cannot be read were dropped by somebody: `usher parked list --all`\n"
        )
    if done.findings:
        rows = ((one.stream, str(one.sequence or ""), one.what) for one in done.findings[:SHOWN])
        write_table(("log", "#seq", "what is wrong"), rows)
        more = len(done.findings) + done.more - SHOWN
        sys.stdout.write(f"… and {more:,} more\n" if more > 0 else "")
    for row in done.rows[:SHOWN]:
        sys.stdout.write(f"read model: {row}\n")
    if len(done.rows) > SHOWN:
        sys.stdout.write(f"… and {len(done.rows) - SHOWN:,} more rows: `usher rebuild` makes it anew\n")
    if done.whole:
        model = "and the read model says what the log says" if compared else "(no read model here to compare)"
        sys.stdout.write(f"the log is whole {model}\n")


def export(settings: Settings, job: str | None, everything: bool, to: Path | None, as_json: bool) -> int:
    """`usher export`: a job or all as JSON lines, to standard output or to a file that appears once it is whole."""
    from services.archiving import archive_all, archive_job

    if everything == (job is not None):
        raise BadInput("export", "one job or all", "an id, or --all", "usher export --all --to log.jsonl")
    with open_log(settings) as log, progress_bar("exporting", to is not None and not as_json and everything) as moved:
        if job is None:
            lines = archive_all(log, utc_now(), moved)
        else:
            _, messages = life_of(log, job)
            lines = archive_job(log, list(steps(messages)), messages, utc_now())
        if to is None:
            sys.stdout.buffer.writelines(lines)
            return 0
        count = write_lines(to, lines)
    sys.stdout.write(json.dumps({"file": str(to), "lines": count}) + "\n" if as_json else f"{count:,} lines in {to}\n")
    return 0


def write_lines(to: Path, lines: object) -> int:
    """Write them beside and rename: a file of that name is whole. Mode 0600: it tells what somebody does."""
    beside, count = to.with_name(f"{to.name}.part"), 0
    try:
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for line in lines:  # type: ignore[attr-defined]
                file.write(line)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, to)
    except OSError as wrong:
        raise UsherError(f"{to} cannot be written ({wrong.strerror})") from None
    return count


async def import_file(settings: Settings, file: Path, as_json: bool) -> int:
    """`usher import`: an archive into an empty home, whose server runs only for that."""
    from sandbox.nats_server import ServerError, run_server
    from services.archiving import import_archive
    from usher.compose import open_home
    from usher.connection import connect
    from usher.environment import store_key_given
    from usher.identities import identities_of
    from usher.logs import set_up_logs

    set_up_logs(False, "error")
    if settings.nats_url:
        raise BadInput("USHER_NATS_URL", "it is set", "an import goes into the embedded server of an empty USHER_HOME")
    open_home(settings.home)
    try:
        home, sync, key = settings.home / "nats", settings.sync_always, store_key_given()
        async with run_server(home, sync_always=sync, store_key=key) as server:
            nc = await connect(server.url, "admin", identities_of(settings))
            try:
                with progress_bar("importing", not as_json) as moved:
                    done = await import_archive(nc, file, moved)
            finally:
                await nc.close()
    except ServerError as broken:
        raise UsherError(str(broken)) from None
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(done)) + "\n")
    else:
        told = f"{done.events:,} events and {done.artifacts} pictures are in {settings.home}"
        sys.stdout.write(f"{told}. `usher up` goes on from there; nothing in it is acted upon again.\n")
    return 0
