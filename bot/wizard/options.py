"""What each step offers by name: from the site's lists and the newest listing, else the usual. Pure."""

from __future__ import annotations

from bot.wizard import names
from bot.wizard.draft import Draft, Film, Known
from bot.wizard.sentence import LANGUAGES

CLASSES = ("RECLINER", "PLATINUM", "GOLD", "SILVER", "PRIME", "EXECUTIVE", "CLASSIC")
DEFAULT_FORMATS = ("2D", "3D", "IMAX 2D", "IMAX 3D", "4DX")
DEFAULT_SCREENS = ("IMAX", "4K DOLBY ATMOS", "DOLBY CINEMA", "PCX", "SCREENX", "ICE")


def options(draft: Draft, known: Known) -> tuple[str, ...]:
    """The names behind this drawing's numbered buttons, as they will be written into the wish."""
    titles = [film.title for film in known.films]
    match draft.step, draft.part:
        case "film", _:
            return names.nearest(draft.typed, titles) if draft.typed else tuple(dict.fromkeys(titles))
        case "city", _:
            every = known.cities or names.WELL_KNOWN
            near = names.nearest(draft.typed, every) if draft.typed else ()
            return near or tuple(dict.fromkeys(name for name in (known.city, *every) if name))
        case "cinemas", _:
            near = names.nearest(draft.typed, known.cinemas) if draft.typed else ()
            return tuple(dict.fromkeys((*near, *draft.cinemas, *known.favourites, *known.cinemas)))
        case "version", _:
            return _versions(draft, known)
        case "seats", "class":
            return tuple(dict.fromkeys(offer.name for offer in known.offers.classes)) or CLASSES
        case "confirm", "people":
            return tuple(user for user, _ in known.people)
    return ()


def _versions(draft: Draft, known: Known) -> tuple[str, ...]:
    """`l:English`, `f:2D`, `s:IMAX`: from the film's listing where the site shows one, else the usual ones."""
    film = next((film for film in known.films if film.title == draft.film), Film(draft.film))
    languages = known.offers.languages or film.languages or LANGUAGES[:6]
    formats = known.offers.formats or film.formats or DEFAULT_FORMATS
    screens = tuple(dict.fromkeys((*known.offers.screens, *DEFAULT_SCREENS)))
    return tuple(
        f"{kind}:{name}"
        for kind, offered, chosen in (
            ("l", languages, draft.languages),
            ("f", formats, draft.formats),
            ("s", screens, draft.screens),
        )
        for name in dict.fromkeys((*offered, *chosen))
    )
