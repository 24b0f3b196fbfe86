"""Questions answered by pressing: desk, read models, notifier and bot together, people at the local Telegram."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from bot.widening import taken, widened
from events import orders as o
from events.settings import utc_now
from events.state import Told
from events.wish import Money, Wish
from sandbox.telegram.person import ASHA, Person
from tests.bot.outbound.chatworld import GOOD as HELD
from tests.bot.outbound.chatworld import ChatWorld, labels, text_of
from tests.samples import LOOK, SHOW, WISH


async def told(world: ChatWorld, press: str) -> dict[str, Any]:
    """The bot's answer to a press, once there is one."""
    person = world.at_page(ASHA)
    return await person.answer(press)


async def consent(talk: ChatWorld, **wish: Any) -> str:
    job = await talk.wish(**wish)
    await talk.found(job)
    await talk.ask_consent(job)
    return job


async def test_poor_seats_are_taken_by_one_press(talk: ChatWorld) -> None:
    asha = await talk.person(ASHA, "asha")
    job = await consent(talk)
    asked = await asha.see(lambda m: "poor seats" in text_of(m))
    await asha.press_label(asked, "Book them")
    done = await asha.see(lambda m: "Asha said: book them" in text_of(m))
    assert labels(done) == []
    assert (await talk.store.load(job, fresh=True)).job.consented


