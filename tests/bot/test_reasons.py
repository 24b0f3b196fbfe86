"""What the events wrote in English and in codes is told in words, in the reader's language, and no code is left."""

import re
from pathlib import Path

import pytest

from bot.asking import question_view
from bot.cards import card_view
from bot.endings import blind_view, ending_view
from bot.reasons import SENTENCES, STRANGE, reason_words, sentence
from bot.texts import Texts
from bot.words import Voice
from tests.bot.sample_cards import sample_card, sample_person
from tests.bot.test_cards import said
from tests.samples import AT
from tests.test_house import ROOT

ENGLISH, HINDI = Voice(Texts("en")), Voice(Texts("hi"))
SOURCES = [path for folder in ("services", "sites", "events") for path in (ROOT / folder).rglob("*.py")]
SAID = "\n".join(path.read_text() for path in SOURCES)


@pytest.mark.parametrize("text", [*SENTENCES, STRANGE])
def test_every_sentence_that_is_told_in_words_is_still_what_the_log_says(text: str) -> None:
    known = (Path(ROOT) / "bot/texts/en.toml").read_text()  # one of them is the chat's own
    assert text in SAID or text in known
    assert re.search("[\u0900-\u097f]", sentence(text, HINDI))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("no_seats: no free seats fit the wish", "no free seats fit the wish"),
        ("timeout: the site took too long", "the site took too long"),
        ("network: Page.goto: Timeout 30000ms exceeded.", "the site did not answer"),
        ("seats_taken: H7 is gone", "the seats were taken meanwhile (H7 is gone)"),
        ("contact_missing: the site asks", "the site asks for e-mail and phone: set them in /settings, then resume"),
        ("challenge: otp: the payment page", "the site wanted a person (a code sent to you, on the payment page)"),
        ("captcha: while looking", "a puzzle, while looking for shows"),
        (
            "5 booking attempts failed; the last one: seats_taken",
            "5 booking attempts failed; the last one: the seats were taken meanwhile",
        ),
        ("Watch period expired", "the watch's time is over"),
        ("my own words", "my own words"),
        (None, "no reason was written down"),
    ],
)
def test_a_reason_is_told_in_words(reason: str | None, words: str) -> None:
    assert reason_words(reason, ENGLISH) == words


def test_an_english_detail_is_not_told_to_whoever_reads_hindi() -> None:
    assert "gone" not in reason_words("seats_taken: H7 is gone", HINDI)
    reason = "not_covered: ₹5.00 of ₹9.00 is not covered by gift cards; •••• 0001: refused"  # amounts everybody reads
    assert "(₹9.00 में से ₹5.00 कम; •••• 0001: refused)" in reason_words(reason, HINDI)
    assert "is not covered by gift cards" in SAID


def test_one_is_not_told_as_many() -> None:
    person = sample_person()
    assert "1 booking attempt;" in said(ending_view(sample_card("FAILED", attempt=1), person))
    assert "2 booking attempts;" in said(ending_view(sample_card("FAILED", attempt=2), person))
    assert "1 times" not in said(blind_view(sample_card("WATCHING"), person, True, 1, "too many requests"))
    assert Texts("en").counted("event.shows", 1, count=1) == "1 show"


def test_a_rehearsal_says_what_was_held_and_how_to_go_on() -> None:
    text = said(
        ending_view(sample_card("REHEARSED", reason="rehearsal: ₹659.62 would have been paid"), sample_person())
    )
    assert "I held H7, H8 for ₹659.62 and gave them back. Nothing was paid." in text
    assert "without “Rehearse only”" in text
    assert "more cinemas" not in text


def test_questions_name_no_codes_and_a_payment_is_paid_not_answered() -> None:
    person = sample_person()
    met = {"kind": "captcha", "where": "while looking"}
    asked = question_view(sample_card("PAUSED", challenge=met), person, AT)
    assert asked is not None
    assert "a puzzle, while looking for shows" in said(asked)
    assert "captcha" not in said(asked) + said(card_view(sample_card("PAUSED", challenge=met), person, AT))
    code = question_view(sample_card("AWAITING_PAYMENT"), person, AT)
    assert code is not None
    assert "Pay by 12:04" in said(code)
