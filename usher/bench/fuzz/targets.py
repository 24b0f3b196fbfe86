"""What is fed, and what it may answer. Anything else that comes out of it is a defect."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from bot import keyboards as k
from bot.wizard import names
from bot.wizard.choices import PRESSED
from bot.wizard.draft import STEPS, Draft, Film, Known, Press, Problem, Typed
from bot.wizard.sentence import read_sentence
from bot.wizard.step import offered, step
from events.codec import ACTOR, ID, PREVIOUS, SCHEMA, Recorded, Unreadable, decode
from events.lifecycle import Job, evolve
from events.settings import Settings, utc_now
from events.store import EventStore
from events.wish import SeatMap, SeatWish
from services.buckets import Bucket
from services.desk import Desk
from services.pairing import Pairing
from services.people import People
from services.vault import Vault
from services.vault.master import FileKeys
from sites import protocol as p
from sites.bookmyshow.city import Cities
from sites.bookmyshow.hall import plain_map
from sites.bookmyshow.look import Looker
from sites.bookmyshow.orders import read_orders
from sites.bookmyshow.reading import Pace, Page
from sites.seats import choose
from usher.bench.fuzz import samples
from usher.bench.fuzz.mutate import bent, damaged, noise
from usher.bench.lives import log_server

AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
KINDS = (k.Menu, k.JobButton, k.Step, k.Wallet, k.Setting, k.Person)
OWNERS = 1_000  # inputs for one owner: a record that grows for ever would be measured, not the reading


class Target(msgspec.Struct, frozen=True):
    """`make` an input from a random source, `feed` it; feed raises where the answer is none that is allowed."""

    name: str
    make: Callable[[random.Random], Any]
    feed: Callable[[Any], Awaitable[None]]


def _expect(answer: object, *kinds: Any) -> None:
    if not isinstance(answer, kinds):
        raise TypeError(f"an answer of type {type(answer).__name__}")


def _whole(answer: msgspec.Struct) -> None:
    """Raises ValueError where the answer would not be read again from the log."""
    msgspec.json.decode(msgspec.json.encode(answer), type=type(answer))


def codec(life: list[tuple[str, str]]) -> Target:
    """A stored message is an event or Unreadable; an event folds, whatever came before."""
    bodies = [body for _, body in life]

    def make(rng: random.Random) -> tuple[str, dict[str, str], bytes]:
        subject = rng.choice(life)[0] if rng.random() < 0.95 else damaged(rng, [life[0][0]])
        headers = {ID: "e1", SCHEMA: rng.choice(("1", "2", "3")), ACTOR: "desk", PREVIOUS: "0"}
        if rng.random() < 0.1:
            headers[rng.choice((ID, SCHEMA, ACTOR, PREVIOUS))] = noise(rng)
        own = [body for known, body in life if known == subject] or bodies
        return subject, headers, bent(rng, own).encode("utf-8", "surrogatepass")

    async def feed(message: tuple[str, dict[str, str], bytes]) -> None:
        subject, headers, body = message
        found = decode(subject, headers, body, 1, AT)
        _expect(found, Recorded, Unreadable)
        if isinstance(found, Recorded) and found.stream == "JOBS":
            _expect(evolve(Job(), found.event), Job)

    return Target("codec", make, feed)


def listing(wanted: p.LookFor, pages: dict[str, Page]) -> Target:
    """A look whose pages are damaged ends in one of its four results."""
    paths = sorted(pages)

    class Damaged:
        rendered = False

        def __init__(self, path: str, text: str) -> None:
            self._path, self._text = path, text

        async def get(self, path: str, cookies: str = "") -> Page:
            if path == self._path:
                return Page(200, self._text)
            return pages.get(path) or Page(404, "")

    def make(rng: random.Random) -> tuple[str, str]:
        path = rng.choice(paths)
        text = pages[path].text
        if text.startswith("{"):
            return path, bent(rng, [text])
        start, end = text.find("{", text.find("__INITIAL_STATE__")), text.rfind("};") + 1
        if 0 < start < end and rng.random() < 0.7:
            return path, text[:start] + bent(rng, [text[start:end]]) + text[end:]
        return path, damaged(rng, [text])

    async def feed(damage: tuple[str, str]) -> None:
        looked = await Looker("bookmyshow", Cities(Pace(0))).look(wanted, Damaged(*damage))
        _expect(looked, p.Available, p.Unavailable, p.Blocked, p.Unreadable)
        _whole(looked)

    return Target("listing", make, feed)


def seat_map(maps: list[str]) -> Target:
    """A damaged map is None or a hall in which seats can be looked for."""

    async def feed(text: str) -> None:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return  # the browser hands over JSON values only
        found = plain_map(data)
        _expect(found, SeatMap, type(None))
        if found is not None:
            _whole(found)
            choose(found, SeatWish(2))
            choose(found, SeatWish(3, together=False))

    return Target("seat map", lambda rng: bent(rng, maps), feed)


def history() -> Target:
    """A damaged order history is orders or an honest failure: it decides about money."""

    class Damaged:
        rendered = False

        def __init__(self, text: str) -> None:
            self._text = text

        async def get(self, path: str, cookies: str = "") -> Page:
            return Page(200, self._text)

    async def feed(text: str) -> None:
        found = await read_orders(Damaged(f"<script>window.__INITIAL_STATE__ = {text}</script>"), "[]")
        _expect(found, tuple, p.Blocked, p.Unreadable)
        for order in found if isinstance(found, tuple) else ():
            _whole(order)

    return Target("history", lambda rng: bent(rng, [samples.HISTORY]), feed)


KNOWN = Known(
    date(2026, 11, 24),
    AT,
    cities=("Hyderabad", "Bengaluru"),
    films=(Film("Dune: Part Three", ("English",), ("2D",), True),),
    cinemas=("AMB Cinemas: Gachibowli", "Prasads"),
    favourites=("Prasads",),
    people=(("tg7", "Ravi"),),
)


def sentence() -> Target:
    """A sentence is read into a wish's parts, never refused by an exception."""

    async def feed(text: str) -> None:
        read_sentence(text, KNOWN.today, ("Dune: Part Three",), KNOWN.cities, KNOWN.cinemas)
        read_sentence(text, KNOWN.today)
        names.city(text, KNOWN.cities)

    return Target("sentence", lambda rng: damaged(rng, samples.SENTENCES), feed)


