"""What a site said, lived again: the same questions get the same answers, with no cinema; and no person is in it."""

import gzip
import json
from datetime import timedelta
from urllib.parse import quote_plus

import msgspec
import pytest

from events.errors import BadInput
from events.settings import utc_now
from events.wish import SeatMap, SeatPlan, SeatWish
from sandbox.cinema.state import PLANTED
from sandbox.recorded import open_recorded
from sites.bookmyshow.kept import impersonal
from sites.bookmyshow.parse import refusal
from sites.catalogue import open_site
from sites.protocol import (
    Available,
    Blocked,
    Contact,
    Covered,
    GiftCard,
    Held,
    LookFor,
    Paid,
    Refused,
    Site,
    Unreadable,
    Visit,
)
from sites.recording import MOST, PERSON, Exchange, Recorder, Recording, pack, unpack
from sites.rehearsing import Again, ask_again
from sites.seats import choose
from tests.shops import CARD, CITY, FILM, Shop, a_show

CONTACT = Contact("planted.person@secret-mail.example", "9812345067")
REGIONS = "/api/explore/v1/discover/regions"
LATER = timedelta(days=3_000)


async def again(recording: Recording, days: timedelta = timedelta(0)) -> list[Again]:
    """The recording's questions, to an adapter that meets nothing but what was recorded."""
    answers = [msgspec.to_builtins(one) for one in unpack(pack(recording)).exchanges]
    async with open_recorded(answers) as (url, _):
        site = open_site(recording.site, url, now=lambda: recording.made + days)
        try:
            return await ask_again(site, recording)
        finally:
            await site.close()


def same(asked: list[Again]) -> list[str]:
    """The questions, where each got the answer that it got then."""
    assert [one for one in asked if one.then != one.now] == []
    return [f"{one.name} {one.then['type']}" for one in asked]


async def booked(site: Site, visit: Visit) -> Paid | Refused:
    """Everything up to the click, and the click."""
    seat_map = await visit.open_show(await a_show(site), 2)
    assert isinstance(seat_map, SeatMap)
    plan = choose(seat_map, SeatWish(2))
    assert isinstance(plan, SeatPlan)
    assert isinstance(await visit.hold(plan), Held)
    assert isinstance(await visit.cover((GiftCard("c1", *CARD),)), Covered)
    answer = await visit.pay()
    assert isinstance(answer, Paid | Refused)
    return answer


async def test_a_look_is_lived_again_also_years_later(site: Site) -> None:
    wanted, recorder = LookFor(FILM, CITY), Recorder("bookmyshow", utc_now())
    await site.look(wanted)  # what is read once in a while was read before
    assert isinstance(await site.look(wanted, recorder), Available)
    assert not recorder.wanted
    assert same(await again(recorder.recording())) == ["look Available"]


async def test_a_page_in_another_shape_is_lived_again(shop: Shop, site: Site) -> None:
    await shop.fault("changed_altogether", count=None)
    recorder = Recorder("bookmyshow", utc_now())
    result = await site.look(LookFor(FILM, CITY), recorder)
    assert isinstance(result, Unreadable)
    assert recorder.wanted
    assert same(await again(recorder.recording())) == ["look Unreadable"]


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("status_403", 0, "blocked"),
        ("block_200", 0, "blocked"),
        ("status_429", 1200, "rate_limited"),
        ("status_500", 0, "down"),
        ("challenge", 0, "challenge"),
        ("waiting_room", 0, "challenge"),
    ],
)
async def test_a_refusal_is_lived_again(shop: Shop, site: Site, name: str, value: float, kind: str) -> None:
    await shop.fault(name, "look", count=None, value=value)
    recorder = Recorder("bookmyshow", utc_now())
    result = await site.look(LookFor(FILM, CITY), recorder)
    assert isinstance(result, Blocked)
    assert (result.kind, result.retry_after) == (kind, value or None)
    assert recorder.wanted
    assert not recorder.cut
    assert same(await again(recorder.recording())) == ["look Blocked"]


@pytest.mark.parametrize("to", ["http://203.0.113.9/elsewhere?who=me", REGIONS])
async def test_a_way_that_leads_nowhere_is_lived_again(to: str) -> None:
    async with open_recorded([{"method": "GET", "path": REGIONS, "status": 302, "to": to}]) as (url, _):
        site, recorder = open_site("bookmyshow", url, chromium="/nowhere/chromium"), Recorder("bookmyshow", utc_now())
        assert isinstance(await site.look(LookFor(FILM, CITY), recorder), Unreadable)
        await site.close()
    assert "who=me" not in str(recorder.recording())
    assert same(await again(recorder.recording())) == ["look Unreadable"]


