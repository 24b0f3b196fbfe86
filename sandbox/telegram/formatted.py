"""Formatted text as a call gives it: parsed, trimmed, with what Telegram finds in it by itself."""

from __future__ import annotations

import re
from typing import Any

from sandbox.telegram.entities import parse_html, width
from sandbox.telegram.errors import bad
from sandbox.telegram.params import Params
from sandbox.telegram.store import Json

TYPES = {
    *("bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "text_mention"),
    *("blockquote", "expandable_blockquote", "custom_emoji", "date_time"),
    *("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"),
}
SURE = {"code", "pre", "text_link", "text_mention", "custom_emoji"}  # nothing is sought inside these
FINDERS = (
    ("url", re.compile(r"\bhttps?://[^\s<>\"]+|\b(?:t\.me|telegram\.me)/[^\s<>\"]+", re.I)),
    ("email", re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", re.I)),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{2,31}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d_])\w{1,255}")),
    ("bot_command", re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
)


def found_in(text: str, given: list[Json]) -> list[Json]:
    """Links, mentions, commands, hashtags and addresses that nobody marked, outside code and links."""
    taken = [(e["offset"], e["offset"] + e["length"]) for e in given if e["type"] in SURE]
    found: list[Json] = []
    for kind, pattern in FINDERS:
        for match in pattern.finditer(text):
            said = match.group().rstrip(".,:;!?)»'") if kind == "url" else match.group()
            start = width(text[: match.start()])
            end = start + width(said)
            if all(end <= a or start >= b for a, b in taken):
                taken.append((start, end))
                found.append({"type": kind, "offset": start, "length": end - start})
    return found


def sorted_entities(entities: list[Json]) -> list[Json]:
    """Telegram's order: by place, the longer first."""
    return sorted(entities, key=lambda e: (e["offset"], -e["length"], e["type"]))


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Text without outer white space; entities moved and cut to fit, empty ones gone."""
    left = width(text) - width(text.lstrip())
    text = text.strip()
    size = width(text)
    kept: list[Json] = []
    for entity in entities:
        start = max(0, entity["offset"] - left)
        end = min(size, entity["offset"] + entity["length"] - left)
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    return text, kept


def _given(value: Any, text: str) -> list[Json]:
    """Entities as a call lists them, checked."""
    if not isinstance(value, list):
        raise bad("can't parse message entities: expected an Array of MessageEntity")
    size = width(text)
    checked: list[Json] = []
    for entity in value:
        if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
            raise bad('can\'t parse MessageEntity: expected an Object with field "type"')
        start, length = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(length, int):
            raise bad('can\'t parse MessageEntity: fields "offset" and "length" must be of type Number')
        if entity["type"] not in TYPES or length <= 0:
            continue
        if start < 0 or start + length > size:
            raise bad("ENTITY_BOUNDS_INVALID")
        checked.append({name: part for name, part in entity.items() if part is not None})
    return checked


def read_text(params: Params, name: str, entities: str) -> tuple[str, list[Json]]:
    """The formatted text of a call: `entities` wins over `parse_mode`. Raises 400."""
    text = params.text(name).replace("\r", "")
    given = params.parsed(entities, "message entities")
    mode = params.text("parse_mode").strip().lower()
    if given is not None:
        marked = _given(given, text)
    elif mode == "html":
        text, marked = parse_html(text)
    elif mode in {"", "none"}:
        marked = []
    elif mode in {"markdown", "markdownv2"}:
        raise bad("can't parse entities: this local server reads HTML and entities only, not Markdown")
    else:
        raise bad("unsupported parse_mode")
    text, marked = trimmed(text, marked)
    return text, sorted_entities(marked + found_in(text, marked))


def content_of(name: str, text: str, entities: list[Json]) -> Json:
    """The Message fields of a text or a caption."""
    if not text:
        return {}
    key = "entities" if name == "text" else "caption_entities"
    return {name: text} | ({key: entities} if entities else {})
