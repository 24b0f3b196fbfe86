"""Both catalogues say the same things with the same placeholders."""

import re
from pathlib import Path

import pytest

import bot
from bot.refusals import told
from bot.texts import LANGUAGES, Texts, catalogue
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
    assert english.keys() | {"refused"} == other.keys()  # in English the desk's own words are told
    for section, texts in english.items():
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
    assert told(refusal(code="state.SUCCESS"), Texts("en")) == "the job is SUCCESS; you can: look at its ticket"
    assert told(refusal(code="never_heard"), Texts("hi")) == "the job is SUCCESS; you can: look at its ticket"
    assert told(refusal(), Texts("hi")) == "the job is SUCCESS; you can: look at its ticket"


def test_lists_of_words_have_their_length() -> None:
    for language in LANGUAGES:
        words = catalogue(language)["words"]
        assert (len(words["weekdays"].split()), len(words["months"].split())) == (7, 12)