async def test_a_site_that_says_nothing_leaves_nothing_to_repeat(shop: Shop, site: Site) -> None:
    await shop.fault("quiet_close", "look", count=None)
    recorder = Recorder("bookmyshow", utc_now())
    assert isinstance(await site.look(LookFor(FILM, CITY), recorder), Blocked)
    assert recorder.cut


def test_a_refusing_page_is_kept_without_its_visitor() -> None:
    page = (
        "<title>Attention Required! | Cloudflare</title><script nonce=1>window._t='tok-1'</script><p>a < b</p>"
        "<span id=cf-footer-ip>203.0.113.7</span> 2001:db8:85a3::8a2e:370:7334 <script>let open = 'tok-2'"
    )
    kept = impersonal(page, 403)
    assert [word for word in ("tok-1", "tok-2", "203.0.113.7", "8a2e", "7334") if word in kept] == []
    assert refusal(403, kept) == refusal(403, page)
    plain = "<p>version 203.0.113.7</p><script>let a = 1</script>"
    assert impersonal(plain, 200) == plain


async def test_a_whole_visit_is_lived_again_and_holds_no_person_and_no_secret(shop: Shop, site: Site) -> None:
    recorder = Recorder("bookmyshow", utc_now())
    cookies = (await shop.control("sessions", account="planted"))["cookies"]
    visit = await site.visit(json.dumps(cookies), CONTACT, recorder)
    assert isinstance(await booked(site, visit), Paid)
    await recorder.settle()
    await site.close_visit(visit)
    recording = recorder.recording()
    text = gzip.decompress(pack(recording)).decode()
    tokens = [cookie["value"] for cookie in cookies]
    secrets = [*PLANTED.values(), *CARD, CONTACT.email, CONTACT.phone, *tokens, "203.0.113.7", shop.url]
    assert [secret for secret in secrets if secret in text] == []
    assert quote_plus(PERSON.email) in text  # the contact was asked for and sent
    calls = ["open_show SeatMap", "hold Held", "cover Covered", "pay Paid"]
    assert same(await again(recording)) == calls
    assert same(await again(recording, LATER)) == calls


@pytest.mark.slow
async def test_a_refused_payment_is_lived_again(shop: Shop, site: Site) -> None:
    await shop.fault("refuse_payment")
    recorder = Recorder("bookmyshow", utc_now())
    visit = await site.visit(await shop.session("asha"), None, recorder)
    assert isinstance(await booked(site, visit), Refused)
    assert recorder.wanted
    await recorder.settle()
    await site.close_visit(visit)
    assert same(await again(recorder.recording()))[-1] == "pay Refused"


@pytest.mark.slow
async def test_another_answer_than_then_is_told_and_ends_the_visit(site: Site, shop: Shop) -> None:
    recorder = Recorder("bookmyshow", utc_now())
    visit = await site.visit(await shop.session("asha"), None, recorder)
    await booked(site, visit)
    await recorder.settle()
    await site.close_visit(visit)
    whole = recorder.recording()
    cut = [one for one in whole.exchanges if "/api/hold" not in one.path]
    told = await again(msgspec.structs.replace(whole, exchanges=tuple(cut)))
    assert [one.name for one in told] == ["open_show", "hold"]
    assert told[-1].then["type"] == "Held"
    assert told[-1].now["type"] == "Refused"


async def test_a_hall_in_which_nothing_was_held_is_kept(site: Site, shop: Shop) -> None:
    recorder = Recorder("bookmyshow", utc_now())
    visit = await site.visit(await shop.session("asha"), None, recorder)
    assert isinstance(await visit.open_show(await a_show(site), 2), SeatMap)
    assert recorder.wanted
    await recorder.settle()
    await site.close_visit(visit)
    assert same(await again(recorder.recording())) == ["open_show SeatMap"]


def test_what_is_too_much_is_left_out_and_said() -> None:
    recorder = Recorder("bookmyshow", utc_now())
    recorder.keep(Exchange("GET", "/a", 200, body="x" * (MOST - 1)))
    recorder.keep(Exchange("GET", "/b", 200, body="xx"))
    recording = recorder.recording()
    assert [one.path for one in recording.exchanges] == ["/a"]
    assert recording.cut


@pytest.mark.parametrize(
    "broken",
    [b"", b"no gzip", gzip.compress(b"{}"), gzip.compress(b"\xff"), gzip.compress(b"[]")[:-3]],
    ids=["nothing", "no gzip", "no recording", "no text", "cut short"],
)
def test_a_recording_that_cannot_be_read_is_bad_input(broken: bytes) -> None:
    with pytest.raises(BadInput, match="recording"):
        unpack(broken)
