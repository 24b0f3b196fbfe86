"""A cinema's own day: the rows of its page and of the answer `byvenue`, in the older, richer shape."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sandbox.cinema.catalogue import Show, slug
from sandbox.cinema.halls import SHAPES
from sandbox.cinema.house import Offer
from sandbox.cinema.programme import Event, Film, Venue
from sandbox.cinema.state import Shown, envelope, plain, status_of

Json = dict[str, Any]


def listing_row(venue: Venue, dates: list[str], today: str) -> Json:
    """A cinema in its city's list, with the dates it sells."""
    return {
        "VenueCode": venue.code,
        "VenueName": venue.name,
        "RegionCode": venue.city,
        "SubRegionCode": venue.city,
        "VenueAddress": venue.area,
        "VenueLatitude": "",
        "VenueLongitude": "",
        "MTicket": "Y",
        "FoodSales": "Y" if venue.food else "N",
        "isDown": venue.down,
        "arrDates": [{"ShowDateCode": d, "ShowDateDisplay": display(d, today)} for d in dates],
    }


def display(day: str, today: str) -> str:
    """`Today, 14 Nov`, `Tue, 15 Nov`."""
    at = datetime.strptime(day, "%Y%m%d")
    return f"{'Today' if day == today else f'{at:%a}'}, {at:%d %b}"


def cinemas_page(region: str, rows: list[Json]) -> Json:
    """State of a city's list of cinemas."""
    return envelope({"fetchVenuesListingApi": {"queries": {f"venues-{region}": {"data": {"venues": rows}}}}})


def venue_page(venue: Venue, asked: str, answer: Json) -> Json:
    """State of a cinema's page: the answer of `byvenue`, its detail without the list around it."""
    data = {**answer, "showDetailsTransformed": answer["ShowDetails"][0]}
    data.pop("ShowDetails")
    query = {"status": "fulfilled", "data": data}
    return envelope({"venueShowtimesFunctionalApi": {"queries": {f"getShowtimesByVenue-{venue.code}-{asked}": query}}})


def by_venue(venue: Venue, day: str, days: dict[date, bool], shown: Shown) -> Json:
    """A cinema's shows of one day. `days`: every date and whether it sells."""
    films: dict[str, list[tuple[Show, list[Offer]]]] = {}
    for show, offers in shown:
        films.setdefault(show.film.group, []).append((show, offers))
    detail = {"Date": day, "Venues": _venue(venue), "Event": [_film(rows) for rows in films.values()]}
    dates = [
        {"DateCode": f"{d:%Y%m%d}", "DispDate": f"{d:%a, %d %b}", "Day": f"{d:%a}", "isDisabled": not sells}
        for d, sells in days.items()
    ]
    return {"ShowDatesArray": dates, "AllShowDatesDisabled": not any(days.values()), "ShowDetails": [detail]}


def _venue(venue: Venue) -> Json:
    return {
        "VenueCode": venue.code,
        "VenueName": venue.name,
        "VenueComp": venue.chain,
        "VenueAdd": venue.area,
        "TicketCancellation": "N",
        "MTicket": "Y",
        "ETicket": "N",
        "IsFoodSales": "Y" if venue.food else "N",
        "IsFullLayout": "Y",
        "isVenueDown": venue.down,
        "Message": venue.message,
        "PopUpDescription": "",
        "seatLegends": [{"status": "1", "label": "Available"}, {"status": "2", "label": "Sold"}],
    }


def _film(rows: Shown) -> Json:
    film = rows[0][0].film
    events: dict[str, Shown] = {}
    for show, offers in rows:
        events.setdefault(show.event.code, []).append((show, offers))
    children = [_child(film, shown[0][0].event, shown) for shown in events.values()]
    return {"EventTitle": film.title, "EventGroup": film.group, "EventCensor": "", "ChildEvents": children}


def _child(film: Film, event: Event, shown: Shown) -> Json:
    return {
        "EventCode": event.code,
        "EventName": f"{film.title} ({event.dimension}) - {event.language}",
        "EventGroup": film.group,
        "EventLanguage": event.language,
        "EventDimension": event.dimension,
        "EventCensor": film.censor,
        "EventUrl": slug(film.title),
        "EventGenre": {film.genre: []},
        "ShowTimes": [_time(show, offers) for show, offers in shown],
    }


def _time(show: Show, offers: list[Offer]) -> Json:
    prices = [offer.price for offer in offers]
    return {
        "SessionId": show.session,
        "ShowTime": f"{show.starts:%I:%M %p}",
        "ShowTimeCode": f"{show.starts:%H%M}",
        "ShowDateCode": show.day,
        "ShowDateTime": f"{show.starts:%Y%m%d%H%M}",
        "CutOffDateTime": f"{show.cut_off:%Y%m%d%H%M}",
        "CutOffFlag": "1",
        "Attributes": show.screen,
        "ScreenName": show.screen,
        "Availability": "A" if any(offer.free for offer in offers) else "S",
        "AvailStatus": status_of(offers, show.venue),
        "MinPrice": plain(min(prices)),
        "MaxPrice": plain(max(prices)),
        "SessionPopUpDesc": "",
        "CoupleSeats": "Y" if SHAPES[show.venue.shape].together else "N",
        "Categories": [_category(offer) for offer in offers],
    }


def _category(offer: Offer) -> Json:
    return {
        "PriceDesc": offer.area.name,
        "PriceCode": offer.area.code[-4:],
        "AreaCatCode": offer.area.code,
        "CurPrice": plain(offer.price),
        "SeatsAvail": str(offer.free),
        "MaxSeats": str(offer.all),
        "PercentAvail": str(offer.percent),
        "AvailStatus": "",
        "intCategoryMaxTickets": "10" if offer.area.online else "0",
        "SeatLayout": "Y",
        "CategoryRange": "",
    }
