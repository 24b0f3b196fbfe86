"""Everything the chat says, in one catalogue a language; a test compares their keys and placeholders."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = {"en": "English", "hi": "हिन्दी"}


@cache
def catalogue(language: str) -> dict[str, dict[str, str]]:
    """Section → key → text of one language (a key of LANGUAGES)."""
    return tomllib.loads(files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))


class Texts:
    """The catalogue in one person's language; a language that usher does not speak becomes English."""

    def __init__(self, language: str = "en") -> None:
        self.language = language if language in LANGUAGES else "en"

    @classmethod
    def of(cls, chosen: str | None, telegram: str | None) -> Texts:
        """In the language that somebody chose, else in that of their Telegram (`hi`, `en-GB`), else in English."""
        return cls(chosen or (telegram or "en")[:2])

    def __call__(self, key: str, **values: Any) -> str:
        """The text `section.name` with its placeholders filled. Raises KeyError for an unknown key."""
        section, name = key.split(".", 1)
        return catalogue(self.language)[section][name].format(**values)

    def counted(self, key: str, many: int, /, **values: Any) -> str:
        """The same, with the wording for one (`…_one`) where there is just one."""
        return self(f"{key}_one" if many == 1 else key, **values)
