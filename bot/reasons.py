"""Reasons and notes as the events write them (a code and an English detail, or a sentence), in a reader's words.

Events keep their own words for ever; what a person needs of them is told here, in the language of whoever reads.
"""

from __future__ import annotations

import re

from bot.words import Voice, foreign

# codes whose detail tells more than the code: amounts, the site's own word
TELLING = frozenset({"not_covered", "over_limit", "card_refused", "payment_refused"})
# the same in English alone: elsewhere an English detail is worth nothing
ENGLISH = TELLING | {"seats_taken", "price_changed", "price_rose", "rehearsal"}
CHALLENGES = ("captcha", "otp", "login", "queue")
SENTENCES = {  # what stands in the log as a sentence of ours
    "Watch period expired": "ring.reason_over",
    "asked to": "ring.reason_asked_to",
    "cancelled in the chat": "ring.reason_in_chat",
    "nobody answered what to do instead": "ring.reason_no_choice",
    "the seats are not together": "question.note_apart",
    "neighbouring numbers are taken for neighbouring seats: the site shows no aisles here": "question.note_no_aisles",
    "while looking": "question.where_looking",
    "the seat page": "question.where_seats",
    "the order summary": "question.where_summary",
    "the payment page": "question.where_payment",
    "too many requests": "ring.detail_too_often",
    "the site asks whether a person is there": "ring.detail_person",
    "a waiting room": "ring.detail_queue",
    "a block page": "ring.detail_blocked",
}
STRANGE = " is not in a shape we know"  # which page it was is of no use to whoever reads
_GIVEN_UP = re.compile(r"(\d+) booking attempts failed; the last one: (\w+)")
_MISSING = re.compile(r"(₹[\d.]+) of (₹[\d.]+) is not covered by gift cards")
_STATUS = re.compile(r"the site answers (\d{3})")


def sentence(text: str, voice: Voice, most: int = 120) -> str:
    """A sentence or note of ours in the reader's words; another's as it was written, bounded."""
    if key := SENTENCES.get(text):
        return voice.texts(key)
    if status := _STATUS.fullmatch(text):
        return voice.texts("ring.detail_status", status=status[1])
    return voice.texts("ring.detail_shape") if text.endswith(STRANGE) else foreign(text, most)


def challenge_words(kind: str, voice: Voice) -> str:
    """What the site shows that only a person can pass."""
    return voice.texts(f"question.kind_{kind}") if kind in CHALLENGES else foreign(kind, 20)


def reason_words(reason: str | None, voice: Voice) -> str:
    """A reason as the events write it (`seats_taken: H7 is gone`), in words."""
    said = reason or "none"
    if given_up := _GIVEN_UP.fullmatch(said):
        return voice.texts("ring.reason_given_up", n=given_up[1], reason=reason_words(given_up[2], voice))
    code, _, detail = said.partition(": ")
    if code in CHALLENGES:
        return _challenge(said, voice)
    try:
        known = voice.texts(f"ring.reason_{code}")
    except KeyError:
        return sentence(said, voice, 200)
    if code == "challenge" and detail:
        return f"{known} ({_challenge(detail, voice)})"
    told = detail and code in (ENGLISH if voice.texts.language == "en" else TELLING)
    return f"{known} ({foreign(_amounts(detail, voice), 160)})" if told else known


def _amounts(detail: str, voice: Voice) -> str:
    return _MISSING.sub(lambda found: voice.texts("ring.detail_missing", missing=found[1], total=found[2]), detail)


def _challenge(text: str, voice: Voice) -> str:
    """`captcha: the payment page`."""
    kind, _, where = text.partition(": ")
    return ", ".join(part for part in (challenge_words(kind, voice), sentence(where, voice, 80)) if part)
