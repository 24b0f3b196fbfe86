"""The desk's no in a reader's language. The desk gives its reasons in English, and a stable code beside."""

from __future__ import annotations

from bot.texts import Texts
from events.errors import BadInput, UsherError
from services.asking import Refused


def told(refused: UsherError, t: Texts) -> str:
    """The reason in the reader's words; as the desk gave it where the catalogue does not know its code."""
    if not isinstance(refused, Refused):
        return _plain(refused, refused.field if isinstance(refused, BadInput) else "")
    name, _, detail = str(refused.body.get("code", "")).partition(".")
    try:
        if name == "state":
            return t("refused.state", state=t(f"jobs.state_{detail}"))
        key = f"{name}_{detail.replace(' ', '_').lower()}" if detail else name
        return t(f"refused.{key}", **refused.body.get("values", {}))
    except KeyError:
        return _plain(refused, str(refused.body.get("field", "")))


def _plain(refused: UsherError, field: str) -> str:
    """The desk's own words as a sentence: without the name of the field, which people never see."""
    text = str(refused).removeprefix(f"{field}: ").replace("`", "")
    return text[:1].upper() + text[1:]
