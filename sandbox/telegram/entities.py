"""Telegram's HTML: tags into plain text and entities, with its own errors, byte for byte.

Offsets and lengths of entities count UTF-16 code units, offsets in errors count bytes of UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from sandbox.telegram.errors import bad
from sandbox.telegram.store import Json

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
SPACE = b" \t\r\n\0\v"
END = 0  # what stands behind the last byte


def width(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    start: int  # in result


class _Reader:
    def __init__(self, text: str) -> None:
        self.bytes = text.encode() + b"\0"
        self.length = len(self.bytes) - 1
        self.at = 0
        self.result: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def fail(self, text: str) -> NoReturn:
        raise bad(f"can't parse entities: {text}")

    def peek(self) -> int:
        return self.bytes[self.at] if self.at <= self.length else END

    def skip(self, stop: bytes) -> bytes:
        """Bytes up to one of `stop` or the end."""
        start = self.at
        while self.at < self.length and self.bytes[self.at] not in stop:
            self.at += 1
        return self.bytes[start : self.at]

    def skip_space(self) -> None:
        while self.at < self.length and self.bytes[self.at] in SPACE:
            self.at += 1

    def put(self, text: str) -> None:
        self.result.append(text)
        self.offset += width(text)

    def entity(self) -> str | None:
        """The character of `&lt;`, `&#60;` and such at this place, or None where it is plain text."""
        end = self.at + 1
        if self.bytes[end : end + 1] == b"#":
            end += 1
            base, digits = 10, b"0123456789"
            if self.bytes[end : end + 1] == b"x":
                end, base, digits = end + 1, 16, b"0123456789abcdefABCDEF"
            start = end
            while self.bytes[end] in digits:
                end += 1
            number = int(self.bytes[start:end] or b"0", base)
            if number == 0 or number >= 0x10FFFF or 0xD800 <= number < 0xE000 or end - self.at >= 10:
                return None
            found = chr(number)
        else:
            while self.bytes[end : end + 1].isalpha():
                end += 1
            name = NAMED.get(self.bytes[self.at + 1 : end])
            if name is None:
                return None
            found = name
        self.at = end + 1 if self.bytes[end : end + 1] == b";" else end
        return found

    def read(self) -> tuple[str, list[Json]]:
        while self.at < self.length:
            if self.peek() == ord("&") and (found := self.entity()) is not None:
                self.put(found)
            elif self.peek() == ord("<"):
                begin = self.at
                self.at += 1
                if self.peek() == ord("/"):
                    self.end_tag(begin)
                else:
                    self.start_tag(begin)
            else:
                start = self.at
                self.at += 1
                self.skip(b"<&")
                self.put(self.bytes[start : self.at].decode())
        if self.open:
            self.fail(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.result), self.entities

    def start_tag(self, begin: int) -> None:
        tag = self.skip(SPACE + b">").decode().lower()
        if self.at >= self.length:
            self.fail(f"Unclosed start tag at byte offset {begin}")
        if tag not in TAGS:
            self.fail(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = ""
        while True:
            self.skip_space()
            if self.peek() == ord(">"):
                break
            name, value = self.attribute(tag, begin)
            argument = _argument(tag, name, value, argument)
        self.at += 1
        if tag == "span" and argument != "spoiler":
            self.fail(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, argument, self.offset, len(self.result)))

    def attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name = self.skip(SPACE + b"=>").decode()
        if not name:
            if self.at >= self.length:
                self.fail(f"Unclosed start tag at byte offset {begin}")
            self.fail(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self.skip_space()
        if self.peek() != ord("="):
            if self.at >= self.length:
                self.fail(f"Unclosed start tag at byte offset {begin}")
            return name, ""
        self.at += 1
        self.skip_space()
        if self.at >= self.length:
            self.fail(f"Unclosed start tag at byte offset {begin}")
        value = self.quoted() if self.peek() in b"'\"" else self.token()
        if self.at >= self.length:
            self.fail(f"Unclosed start tag at byte offset {begin}")
        return name, value

    def token(self) -> str:
        start = self.at
        while self.at < self.length and (self.bytes[self.at : self.at + 1].isalnum() or self.peek() in b".-"):
            self.at += 1
        if self.peek() not in SPACE + b">":
            self.fail(f"Unexpected end of name token at byte offset {start}")
        return self.bytes[start : self.at].decode().lower()

    def quoted(self) -> str:
        quote = self.peek()
        self.at += 1
        value: list[str] = []
        while self.at < self.length and self.peek() != quote:
            if self.peek() == ord("&") and (found := self.entity()) is not None:
                value.append(found)
                continue
            start = self.at
            self.at += 1
            self.skip(bytes([quote]) + b"&")
            value.append(self.bytes[start : self.at].decode())
        if self.peek() == quote:
            self.at += 1
        return "".join(value)

    def end_tag(self, begin: int) -> None:
        if not self.open:
            self.fail(f"Unexpected end tag at byte offset {begin}")
        self.at += 1
        name = self.skip(SPACE + b">").decode().lower()
        self.skip_space()
        if self.peek() != ord(">"):
            self.fail(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        last = self.open.pop()
        if name and name != last.tag:
            self.fail(f'Unmatched end tag at byte offset {begin}, expected "</{last.tag}>", found "</{name}>"')
        if self.offset > last.offset:
            self.close(last)

    def close(self, last: _Open) -> None:
        entity: Json = {"type": TAGS[last.tag], "offset": last.offset, "length": self.offset - last.offset}
        match last.tag:
            case "a":
                link = _link(last.argument or "".join(self.result[last.start :]))
                if not link:
                    return
                entity["url"] = link
            case "blockquote" if last.argument:
                entity["type"] = "expandable_blockquote"
            case "tg-emoji":
                entity["custom_emoji_id"] = last.argument
            case "tg-time":
                entity["unix_time"] = int(last.argument) if last.argument.isdigit() else 0
            case "code" if last.argument:
                entity["language"] = last.argument
        before = self.entities[-1] if self.entities else None
        if before and last.tag in {"code", "pre"} and {before["type"], entity["type"]} == {"code", "pre"}:
            same = (before["offset"], before["length"]) == (entity["offset"], entity["length"])
            if same and (language := before.get("language") or entity.get("language")):
                self.entities[-1] = entity | {"type": "pre", "language": language}
                return
        self.entities.append(entity)


def _argument(tag: str, name: str, value: str, before: str) -> str:
    match tag, name:
        case "a", "href":
            return value
        case "code", "class" if value.startswith("language-"):
            return value[9:]
        case "span", "class" if value.startswith("tg-"):
            return value[3:]
        case ("tg-emoji", "emoji-id") | ("tg-time", "unix"):
            return value
        case "blockquote", "expandable":
            return "1"
    return before


def _link(url: str) -> str:
    """A link as Telegram keeps it: with a scheme and a path; "" where it is none."""
    url = url.strip()
    scheme, found, rest = url.partition("://")
    if not found:
        if url.startswith(("tg:", "mailto:", "tel:")):
            return url
        scheme, rest = "http", url
    if scheme.lower() not in {"http", "https", "tg", "ton", "tonsite"} or not rest or any(c in rest for c in " \n<>"):
        return ""
    if scheme.lower() in {"tg", "ton", "tonsite"}:
        return f"{scheme}://{rest}"
    host = rest.split("/")[0].split("?")[0].split("#")[0]
    if "." not in host and not host.startswith("localhost"):
        return ""
    return f"{scheme.lower()}://{rest}" + ("/" if rest == host else "")


def parse_html(text: str) -> tuple[str, list[Json]]:
    """Plain text and its entities, innermost first. Raises 400 `can't parse entities: …`."""
    text, entities = _Reader(text).read()
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return text, entities