def callback_data() -> Target:
    """Damaged data is refused as such (TypeError, ValueError: what the dispatcher knows), or is a press that the wizard
    takes or answers with a problem."""
    packed = samples.buttons()
    acts = sorted({act for _, act in PRESSED} | {"next", "back", "goto", "page", "create"})

    def make(rng: random.Random) -> tuple[str, str, str, str]:
        arg = rng.choice(("", "0", "3", "2026-11-24", "2026-13", "l:English", noise(rng)[:40]))
        return damaged(rng, packed)[:200], rng.choice(STEPS), rng.choice(acts), arg

    async def feed(press: tuple[str, str, str, str]) -> None:
        data, at, act, arg = press
        for kind in KINDS:
            try:
                kind.unpack(data)
            except (TypeError, ValueError):
                continue
        draft = offered(Draft(step=at, film="Dune", city="Hyderabad"), KNOWN)
        for said in (Press(draft.rev, act, arg), Typed(data)):
            _expect(step(draft, said, KNOWN), Draft, Problem)

    return Target("callback_data", make, feed)


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Target]:
    """The desk's endpoints over NATS: an answer that is JSON, and never an internal failure."""
    bodies = samples.requests()
    async with log_server(folder / "nats", sync_always=False) as nc:
        store = EventStore(nc, "desk")
        vault = Vault(Bucket(nc, "vault", store.reader), FileKeys(folder / "master.key"))
        running: list[Desk] = []
        fed = 0

        async def reopen() -> None:
            for one in running:
                await one.stop()
            settings = Settings(home=folder, user=f"o{fed}", commands_per_minute=0)
            people = People(store, vault, Pairing(Bucket(nc, "chat", store.reader)), settings)
            running[:] = [Desk(nc, store, people, Bucket(nc, "watchlist", store.reader), settings, utc_now)]
            await running[0].start()

        def make(rng: random.Random) -> tuple[str, bytes, bytes]:
            subject = rng.choice(list(bodies))
            body = bent(rng, bodies[subject])
            own = body.replace('"user": ""', '"user": "OWNER"', 1) if rng.random() < 0.7 else body
            command = noise(rng)[:20] if rng.random() < 0.1 else ""
            return subject, own.encode("utf-8", "replace"), command.encode("ascii", "ignore")

        async def feed(request: tuple[str, bytes, bytes]) -> None:
            nonlocal fed
            if fed % OWNERS == 0:
                await reopen()
            fed += 1
            subject, body, command = request
            body = body.replace(b"OWNER", f"o{fed - 1 - (fed - 1) % OWNERS}".encode())
            name = "".join(letter for letter in command.decode() if letter.isalnum())
            answer = await nc.request(subject, body, timeout=30, headers={"Nats-Msg-Id": name} if name else None)
            told = json.loads(answer.data)
            _expect(told, dict)
            if told.get("kind") == "internal":
                raise RuntimeError("the desk failed inside")

        yield Target("desk", make, feed)
        for one in running:
            await one.stop()


@asynccontextmanager
async def targets(folder: Path) -> AsyncIterator[tuple[Target, ...]]:
    """Everything, ready to be fed."""
    wanted, pages, maps = await samples.pages(folder / "cinema")
    life = await samples.events(folder / "log")
    async with desk(folder) as door:
        yield codec(life), door, sentence(), listing(wanted, pages), seat_map(maps), history(), callback_data()
