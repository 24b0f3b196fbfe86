"""Both catalogues say the same things with the same placeholders."""

import re
from pathlib import Path

import pytest

import bot
from bot.texts import LANGUAGES, catalogue

SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in Path(bot.__file__).parent.rglob("*.py"))
OTHERS = [language for language in LANGUAGES if language != "en"]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)[^}]*}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing_and_no_placeholder_differs(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert english.keys() == other.keys()
    for section, texts in english.items():
        assert texts.keys() == other[section].keys(), section
        for key, text in texts.items():
            assert placeholders(text) == placeholders(other[section][key]), f"{section}.{key}"


def test_every_text_that_is_asked_for_by_name_exists() -> None:
    asked = set(re.findall(r"""\bt\(["']([a-z_]+\.\w+)["']""", SOURCE))
    assert len(asked) > 100
    known = {f"{section}.{key}" for section, texts in catalogue("en").items() for key in texts}
    assert asked <= known


def test_lists_of_words_have_their_length() -> None:
    for language in LANGUAGES:
        words = catalogue(language)["words"]
        assert (len(words["weekdays"].split()), len(words["months"].split())) == (7, 12)
