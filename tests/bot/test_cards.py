"""Cards, questions and endings: in every state, in both languages, within Telegram's limits, whatever the texts are."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest

from bot.alarming import alarm_view
from bot.answers import Card
from bot.asking import question_view
from bot.cards import card_view, look_line
from bot.endings import blind_view, calendar_file, ending_view, ticket_view
from bot.ringing import decision_line, decision_of
from bot.texts import LANGUAGES
from bot.view import View
from services.alarms import Notice
from services.status import Alarm
from tests.bot.sample_cards import JOB, ODD, STATES, sample_card, sample_person
from tests.samples import AT

CHALLENGE = {"kind": "captcha", "where": "the seat page", "artifact": "page.png"}


def views(card: Card, language: str) -> Iterator[View]:
    person = sample_person(lang=language, zone="Asia/Kolkata")
    yield card_view(card, person, AT)
    if question := question_view(card, person, AT, b"png"):
        yield question
    if card.status in {"FAILED", "EXPIRED", "PAUSED"}:
        yield ending_view(card, person, ("sold_out: " + card.wish.film, "price"))
    yield blind_view(card, person, True, 3, card.wish.film)
    if card.status == "SUCCESS":
        yield ticket_view(card, person)


@pytest.mark.parametrize(("status", "film", "language"), list(product(STATES, ODD.values(), LANGUAGES)))
def test_every_view_keeps_telegrams_limits(status: str, film: str, language: str) -> None:
    for card in (sample_card(status, film), sample_card(status, film, challenge=CHALLENGE)):
        for view in views(card, language):
            text = view.text.as_kwargs()["text"]
            assert 0 < len(text) <= (1024 if view.picture else 4096)
            assert "{" not in text
            rows = view.keyboard.inline_keyboard if view.keyboard else []
            assert sum(map(len, rows)) <= 100
            for button in (button for row in rows for button in row):
                assert len((button.callback_data or "").encode()) <= 64
                assert 0 < len(button.text) <= 60
            assert all(0 < len(row) <= 8 for row in rows)


def said(view: View) -> str:
    return str(view.text.as_kwargs()["text"])


def acts(view: View) -> set[str]:
    rows = view.keyboard.inline_keyboard if view.keyboard else []
    return {b.callback_data.split(":")[3] for row in rows for b in row if (b.callback_data or "").startswith("j:")}


def test_the_first_line_is_state_and_film() -> None:
    text = said(card_view(sample_card("WATCHING"), sample_person(), AT))
    assert text.splitlines()[0] == "👀 Watching · Dune: Part Three"


def test_a_watched_card_says_what_it_saw_and_when_it_looks_again() -> None:
    text = said(card_view(sample_card("WATCHING"), sample_person(zone="Asia/Kolkata"), AT))
    assert "Last look 11:59: 3 shows on sale, none fits yet" in text
    assert "Next look about 12:01" in text


def test_a_site_that_does_not_let_us_look_is_no_empty_listing() -> None:
    for result in (None, "available", "unavailable"):
        assert "3 shows" in said(card_view(sample_card("WATCHING", look_result=result), sample_person(), AT))
    assert "did not answer" in said(card_view(sample_card("WATCHING", look_result="down"), sample_person(), AT))
    text = said(card_view(sample_card("WATCHING", look_result="blocked"), sample_person(), AT))
    assert "did not let me look" in text
    assert "nothing on sale" not in text


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("WATCHING", {"why", "change", "pause", "timeline", "refresh", "cancel"}),
        ("PAUSED", {"resume", "change", "why", "timeline", "cancel"}),
        ("AWAITING_CONSENT", {"yes", "no", "other", "cancel"}),
        ("AWAITING_INPUT", {"take", "widen", "wait", "change", "cancel"}),
        ("AWAITING_PAYMENT", {"paid", "cancel"}),
        ("UNCERTAIN", {"booked", "notbooked", "timeline", "refresh"}),
        ("SUCCESS", {"timeline", "pictures"}),
        ("EXPIRED", {"why", "timeline"}),
    ],
)
def test_the_buttons_fit_the_state(status: str, expected: set[str]) -> None:
    assert acts(card_view(sample_card(status), sample_person(), AT)) == expected


def test_buttons_carry_the_job_and_its_revision() -> None:
    view = card_view(sample_card("WATCHING", sequence=77), sample_person(), AT)
    assert view.keyboard is not None
    assert view.keyboard.inline_keyboard[0][0].callback_data == f"j:{JOB[-12:]}:77:why:"


def test_a_question_about_seats_says_seats_words_price_and_deadline() -> None:
    view = question_view(sample_card("AWAITING_CONSENT"), sample_person(zone="Asia/Kolkata"), AT)
    assert view is not None
    text = said(view)
    assert "A1–A3, B7: poor, far from the middle (31 of 100)" in text
    assert "₹1,180 for 4" in text
    assert "Answer by 12:02 (2 min left)" in text


def test_no_question_is_left_once_it_is_answered() -> None:
    assert question_view(sample_card("WATCHING"), sample_person(), AT) is None


def test_a_mismatch_says_what_is_missing_and_what_is_offered() -> None:
    view = question_view(sample_card("AWAITING_INPUT"), sample_person(), AT)
    assert view is not None
    assert "What does not fit: cinema, date, time" in said(view)
    assert acts(view) == {"take", "widen", "wait"}


def test_a_challenge_that_waits_asks_for_a_person() -> None:
    view = question_view(sample_card("PAUSED", challenge=CHALLENGE), sample_person(), AT)
    assert view is not None
    assert "solve the puzzle" in said(view)
    assert acts(view) == {"passed", "cancel"}


def test_the_ticket_has_number_seats_cards_and_a_map() -> None:
    view = ticket_view(sample_card("SUCCESS"), sample_person())
    assert all(part in said(view) for part in ("WGQ7KTX", "H7, H8", "•••• 0001", "₹659.62", "Tue 24 Nov, 19:00"))
    assert view.keyboard is not None
    copy, on_map = view.keyboard.inline_keyboard[0]
    assert copy.copy_text is not None
    assert copy.copy_text.text == "WGQ7KTX"
    assert on_map.url is not None
    assert on_map.url.startswith("https://")


def test_a_calendar_keeps_its_rules_with_any_film() -> None:
    for film in ODD.values():
        file = calendar_file(sample_card("SUCCESS", film), sample_person())
        assert file is not None
        lines = file.data.decode().split("\r\n")
        assert all(len(line.encode()) <= 75 for line in lines)
        assert "DTSTART:20261124T133000Z" in lines
        assert not any(re.match(r"(BEGIN|END):(?!VCALENDAR|VEVENT|VALARM)", line) for line in lines)


def test_a_failure_says_why_and_what_can_be_done() -> None:
    text = said(ending_view(sample_card("PAUSED", reason="not_covered: 65962 asked, 2000 there"), sample_person()))
    assert "your gift cards do not cover the price (65962 asked, 2000 there)" in text
    assert "resume" in text


def test_a_rehearsal_is_no_failure() -> None:
    text = said(ending_view(sample_card("PAUSED", reason="rehearsal: H7, H8 would have been paid"), sample_person()))
    assert text.startswith("🎭 The rehearsal went well")


def test_what_is_left_is_told_in_steps() -> None:
    voice = sample_person().voice
    left = [voice.left(AT + timedelta(seconds=s), AT) for s in (0, 1, 100, 119, 120, 121, 300)]
    assert left == ["0 s", "15 s", "105 s", "2 min", "2 min", "3 min", "5 min"]


def test_a_missed_sale_says_why() -> None:
    text = said(ending_view(sample_card("EXPIRED"), sample_person(), ("sold_out",)))
    assert "There was a sale that I could not use: the show is sold out" in text


def test_quiet_hours_go_over_midnight_in_the_persons_zone() -> None:
    person = sample_person(quiet="22:00-08:00", zone="Asia/Kolkata")
    assert not person.quiet(AT)  # 12:00 there
    assert person.quiet(AT + timedelta(hours=11))
    assert person.quiet(AT + timedelta(hours=19))
    assert not sample_person(quiet="nonsense").quiet(AT)


def test_a_code_that_was_given_up_is_not_called_cancelled_before_it_is_known() -> None:
    card = sample_card("UNCERTAIN", question=None, by_code=True, cancelling=True)
    text = said(card_view(card, sample_person(), AT))
    assert "Being cancelled" in text
    assert "making sure that it was not paid" in text
    assert acts(card_view(card, sample_person(), AT)) == {"timeline", "refresh"}
    asked = {"type": "cancel_requested", "sequence": 7, "time": AT.isoformat(), "body": {"by": "asha"}}
    line = decision_line("payment_requested", decision_of([asked], 6), "Asha", sample_person().voice)
    assert "making sure that it was not paid" in line


def test_a_code_whose_time_is_over_can_still_be_given_up() -> None:
    card = sample_card("UNCERTAIN", question=None, by_code=True)
    assert "time is over" in said(card_view(card, sample_person(), AT))
    assert "cancel" in acts(card_view(card, sample_person(), AT))


def test_what_became_of_a_payment_tells_more_than_that_it_was_given_up() -> None:
    rows = [{"type": name, "sequence": n} for n, name in enumerate(("outcome_asked", "cancel_requested", "booked"))]
    decided = decision_of(rows, 0)
    assert decided is not None
    assert decided["type"] == "booked"


def test_a_look_that_was_refused_did_not_see_no_shows() -> None:
    voice, look = sample_person().voice, {"last_look_at": "2026-11-24T06:30:00Z", "shows_seen": 0}
    assert look_line(look | {"look_result": "unavailable"}, voice, "12:00") == "Last look 12:00, 0 shows seen"
    assert "did not let me look" in look_line(look | {"look_result": "blocked"}, voice, "12:00")
    assert look_line({}, voice, "–") == "Not looked yet"


def test_an_alarm_names_a_group_as_people_do_and_its_end_does_not_read_as_an_alarm() -> None:
    blind = Alarm("blind", "x", "y", "bookmyshow--hyderabad--dune-part-three")
    assert "Cannot look at Dune Part Three · Hyderabad" in said(alarm_view(Notice("1", blind, AT, AT), sample_person()))
    over = said(alarm_view(Notice("1", blind, AT, AT, over=True), sample_person()))
    assert over.startswith("✅ Over: Cannot look")
