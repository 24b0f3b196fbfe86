"""`window.__INITIAL_STATE__` of each page, in the nesting that such sites really use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.cinema.catalogue import Film, Show, Venue, slug
from sandbox.cinema.halls import SHAPES

Json = dict[str, Any]
# A signed-in visitor's data stands in every page's state; a reader that keeps it has a leak, and tests look for these.
PLANTED = {
    "name": "PLANTED-NAME-Q7",
    "email": "planted-q7@example.invalid",
    "mobile": "9000000717",
    "token": "PLANTED-TOKEN-Q7",
}
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def rupees(paise: int) -> str:
    """`₹ 1,250.00`."""
    return f"₹ {paise / 100:,.2f}"


def short(paise: int) -> str:
    """`₹ 295`, `₹ 190.78`."""
    return f"₹ {paise // 100}" if paise % 100 == 0 else f"₹ {paise / 100:.2f}"


def plain(paise: int) -> str:
    """`637.20`."""
    return f"{paise // 100}.{paise % 100:02}"


def envelope(branches: Json) -> Json:
    """The page's state: what the application and the visitor are, then the page's own branches."""
    return {
        "appConfig": {"trueClientIp": "203.0.113.7", "paymentLogin": False},
        "cookies": {"ud": dict(PLANTED)},
        "showtimesByEvent": {"showDates": {}},
        **branches,
    }


def film_shows(
    film: Film, code: str, day: str, region: str, shown: list[tuple[Show, dict[str, int]]], days: Json
) -> Json:
    """State of a film's shows on one day. `shown` pairs each show with free seats by area letter; `days`: all pills."""
    event = next(e for e in film.events if e.code == code)
    cards: dict[str, list[tuple[Show, dict[str, int]]]] = {}
    for show, free in shown:
        cards.setdefault(show.venue.code, []).append((show, free))
    format_text = f"{event.language}  •  {event.dimension}"
    data = {
        "additionalData": {"dateCode": day, "eventCode": code, "defaultSortId": "relevance"},
        "topStickyWidgets": [
            {"type": "horizontal-block-list", "data": [_pill(d, state) for d, state in days.items()]},
            {
                "type": "horizontal-text-list",
                "data": [{"leftText": {"data": [{"components": [{"type": "text", "text": format_text}]}]}}],
            },
            {"type": "horizontal-chip-list", "data": []},
        ],
        "showtimeWidgets": [
            {"type": "adtech", "data": []},
            {
                "type": "groupList",
                "id": "venues",
                "data": [{"type": "venueGroup", "data": [_card(rows, code) for rows in cards.values()]}],
            },
        ],
    }
    key = f"fetchPrimaryDynamic-{code}---{day}-{region}"
    query = {"status": "fulfilled", "endpointName": "fetchPrimaryDynamic", "data": {"data": data}}
    return envelope({"showtimesFunctionalApi": {"queries": {key: query}}})


def _pill(day: str, state: str) -> Json:
    at = datetime.strptime(day, "%Y%m%d")
    texts = (WEEKDAYS[at.weekday()], f"{at:%d}", f"{at:%b}".upper())
    pill: Json = {"id": day, "styleId": f"date-{state}", "data": [{"text": text} for text in texts]}
    if state != "disabled":
        pill["cta"] = {"type": "dateSelector", "additionalData": {"dateCode": day}}
    return pill


def _card(rows: list[tuple[Show, dict[str, int]]], code: str) -> Json:
    venue = rows[0][0].venue
    return {
        "type": "venue-card",
        "id": venue.code,
        "additionalData": {"venueCode": venue.code, "venueName": venue.name, "isFnBAvailable": venue.food},
        "infoList": [{"label": "Non-cancellable"}],
        "showtimesSections": [
            {"showtimes": [_showtime(show, free) for show, free in rows], "additionalData": {"eventCode": code}}
        ],
    }


def status_of(free: dict[str, int], venue: Venue) -> str:
    """0 sold out, 1 almost full, 2 filling, 3 available; some cinemas leave it empty."""
    if venue.status == "blank":
        return ""
    total = sum(free.values())
    return "0" if total == 0 else "1" if total < 15 else "2" if total < 45 else "3"


