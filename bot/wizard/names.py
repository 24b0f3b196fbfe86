"""Names as people spell them: cities, films and cinemas matched with what a site calls them. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from sites.matching import closest, holds_words, normal

# Spellings that people write; the site's own list (where it can be read) has the last word.
ALIASES = {
    "bangalore": "Bengaluru",
    "banglore": "Bengaluru",
    "blr": "Bengaluru",
    "bombay": "Mumbai",
    "madras": "Chennai",
    "calcutta": "Kolkata",
    "cochin": "Kochi",
    "trivandrum": "Thiruvananthapuram",
    "pondicherry": "Puducherry",
    "poona": "Pune",
    "hyd": "Hyderabad",
    "secunderabad": "Hyderabad",
    "gurgaon": "National Capital Region (NCR)",
    "gurugram": "National Capital Region (NCR)",
    "noida": "National Capital Region (NCR)",
    "delhi": "National Capital Region (NCR)",
    "new delhi": "National Capital Region (NCR)",
    "delhi ncr": "National Capital Region (NCR)",
    "ncr": "National Capital Region (NCR)",
    "vizag": "Visakhapatnam",
    "mysore": "Mysuru",
    "baroda": "Vadodara",
}
# Enough to see that a word of a sentence is a city before any site was asked.
WELL_KNOWN = (
    "Mumbai",
    "National Capital Region (NCR)",
    "Bengaluru",
    "Hyderabad",
    "Chandigarh",
    "Ahmedabad",
    "Pune",
    "Chennai",
    "Kolkata",
    "Kochi",
    "Coimbatore",
    "Goa",
    "Indore",
    "Jaipur",
    "Lucknow",
    "Mysuru",
    "Nagpur",
    "Puducherry",
    "Surat",
    "Thiruvananthapuram",
    "Vadodara",
    "Vijayawada",
    "Visakhapatnam",
    "Warangal",
)
SURE = 0.8  # a spelling this near is taken without asking: "hydrabad" is 0.94 of "hyderabad"


def city(text: str, cities: Sequence[str]) -> str | None:
    """The city that is meant, as the site (or, where its list is unknown, the world) writes it; None: unclear."""
    said = normal(text)
    names = {normal(name): name for name in (cities or WELL_KNOWN)}
    if said in names:
        return names[said]
    if said in ALIASES:
        meant = normal(ALIASES[said])
        if meant in names:
            return names[meant]
        return next((name for key, name in names.items() if key in meant or meant in key), None)
    spellings = names | {alias: name for alias in ALIASES if (name := names.get(normal(ALIASES[alias])))}
    best = difflib.get_close_matches(said, spellings, n=1, cutoff=SURE)
    return spellings[best[0]] if best else None


def nearest(text: str, names: Iterable[str], most: int = 5) -> tuple[str, ...]:
    """Names to suggest: those that hold the words first, then those spelt alike."""
    every = list(names)
    holding = [name for name in every if normal(text) and holds_words(text, name)]
    beginning = [name for name in every if normal(text) and normal(name).startswith(normal(text))]
    return tuple(dict.fromkeys([*holding, *beginning, *closest(text, every, most)]))[:most]


def film(text: str, titles: Sequence[str]) -> str | None:
    """The title that is exactly meant (case, accents and punctuation aside), or None."""
    said = normal(text)
    return next((title for title in titles if said and normal(title) == said), None)


def cinema(text: str, names: Sequence[str]) -> str | None:
    """One cinema that is meant: the only one that holds the words, or is spelt almost so; None: none or several."""
    holding = [name for name in dict.fromkeys(names) if normal(text) and holds_words(text, name)]
    if len(holding) == 1:
        return holding[0]
    spelt = {normal(name): name for name in names}
    best = difflib.get_close_matches(normal(text), spelt, n=1, cutoff=0.85)
    return spelt[best[0]] if best and not holding else None
