"""Both catalogues say the same things with the same placeholders."""

import re
from pathlib import Path

import pytest

import bot
from bot.refusals import told
from bot.texts import LANGUAGES, Texts, catalogue
from events.errors import BadInput
from services.asking import Refused
from tests.test_house import ROOT

SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in Path(bot.__file__).parent.rglob("*.py"))
RULES = [ROOT / name for name in ("events/consents.py", "events/payments.py", "events/people.py", "services/people.py")]
OTHERS = [language for language in LANGUAGES if language != "en"]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)[^}]*}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing_and_no_placeholder_differs(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert english.keys() == other.keys()
    for section, texts in english.items():
        if section != "refused":  # in English most refusals are told in the desk's own words
            assert texts.keys() == other[section].keys(), section
        for key, text in texts.items():
            assert placeholders(text) == placeholders(other[section][key]), f"{section}.{key}"


def test_every_text_that_is_asked_for_by_name_exists() -> None:
    asked = set(re.findall(r"""\bt\(["']([a-z_]+\.\w+)["']""", SOURCE))
    assert len(asked) > 100
    known = {f"{section}.{key}" for section, texts in catalogue(OTHERS[0]).items() for key in texts}
    assert asked <= known


@pytest.mark.parametrize("language", OTHERS)
def test_every_reason_of_the_desk_that_people_meet_is_told_in_their_language(language: str) -> None:
    named = {code for rules in RULES for code in re.findall(r', "([a-z_]+)"\)', rules.read_text()) if "_" in code}
    assert {"not_voter", "no_code", "owner_only", "wrong_code"} <= named
    assert named <= catalogue(language)["refused"].keys()


def refusal(**body: str) -> Refused:
    return Refused({"error": "the job is SUCCESS; you can: look at its ticket", "kind": "refused"} | body)


def test_a_refusal_is_told_by_its_code_and_in_english_where_nobody_knows_it() -> None:
    assert "स्थिति" in told(refusal(code="state.SUCCESS"), Texts("hi"))
    assert "“booked”" in told(refusal(code="state.SUCCESS"), Texts("en"))
    assert told(refusal(code="never_heard"), Texts("hi")) == "The job is SUCCESS; you can: look at its ticket"
    assert told(refusal(), Texts("hi")) == "The job is SUCCESS; you can: look at its ticket"


def test_a_field_that_people_never_see_is_not_named_to_them() -> None:
    body = {"error": 'limit_order: "abc" is no limit. Allowed: rupees above 0.', "field": "limit_order"}
    assert told(Refused(body), Texts("en")) == '"abc" is no limit. Allowed: rupees above 0.'
    wrong = BadInput("time", '"25:00" is not a time range', "HH:MM-HH:MM", "18:00-22:00")
    assert told(wrong, Texts("hi")) == '"25:00" is not a time range. Allowed: HH:MM-HH:MM. Example: 18:00-22:00.'


def test_lists_of_words_have_their_length() -> None:
    for language in LANGUAGES:
        words = catalogue(language)["words"]
        assert (len(words["weekdays"].split()), len(words["months"].split())) == (7, 12)
