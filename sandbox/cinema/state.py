"""`window.__INITIAL_STATE__` of each page, in the nesting that such sites really use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.cinema.catalogue import Show, slug
from sandbox.cinema.halls import SHAPES
from sandbox.cinema.house import Offer
from sandbox.cinema.programme import City, Film, Venue

Json = dict[str, Any]
Shown = list[tuple[Show, list[Offer]]]
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
    return f"₹ {paise // 100:,}.{paise % 100:02}"


def short(paise: int) -> str:
    """`₹ 295`, `₹ 190.78`."""
    return f"₹ {paise // 100}" if paise % 100 == 0 else f"₹ {plain(paise)}"


def plain(paise: int) -> str:
    """`637.20`."""
    return f"{paise // 100}.{paise % 100:02}"


def envelope(branches: Json) -> Json:
    """The page's state: what the application and the visitor are, then the page's own branches."""
    context = {"headers": {"x-forwarded-for": "203.0.113.7", "cookie": f"ud={PLANTED['token']}"}, "user": dict(PLANTED)}
    return {
        "appConfig": {"trueClientIp": "203.0.113.7", "paymentLogin": False},
        "cookies": {"ud": dict(PLANTED)},
        "seo": {"queries": {"fetchSeo": {"originalArgs": {"ctx": context}}}},
        "showtimesByEvent": {"showDates": {}},
        **branches,
    }


def film_shows(film: Film, code: str, day: str, region: str, shown: Shown, days: dict[str, str]) -> Json:
    """State of a film's shows on one day. `days`: every pill's state."""
    event = next(e for e in film.events if e.code == code)
    cards: dict[str, Shown] = {}
    for show, offers in shown:
        cards.setdefault(show.venue.code, []).append((show, offers))
    format_text = f"{event.language}  •  {event.dimension}"
    data = {
        "additionalData": {"dateCode": day, "eventCode": code, "defaultSortId": "relevance"},
        "topStickyWidgets": [
            {"type": "horizontal-block-list", "data": [date_pill(d, state) for d, state in days.items()]},
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
            {"type": "info", "data": []},
        ],
    }
    key = f"fetchPrimaryDynamic-{code}---{day}-{region}"
    query = {"status": "fulfilled", "endpointName": "fetchPrimaryDynamic", "data": {"data": data}}
    return envelope({"showtimesFunctionalApi": {"queries": {key: query}}})


def date_pill(day: str, state: str) -> Json:
    at = datetime.strptime(day, "%Y%m%d")
    texts = (WEEKDAYS[at.weekday()], f"{at:%d}", f"{at:%b}".upper())
    pill: Json = {"id": day, "styleId": f"date-{state}", "data": [{"text": text} for text in texts]}
    if state != "disabled":
        pill["cta"] = {"type": "dateSelector", "additionalData": {"dateCode": day}}
    return pill


def _card(rows: Shown, code: str) -> Json:
    venue = rows[0][0].venue
    return {
        "type": "venue-card",
        "id": venue.code,
        "additionalData": {
            "venueCode": venue.code,
            "venueName": venue.name,
            "seatLegendIds": ["4", "1", "88", "2"],
            "isMTicketAvailable": True,
            "isFnBAvailable": venue.food,
        },
        "infoList": [{"label": "Non-cancellable"}],
        "showtimesSections": [
            {"showtimes": [_showtime(show, offers) for show, offers in rows], "additionalData": {"eventCode": code}}
        ],
    }


def status_of(offers: list[Offer], venue: Venue) -> str:
    """0 sold out, 1 almost full, 2 filling, 3 available; some cinemas leave it empty, some have it wrong."""
    if venue.status == "blank":
        return ""
    total = sum(offer.free for offer in offers)
    return "0" if total == 0 or venue.status == "lagging" else "1" if total < 15 else "2" if total < 45 else "3"


def class_status(offer: Offer) -> str:
    """What a class's row says."""
    if offer.free == 0:
        return "sold-out"
    return "almost-full" if offer.percent < 10 else "filling-fast" if offer.percent < 35 else "available"


def _showtime(show: Show, offers: list[Offer]) -> Json:
    at, cut = f"{show.starts:%Y%m%d%H%M}", f"{show.cut_off:%Y%m%d%H%M}"
    title = f"{show.starts:%I:%M %p}"
    format_text = {"format": f"{show.event.language} • {show.event.dimension}"}
    widgets: list[Json] = [{"layoutId": "format-container", "variableData": format_text}]
    for offer in offers:
        said = class_status(offer)
        values = {
            "seatType": offer.area.name,
            "seatCost": rupees(offer.price),
            "seatAvalibility": said.replace("-", " ").upper(),
        }
        widgets.append({"layoutId": f"seat-category-type-{said}", "variableData": values})
    return {
        "title": title,
        "screenAttr": show.screen,
        "styleId": "green-pill-with-border",
        "additionalData": {
            "sessionId": show.session,
            "availStatus": status_of(offers, show.venue),
            "cutOffDateTime": cut,
            "cutOffDateTimeEpoch": str(int(show.cut_off.timestamp())),
            "showDateCode": show.day,
            "showDateTime": at,
            "showTimeCode": f"{show.starts:%H%M}",
            "showTime": title,
            "attributes": show.screen,
        },
        "customGestureCTA": {"type": "bottomsheet", "additionalData": {"bottomSheetData": {"widgets": widgets}}},
    }


def seat_page(show: Show, prices: dict[str, int], layout: str | None) -> Json:
    """State of the seat page; without a layout its map is drawn from elsewhere."""
    shape = SHAPES[show.venue.shape]
    categories = [
        {"AreaCatCode": a.code, "PriceDesc": a.name, "CurPrice": plain(prices.get(a.code, a.price))}
        for a in shape.areas
    ]
    data: Json = {
        "eventName": show.film.title,
        "currentVenue": {"VenueName": show.venue.name, "VenueCode": show.venue.code, "Message": show.venue.message},
        "currentShowtime": {
            "SessionId": show.session,
            "ShowDateTime": f"{show.starts:%Y%m%d%H%M}",
            "CoupleSeats": "Y" if shape.together else "N",
        },
        "quantity": 2,
        "categories": categories,
    }
    if layout is not None:
        data["strData"] = layout
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


def regions(cities: tuple[City, ...]) -> Json:
    """The regions answer."""
    rows = [
        {"RegionCode": c.code, "RegionName": c.name, "RegionSlug": c.slug, "Alias": list(c.alias), "SubRegions": []}
        for c in cities
    ]
    return {"BookMyShow": {"TopCities": rows, "OtherCities": []}}


def search_hit(film: Film, open_now: bool) -> Json:
    """One hit of the quick search."""
    return {
        "ID": film.events[0].code,
        "CODE": film.group,
        "TITLE": film.title,
        "GROUP_TITLE": film.title,
        "SLUG": slug(film.title),
        "TYPE": "MT",
        "TYPE_NAME": "Movies",
        "ST": "NS" if open_now else "CS",
        "RDATE": "",
        "POSTER_URL": "",
    }


def languages(film: Film) -> list[Json]:
    """Language → formats → event code, as the film page carries it."""
    found: dict[str, list[Json]] = {}
    for event in film.events:
        row = {"dimension": event.dimension, "eventCode": event.code, "refEventCode": film.events[0].code}
        found.setdefault(event.language, []).append(row | {"language": event.language})
    return [{"language": language, "formats": formats} for language, formats in found.items()]
