"""What a site offers to choose from, beside a watcher: `usher.site.cities`, `.films`, `.cinemas`; kept 15 minutes.

All watchers answer, one at a time (the queue group of a micro service), and share what was read in the bucket `sites`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.micro import add_service
from nats.micro.service import Service

from events.errors import BadInput, Unavailable
from events.settings import Clock
from events.wish import Wish, slug
from services import asking
from services.answering import answering
from services.buckets import Bucket
from sites.matching import closest, holds_words, normal, same_film
from sites.protocol import Site

KEPT = timedelta(minutes=15)


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """`city` as people write it; not for `cities`."""

    city: str = ""


class _Kept(msgspec.Struct):
    at: datetime
    answer: dict[str, Any]


class Guide:
    """Answers from the bucket where that is fresh, else from the site. An empty list means: it cannot be read now."""

    def __init__(self, nc: Client, site: Site, sites: Bucket, now: Clock) -> None:
        self._nc, self._site, self._sites, self._now = nc, site, sites, now
        self._service: Service | None = None

    async def start(self) -> None:
        """Register the micro service."""
        what = "what a site offers"
        self._service = await add_service(self._nc, name="usher-site", version="0.1.0", description=what)
        group = self._service.add_group(name="usher.site")
        for name, act in {"cities": self._cities, "films": self._films, "cinemas": self._cinemas}.items():
            await group.add_endpoint(name=name, handler=answering(Ask, act))

    async def stop(self) -> None:
        """Take no more requests."""
        if self._service is not None:
            await self._service.stop()

    async def _cities(self, asked: Ask) -> dict[str, Any]:
        if kept := await self._fresh("cities"):
            return kept
        return await self._keep("cities", {"cities": await self._site.cities()})

    async def _films(self, asked: Ask) -> dict[str, Any]:
        key = f"films.{slug(asked.city)}"
        if kept := await self._fresh(key):
            return kept
        return await self._keep(key, {"films": await self._site.films(asked.city)})

    async def _cinemas(self, asked: Ask) -> dict[str, Any]:
        key = f"cinemas.{slug(asked.city)}"
        if kept := await self._fresh(key):
            return kept
        return await self._keep(key, {"cinemas": await self._site.cinemas(asked.city)})

    async def _fresh(self, key: str) -> dict[str, Any] | None:
        found = await self._sites.get(f"guide.{key}")
        kept = msgspec.json.decode(found[0], type=_Kept) if found else None
        return kept.answer if kept is not None and self._now() - kept.at < KEPT else None

    async def _keep(self, key: str, answer: dict[str, Any]) -> dict[str, Any]:
        """What could not be read is not kept: the next question asks the site again."""
        plain: dict[str, Any] = msgspec.to_builtins(answer)
        if any(plain.values()):
            await self._sites.put(f"guide.{key}", msgspec.json.encode(_Kept(self._now(), plain)))
        return plain


async def check_place(nc: Client, wish: Wish) -> None:
    """Raise BadInput where the site does not know the wish's city or one of its cinemas, naming the nearest it knows.

    A film may be announced tomorrow: see `unseen_film`. Where nobody can say, the wish is taken as it is.
    """
    cinemas = await _known(nc, "cinemas", {"city": wish.city})  # by any of the city's names
    cities = [] if cinemas else await _known(nc, "cities", {})
    if cities and not any(normal(wish.city) == normal(city) for city in cities):
        near = closest(wish.city, cities)
        raise BadInput("city", f'the site does not know "{wish.city}"', _several(near or cities), _one(near, "--city"))
    for cinema in wish.cinemas if cinemas else ():
        if not any(holds_words(normal(cinema), normal(known)) for known in cinemas):
            near = closest(cinema, cinemas)
            wrong = f'no cinema of {wish.city} is called "{cinema}"'
            raise BadInput("cinema", wrong, _several(near or cinemas), _one(near, "--cinema"))


async def unseen_film(nc: Client, wish: Wish) -> str:
    """A word to who wishes for a film that the site does not show in that city, with the nearest it shows; else ""."""
    titles = [offer["title"] for offer in await _known(nc, "films", {"city": wish.city})]
    if not titles or any(same_film(wish.film, shown) for shown in titles):
        return ""
    near = closest(wish.film, titles)
    meant = f" Did you mean {_several(near)}?" if near else ""
    return f'{wish.city} shows no "{wish.film}" yet; usher waits for exactly that title.{meant}'


async def _known(nc: Client, what: str, ask: dict[str, str]) -> list[Any]:
    try:
        found: list[Any] = (await asking.ask(nc, f"usher.site.{what}", ask, within=3.0))[what]
    except (Unavailable, asking.Refused):
        return []
    return found


def _several(names: list[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")


def _one(near: list[str], option: str) -> str:
    return f'{option} "{near[0]}"' if near else ""
