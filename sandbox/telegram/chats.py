"""The messages of every chat: kept, changed, and shown as the Bot API and the page show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.live import Live
from sandbox.telegram.people import People
from sandbox.telegram.store import Json, Store, dumped, loaded

PAGE_ONLY = {"silent"}  # parts of a content that no Bot API Message has


@dataclass(frozen=True)
class Message:
    """One message as it is now. `content`: the fields of a Bot API Message that hold what it says."""

    chat: int
    id: int
    sender: int
    at: int
    content: Json
    markup: Json | None
    reply_to: int | None
    album: str | None
    edited: int | None
    reaction: list[Json] | None
    version: int

    @property
    def keyboard(self) -> list[list[Json]]:
        """Rows of inline buttons."""
        rows: list[list[Json]] = (self.markup or {}).get("inline_keyboard", [])
        return rows

    def offers(self, data: str) -> bool:
        """Whether a button of this data is on the message now."""
        return any(button.get("callback_data") == data for row in self.keyboard for button in row)


def _message(row: Json) -> Message:
    return Message(
        row["chat"],
        row["id"],
        row["sender"],
        row["at"],
        loaded(row["content"]),
        loaded(row["markup"]),
        row["reply_to"],
        row["album"],
        row["edited"],
        loaded(row["reaction"]),
        row["version"],
    )


class Chats:
    """Every message. Ids ascend: one counter for all private chats together, one for each supergroup."""

    def __init__(self, store: Store, people: People, live: Live, now: Callable[[], float]) -> None:
        self._store = store
        self._people = people
        self._live = live
        self._now = now

    def _next_id(self, chat: int) -> int:
        if chat > 0:
            return self._store.count("private_messages")
        self._store.run("UPDATE chats SET last_id = last_id + 1 WHERE id = :chat", chat=chat)
        return int(self._store.value("SELECT last_id FROM chats WHERE id = :chat", chat=chat))

    def post(
        self,
        chat: int,
        sender: int,
        content: Json,
        *,
        markup: Json | None = None,
        reply_to: int | None = None,
        album: str | None = None,
    ) -> Message:
        """Put a message into a chat and show it."""
        with self._store.together():
            number = self._next_id(chat)
            self._store.run(
                """
                INSERT INTO messages (chat, id, sender, at, content, markup, reply_to, album)
                VALUES (:chat, :id, :sender, :at, :content, :markup, :reply_to, :album)
                """,
                chat=chat,
                id=number,
                sender=sender,
                at=int(self._now()),
                content=dumped(content),
                markup=dumped(markup) if markup else None,
                reply_to=reply_to,
                album=album,
            )
            if markup and "inline_keyboard" not in markup:
                self._set_keyboard(chat, markup)
            if sender != self._people.bot_id:
                self.read(chat, sender, number, tell=False)
        message = self.find(chat, number)
        self._live.emit("message", chat=chat, message=self.shown(message))
        return message

    def _set_keyboard(self, chat: int, markup: Json) -> None:
        kept = None if markup.get("remove_keyboard") else dumped(markup)
        self._store.run("UPDATE chats SET keyboard = :kept WHERE id = :chat", kept=kept, chat=chat)
        self._live.emit("keyboard", chat=chat, keyboard=loaded(kept))

    def keyboard_used(self, chat: int) -> None:
        """Take away a reply keyboard that is for one use, and any request for a reply."""
        markup = loaded(self._store.value("SELECT keyboard FROM chats WHERE id = :chat", chat=chat)) or {}
        if markup.get("one_time_keyboard") or markup.get("force_reply"):
            self._set_keyboard(chat, {"remove_keyboard": True})

    def get(self, chat: int, number: int) -> Message | None:
        """A message that exists and is not deleted."""
        if not 0 < number < 2**31:
            return None
        sql = "SELECT * FROM messages WHERE chat = :chat AND id = :id AND NOT deleted"
        row = self._store.one(sql, chat=chat, id=number)
        return _message(row) if row else None

    def find(self, chat: int, number: int) -> Message:
        """A message known to exist. Raises LookupError."""
        message = self.get(chat, number)
        if message is None:
            raise LookupError(f"no message {number} in chat {chat}")
        return message

    def change(self, message: Message, content: Json, markup: Json | None, *, edited: bool = True) -> Message:
        """Replace what a message says and its keyboard; the version before is kept."""
        keep = {"chat": message.chat, "id": message.id}
        with self._store.together():
            self._store.run(
                "INSERT INTO versions SELECT chat, id, version, content, markup FROM messages "
                "WHERE chat = :chat AND id = :id",
                **keep,
            )
            self._store.run(
                """
                UPDATE messages
                   SET content = :content, markup = :markup, version = version + 1,
                       edited = CASE WHEN :edited THEN :at ELSE edited END
                 WHERE chat = :chat AND id = :id
                """,
                content=dumped(content),
                markup=dumped(markup) if markup else None,
                edited=edited,
                at=int(self._now()),
                **keep,
            )
        changed = self.find(message.chat, message.id)
        self._live.emit("edit", chat=message.chat, message=self.shown(changed))
        return changed

    def react(self, message: Message, reaction: list[Json]) -> None:
        """Set the bot's reaction."""
        sql = "UPDATE messages SET reaction = :reaction WHERE chat = :chat AND id = :id"
        self._store.run(sql, reaction=dumped(reaction) if reaction else None, chat=message.chat, id=message.id)
        changed = self.find(message.chat, message.id)
        self._live.emit("edit", chat=message.chat, message=self.shown(changed))

    def delete(self, chat: int, number: int) -> None:
        """Delete for everybody, and unpin."""
        keep = {"chat": chat, "id": number}
        with self._store.together():
            self._store.run("UPDATE messages SET deleted = 1 WHERE chat = :chat AND id = :id", **keep)
            self._store.run("UPDATE chats SET pinned = NULL WHERE id = :chat AND pinned = :id", **keep)
        self._live.emit("delete", chat=chat, message_id=number, pinned=self.pinned(chat))

    def pin(self, chat: int, number: int | None) -> None:
        """Pin a message, or none."""
        self._store.run("UPDATE chats SET pinned = :id WHERE id = :chat", id=number, chat=chat)
        self._live.emit("pin", chat=chat, pinned=self.pinned(chat))

    def pinned(self, chat: int) -> Json | None:
        """The pinned message as the page shows it."""
        number = self._store.value("SELECT pinned FROM chats WHERE id = :chat", chat=chat)
        message = self.get(chat, number) if number else None
        return self.shown(message) if message else None

    def versions(self, chat: int, number: int) -> list[Json]:
        """What an edited message was before, oldest first."""
        sql = "SELECT version, content, markup FROM versions WHERE chat = :chat AND id = :id ORDER BY version"
        rows = self._store.all(sql, chat=chat, id=number)
        return [loaded(r["content"]) | {"version": r["version"], "markup": loaded(r["markup"])} for r in rows]

    def history(self, chat: int, before: int | None = None, limit: int = 50) -> list[Message]:
        """The newest messages before an id, oldest first."""
        sql = """
            SELECT * FROM messages
             WHERE chat = :chat AND NOT deleted AND (:before IS NULL OR id < :before)
             ORDER BY id DESC
             LIMIT :limit
            """
        return [_message(row) for row in reversed(self._store.all(sql, chat=chat, before=before, limit=limit))]

    def read(self, chat: int, person: int, number: int, *, tell: bool = True) -> None:
        """Note how far a person has read."""
        self._store.run(
            """
            INSERT INTO reads VALUES (:chat, :person, :id)
                ON CONFLICT (chat, person) DO UPDATE SET message = max(message, :id)
            """,
            chat=chat,
            person=person,
            id=number,
        )
        if tell:
            self._live.emit("read", chat=chat, user=person, message_id=number)

    def unread(self, chat: int, person: int) -> int:
        """How many messages of others a person has not read."""
        sql = """
            SELECT count(*) FROM messages
             WHERE chat = :chat AND sender != :person AND NOT deleted
               AND id > coalesce((SELECT message FROM reads WHERE chat = :chat AND person = :person), 0)
            """
        return int(self._store.value(sql, chat=chat, person=person))

    def rendered(self, message: Message, deep: bool = True) -> Json:
        """A message as the Bot API gives it; the message it replies to is one level deep."""
        shown: Json = {
            "message_id": message.id,
            "from": self._people.user(message.sender),
            "chat": self._people.chat(message.chat),
            "date": message.at,
        }
        if message.edited:
            shown["edit_date"] = message.edited
        if deep and message.reply_to is not None and (target := self.get(message.chat, message.reply_to)):
            shown["reply_to_message"] = self.rendered(target, deep=False)
        if message.album:
            shown["media_group_id"] = message.album
        shown |= {name: part for name, part in message.content.items() if name not in PAGE_ONLY}
        if message.keyboard:
            shown["reply_markup"] = message.markup
        return shown

    def shown(self, message: Message) -> Json:
        """A message as the page gets it: the Bot API's form and what only the page needs."""
        more: dict[str, Any] = {"version": message.version, "out": message.sender != self._people.bot_id}
        more |= {name: message.content[name] for name in PAGE_ONLY & message.content.keys()}
        if message.reaction:
            more["reaction"] = message.reaction
        return self.rendered(message) | more
