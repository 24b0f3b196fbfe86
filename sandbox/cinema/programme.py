"""The plan of what is playing where: cities, cinemas, films. Fixed, and rich in the oddities of real ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A city as the shop codes it, and how else people write it."""

    code: str
    slug: str
    name: str
    alias: tuple[str, ...] = ()


@dataclass(frozen=True)
class Venue:
    """A cinema. `shape` names its hall; `message` is terms to accept; `status` says how its availability lies: "number",
    "blank" (always empty) or "lagging" (sold out long before it is true); `cut_off` minutes after the start ends the
    sale (negative: before it); `drawn` is how its map appears: on a canvas, or as elements."""

    code: str
    name: str
    city: str
    shape: str
    area: str
    chain: str = ""
    food: bool = False
    message: str = ""
    status: str = "number"
    down: bool = False
    cut_off: int = 15
    drawn: str = "canvas"


@dataclass(frozen=True)
class Event:
    """One film in one language and format."""

    code: str
    language: str
    dimension: str


@dataclass(frozen=True)
class Film:
    """A film and its listings. `closed`: not on sale until somebody opens it; `soon`: announced, without any show;
    `sparse`: not every day; `late`: plays after midnight too; `hue` is its poster's colour."""

    group: str
    title: str
    censor: str
    genre: str
    minutes: int
    hue: int
    events: tuple[Event, ...]
    closed: bool = False
    soon: bool = False
    sparse: bool = False
    late: bool = False


CITIES = (
    City("HYD", "hyderabad", "Hyderabad", ("Hydrabad", "Secunderabad")),
    City("BANG", "bengaluru", "Bengaluru", ("Bangalore", "Banglore")),
    City("MUMBAI", "mumbai", "Mumbai", ("Bombay",)),
)
TERMS = "Outside food is not allowed. Children above three years need a ticket of their own."
VENUES = (
    Venue("AMBG", "AMB Cinemas: Gachibowli", "HYD", "wide", "Gachibowli Road", "AMBC"),
    Venue("PRHN", "Prasads Multiplex: Hyderabad", "HYD", "falling", "Necklace Road", message=TERMS),
    Venue("BHRM", "Bhramaramba 70MM: Kukatpally", "HYD", "wide", "Kukatpally", status="blank"),
    Venue("ALUC", "Allu Cinemas: Kokapet", "HYD", "lounge", "Kokapet", food=True, cut_off=-20),
    Venue("LGDT", "Lagoon Talkies: Tolichowki", "HYD", "falling", "Tolichowki", status="lagging", drawn="html"),
    Venue("URVB", "Urvashi Cinema: Bengaluru", "BANG", "falling", "Lalbagh Road"),
    Venue("ORNB", "Orion Screens: Rajajinagar", "BANG", "wide", "Rajajinagar", food=True, drawn="html"),
    Venue("JUHM", "Juhu Screens: Juhu", "MUMBAI", "wide", "Juhu Tara Road"),
    Venue("LPRM", "Lower Parel Picture House", "MUMBAI", "lounge", "Lower Parel", food=True),
    Venue("DWNM", "Dawn Talkies: Dadar", "MUMBAI", "wide", "Dadar West", down=True),
)
FILMS = (
    Film(
        "EG00470725",
        "Dune: Part Three",
        "UA16+",
        "Science fiction",
        166,
        32,
        (
            Event("ET00470725", "English", "2D"),
            Event("ET00470726", "English", "IMAX 2D"),
            Event("ET00470727", "Hindi", "2D"),
            Event("ET00470728", "Telugu", "2D"),
        ),
        closed=True,
    ),
    Film(
        "EG00411001",
        "Monsoon",
        "U",
        "Drama",
        128,
        205,
        (Event("ET00411001", "Hindi", "2D"), Event("ET00411002", "Telugu", "2D")),
    ),
    Film(
        "EG00411003",
        "Monsoon 2",
        "UA13+",
        "Drama",
        141,
        185,
        (Event("ET00411003", "Hindi", "2D"), Event("ET00411004", "Hindi", "3D")),
    ),
    Film("EG00411007", "Monsoon (Tamil)", "U", "Drama", 131, 165, (Event("ET00411007", "Tamil", "2D"),)),
    Film("EG00411005", "The Long Night", "A", "Thriller", 112, 268, (Event("ET00411005", "English", "2D"),), late=True),
    Film(
        "EG00411006",
        "Kites <3 Sky & Sea",
        "U",
        "Family",
        97,
        120,
        (Event("ET00411006", "Telugu", "4DX 3D"),),
        sparse=True,
    ),
    Film("EG00411008", "Paper Boats", "U", "Animation", 88, 340, (Event("ET00411008", "Hindi", "2D"),), soon=True),
)
