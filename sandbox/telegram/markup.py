"""Keyboards under a message: read, checked, refused as Telegram refuses."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.errors import bad
from sandbox.telegram.params import Params
from sandbox.telegram.store import Json, dumped

MOST_BUTTONS = 100
MOST_IN_A_ROW = 8
MOST_BYTES = 10_000
ACTIONS = ("callback_data", "url", "copy_text", "switch_inline_query", "switch_inline_query_current_chat", "web_app")
OTHERS = ("keyboard", "remove_keyboard", "force_reply")


def read_markup(params: Params, *, inline_only: bool = False) -> Json | None:
    """The call's reply_markup; None where there is none or it is an empty keyboard. Raises 400."""
    value = params.parsed("reply_markup", "reply keyboard markup")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in value:
        rows = _rows(value["inline_keyboard"])
        return {"inline_keyboard": rows} if rows else None
    if not any(name in value for name in OTHERS):
        return None
    if inline_only:
        raise bad("inline keyboard expected")
    return value


def _rows(value: Any) -> list[list[Json]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad('field "inline_keyboard" must be an Array of Arrays')
    rows = [[_button(button) for button in row] for row in value if row]
    too_many = sum(map(len, rows)) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in rows)
    if too_many or len(dumped(rows).encode()) > MOST_BYTES:
        raise bad("reply markup is too long")
    return rows


def _button(value: Any) -> Json:
    if not isinstance(value, dict):
        raise bad("can't parse inline keyboard button: expected an Object")
    text = value.get("text")
    if not isinstance(text, str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise bad("can't parse inline keyboard button: text must be non-empty")
    if not any(value.get(name) is not None for name in ACTIONS):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = value.get("callback_data")
    if data is not None and not (isinstance(data, str) and 1 <= len(data.encode()) <= 64):
        raise bad("BUTTON_DATA_INVALID")
    url = value.get("url")
    if url is not None and not (isinstance(url, str) and "://" in url):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    copied = value.get("copy_text")
    if copied is not None and not (isinstance(copied, dict) and 1 <= len(str(copied.get("text", ""))) <= 256):
        raise bad("BUTTON_COPY_TEXT_INVALID")
    return {name: part for name, part in value.items() if part is not None}