def _showtime(show: Show, free: dict[str, int]) -> Json:
    at, cut = f"{show.starts:%Y%m%d%H%M}", f"{show.cut_off:%Y%m%d%H%M}"
    title = f"{show.starts:%I:%M %p}"
    widgets: list[Json] = [
        {
            "layoutId": "format-container",
            "variableData": {"format": f"{show.event.language} • {show.event.dimension}"},
        }
    ]
    for area in SHAPES[show.venue.shape].areas:
        left = free.get(area.letter, 0)
        layout = "sold-out" if left == 0 else "filling-fast" if left < 20 else "available"
        cost = rupees(free.get(f"price:{area.letter}", area.price))
        values = {"seatType": area.name, "seatCost": cost, "seatAvalibility": layout.replace("-", " ").upper()}
        widgets.append({"layoutId": f"seat-category-type-{layout}", "variableData": values})
    seats = {k: v for k, v in free.items() if not k.startswith("price:")}
    return {
        "title": title,
        "screenAttr": show.screen,
        "styleId": "green-pill-with-border",
        "additionalData": {
            "sessionId": show.session,
            "availStatus": status_of(seats, show.venue),
            "cutOffDateTime": cut,
            "cutOffDateTimeEpoch": str(int(show.cut_off.timestamp())),
            "showDateCode": show.day,
            "showDateTime": at,
            "showTimeCode": f"{show.starts:%H%M}",
            "showTime": title,
            "attributes": show.screen,
        },
        "customGestureCTA": {
            "type": "bottomsheet",
            "additionalData": {"bottomSheetData": {"widgets": widgets}},
        },
    }


def seat_page(show: Show, prices: dict[str, int], layout: str) -> Json:
    """State of the seat page."""
    categories = [
        {"AreaCatCode": a.code, "PriceDesc": a.name, "CurPrice": plain(prices.get(a.code, a.price))}
        for a in SHAPES[show.venue.shape].areas
    ]
    data = {
        "eventName": show.film.title,
        "currentVenue": {"VenueName": show.venue.name, "VenueCode": show.venue.code, "Message": show.venue.message},
        "currentShowtime": {"SessionId": show.session, "ShowDateTime": f"{show.starts:%Y%m%d%H%M}"},
        "quantity": 2,
        "strData": layout,
        "categories": categories,
    }
    return envelope({"seatlayoutMovies": {"seatLayoutData": data}})


def totals(hold: Json) -> Json:
    """A hold's order lines in paise: tickets, fee (10 %), tax on the fee (18 %), donation, total."""
    tickets = int(hold["tickets"])
    fee = tickets // 10
    tax = (fee * 18 + 50) // 100
    return {
        "tickets": tickets,
        "convenienceFee": fee,
        "taxes": tax,
        "donation": hold["donation"],
        "total": tickets + fee + tax + hold["donation"],
    }


def summary(hold: Json | None, show: Show | None) -> Json:
    """State of the order summary; None where no hold runs."""
    if hold is None or show is None:
        return envelope({"orderSummary": None})
    order = {
        "transactionId": hold["transaction_id"],
        "transactionUID": hold["hold_id"],
        "bookingId": hold["booking_id"],
        "eventCode": hold["event_code"],
        "eventName": show.film.title,
        "venueCode": hold["venue"],
        "sessionId": hold["session"],
        "showDateTime": f"{show.starts:%Y%m%d%H%M}",
        "seats": hold["seats"],
        "holdEndsAt": hold["ends_at"],
        **{name: plain(amount) for name, amount in totals(hold).items()},
    }
    return envelope({"orderSummary": order})


def order(row: Json) -> Json:
    """One paid order, as the history and the confirmation carry it."""
    return {
        "bookingId": row["booking_id"],
        "transactionId": row["transaction_id"],
        "transStatus": "P",
        "eventCode": row["event_code"],
        "eventName": row["film"],
        "venueCode": row["venue"],
        "venueName": row["cinema"],
        "sessionId": row["session"],
        "showDateTime": row["show_at"],
        "seats": row["seats"],
        "amount": plain(row["amount_minor"]),
        "bookedAt": row["at"],
        "ticket": [{"Session_lngSessionId": row["session"], "TransStatus": "P"}],
    }


def regions(cities: tuple[Any, ...]) -> Json:
    """The regions answer."""
    rows = [{"RegionCode": c.code, "RegionName": c.name, "RegionSlug": c.slug, "Alias": list(c.alias)} for c in cities]
    return {"BookMyShow": {"TopCities": rows, "OtherCities": []}}


def search_hit(film: Film) -> Json:
    """One hit of the quick search."""
    first = film.events[0].code
    return {"ID": first, "CODE": film.group, "TITLE": film.title, "TYPE": "MT", "SLUG": slug(film.title)}


def languages(film: Film) -> list[Json]:
    """Language → formats → event code, as the film page carries it."""
    found: dict[str, list[Json]] = {}
    for event in film.events:
        row = {"dimension": event.dimension, "eventCode": event.code, "refEventCode": film.events[0].code}
        found.setdefault(event.language, []).append(row | {"language": event.language})
    return [{"language": language, "formats": formats} for language, formats in found.items()]