async def test_an_old_button_gets_a_clear_word_and_changes_nothing(talk: ChatWorld) -> None:
    asha = await talk.person(ASHA, "asha")
    job = await consent(talk)
    asked = await asha.see(lambda m: "poor seats" in text_of(m))
    old = asked["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await talk.do(job, o.DeclineConsent("asha"))
    await asha.see(lambda m: "Asha said: keep watching" in text_of(m))
    press = await asha.press(asked["message_id"], old, force=True)
    answer = await told(talk, press)
    assert "out of date" in answer["text"]
    assert not (await talk.store.load(job, fresh=True)).job.consented


async def test_an_offer_is_taken_as_it_was_shown(talk: ChatWorld) -> None:
    asha = await talk.person(ASHA, "asha")
    job = await talk.wish()
    wish = (await talk.store.load(job, fresh=True)).job.wish
    assert wish is not None
    offer = msgspec.structs.replace(SHOW, starts=utc_now() + timedelta(days=2), cinema="Prasads", language="Telugu")
    await talk.do(job, o.ReportMismatch(wish, ("language",), (offer,), "f1", LOOK))
    asked = await asha.see(lambda m: "not as you wished" in text_of(m))
    await asha.press_label(asked, "Take")
    await asha.see(lambda m: "Asha changed the wish: took what was on sale" in text_of(m))
    changed = (await talk.store.load(job, fresh=True)).job.wish
    assert changed is not None
    assert (changed.cinemas, changed.languages) == (("Prasads",), ("Telugu",))
    assert changed.dates == (offer.local_start.date(),)


async def test_a_wish_is_widened_by_what_was_missing(talk: ChatWorld) -> None:
    asha = await talk.person(ASHA, "asha")
    job = await talk.wish()
    wish = (await talk.store.load(job, fresh=True)).job.wish
    assert wish is not None
    await talk.do(job, o.ReportMismatch(wish, ("language",), (SHOW,), "f1", LOOK))
    asked = await asha.see(lambda m: "not as you wished" in text_of(m))
    await asha.press_label(asked, "Any language")
    await asha.see(lambda m: "Asha changed the wish: any language" in text_of(m))
    changed = (await talk.store.load(job, fresh=True)).job.wish
    assert changed is not None
    assert changed.languages == ()


async def test_not_booked_takes_two_presses(talk: ChatWorld) -> None:
    asha, job, asked = await lost(talk)
    await asha.press_label(asked, "No, it was not")
    sure = await asha.see(lambda m: "I have looked: it was not booked" in labels(m))
    assert (await talk.store.load(job, fresh=True)).job.told is None
    await asha.press_label(sure, "I have looked")
    await asha.see(lambda m: "Asha said: it was not booked" in text_of(m))
    found = (await talk.store.load(job, fresh=True)).job.told
    assert found is not None


async def lost(talk: ChatWorld) -> tuple[Person, str, dict[str, Any]]:
    """Who is asked what became of a payment, the job, and the question."""
    asha = await talk.person(ASHA, "asha")
    job = await talk.wish()
    await talk.found(job)
    ends = utc_now() + timedelta(minutes=5)
    await talk.do(
        job,
        o.HoldSeats(1, SHOW.show_id, HELD, 65_962, "INR", ends, "DC1"),
        o.SubmitPayment(1, 65_962, "INR", (), "DC1"),
        o.LoseOutcome(1, "no answer", ends, unreadable=True),
        o.AskOutcome(1, "the history cannot be read"),
    )
    asked = await asha.see(lambda m: "Was it booked?" in text_of(m) and "answer was lost" in text_of(m))
    return asha, job, asked


async def test_booked_is_told_with_the_sites_number(talk: ChatWorld) -> None:
    asha, job, asked = await lost(talk)
    await asha.press_label(asked, "Yes, it was booked")
    await asha.see(lambda m: "Which number did the site give?" in text_of(m))
    await asha.say("<none> !")
    await asha.see(lambda m: "no booking number" in text_of(m))
    assert (await talk.store.load(job, fresh=True)).job.told is None
    await asha.say("WGQ7-KTX")
    await asha.see(lambda m: "Asha said: it was booked" in text_of(m))
    assert (await talk.store.load(job, fresh=True)).job.told == Told(True, "WGQ7-KTX")


async def test_booked_is_told_without_a_number(talk: ChatWorld) -> None:
    asha, job, asked = await lost(talk)
    await asha.press_label(asked, "Yes, it was booked")
    number = await asha.see(lambda m: "Which number did the site give?" in text_of(m))
    await asha.press_label(number, "I do not have it")
    await asha.see(lambda m: "Asha said: it was booked" in text_of(m))
    assert (await talk.store.load(job, fresh=True)).job.told == Told(True, "")


async def test_a_code_that_is_given_up_may_still_become_a_ticket_and_the_chat_says_so(talk: ChatWorld) -> None:
    asha = await talk.person(ASHA, "asha")
    job = await talk.wish()
    await talk.found(job)
    ends = utc_now() + timedelta(minutes=5)
    await talk.do(
        job,
        o.HoldSeats(1, SHOW.show_id, HELD, 65_962, "INR", ends, "DC1"),
        o.RequestPayment(1, 65_962, "INR", ends, "qr.png"),
    )
    code = await asha.see(lambda m: "Pay with this code" in text_of(m))
    await asha.press_label(code, "Cancel")
    sure = await asha.see(lambda m: "if it was, the ticket stays yours" in text_of(m).lower())
    press = await asha.press_label(sure, "Yes, cancel it")
    assert "making sure that it was not paid" in (await told(talk, press))["text"]
    await asha.see(lambda m: "Pay with this code" in text_of(m) and "making sure" in text_of(m) and not labels(m))
    card = await asha.see(lambda m: text_of(m).startswith("⚠️ Being cancelled"))
    assert "making sure that it was not paid" in text_of(card)
    await talk.do(job, o.LoseOutcome(1, "given up", ends))
    await talk.do(job, o.ReconcileNotBooked(1, "order_history", "not there"))
    await asha.see(lambda m: text_of(m).startswith("🚫 Cancelled"))


def test_taking_a_dearer_show_raises_the_cap_but_never_takes_it_away() -> None:
    wish = msgspec.structs.replace(WISH, cap=Money(10_000))
    assert taken(wish, SHOW, ("price",)).cap == Money(80_000)
    assert taken(wish, SHOW, ("time",)).cap == Money(10_000)
    assert taken(wish, SHOW, ("time",)).seats.category == "GOLD"


@pytest.mark.parametrize("part", ["cinema", "date", "time", "language", "format", "screen", "class", "price"])
def test_every_part_that_is_offered_can_be_widened(part: str) -> None:
    wish = msgspec.structs.replace(WISH, screens=("IMAX",))
    wider = widened(wish, part)
    assert isinstance(wider, Wish)
    assert wider != wish


def test_a_forged_part_widens_nothing() -> None:
    assert widened(WISH, "seats") is None
