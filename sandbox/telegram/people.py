"""The bot, the people, their chats and who is in them."""

from __future__ import annotations

import secrets

from sandbox.telegram.errors import Refused, bad, forbidden
from sandbox.telegram.store import Json, Store

GROUP = -1001000000001
DEFAULT_PEOPLE = ((1001, "Asha", "asha"), (1002, "Ravi", "ravi"))
INSIDE = {"creator", "administrator", "member"}


class People:
    """Who exists. The bot's id is the part of its token before the colon."""

    def __init__(self, store: Store) -> None:
        self._store = store
        number = store.kept("bot_id", lambda: str(7_000_000_000 + secrets.randbelow(900_000_000)))
        self.bot_id = int(number)
        self.bot_token = store.kept("bot_token", lambda: f"{number}:AA{secrets.token_urlsafe(25)[:33]}")
        if not store.value("SELECT count(*) FROM people"):
            self._settle()

    def _settle(self) -> None:
        with self._store.together():
            for number, name, username in DEFAULT_PEOPLE:
                self.add(number, name, username=username)
            self.add_group("Film club", [number for number, *_ in DEFAULT_PEOPLE], GROUP)

    def bot(self) -> Json:
        """The bot as a User."""
        name = self._store.kept("bot_name", lambda: "Usher")
        username = self._store.kept("bot_username", lambda: "usher_local_bot")
        return {"id": self.bot_id, "is_bot": True, "first_name": name, "username": username}

    def reads_all(self) -> bool:
        """Whether privacy mode is off: the bot sees every message of its groups."""
        return self._store.kept("bot_reads_all", lambda: "0") == "1"

    def me(self) -> Json:
        """What getMe answers."""
        return self.bot() | {
            "can_join_groups": True,
            "can_read_all_group_messages": self.reads_all(),
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def add(self, number: int, first_name: str, **more: str | None) -> None:
        """Add a person and their private chat, or change their names."""
        if number <= 0 or not first_name.strip():
            raise Refused("a person needs a positive id and a first_name")
        values = {"last_name": None, "username": None, "language_code": "en"} | more
        self._store.run(
            """
            INSERT INTO people (id, first_name, last_name, username, language_code)
            VALUES (:id, :first_name, :last_name, :username, :language_code)
                ON CONFLICT (id) DO UPDATE
               SET first_name = :first_name, last_name = :last_name, username = :username,
                   language_code = :language_code
            """,
            id=number,
            first_name=first_name.strip(),
            **values,
        )
        self._store.run("INSERT OR IGNORE INTO chats (id, type) VALUES (:id, 'private')", id=number)

    def add_group(self, title: str, members: list[int], number: int | None = None, bot: str = "member") -> int:
        """Make a supergroup with these people; `bot` is the bot's status in it. Returns the chat's id."""
        chat = number if number is not None else -1001000000000 - self._store.count("groups", 1)
        if chat >= -1000000000000:
            raise Refused("a supergroup's id starts with -100 and has 13 digits")
        with self._store.together():
            self._store.run(
                "INSERT OR REPLACE INTO chats (id, type, title) VALUES (:chat, 'supergroup', :title)",
                chat=chat,
                title=title,
            )
            for place, member in enumerate(members):
                self.set_status(chat, member, "member" if place else "creator")
            self.set_status(chat, self.bot_id, bot)
        return chat

    def set_status(self, chat: int, person: int, status: str) -> None:
        """Set what someone is in a group: creator, administrator, member, left or kicked."""
        self._store.run(
            "INSERT OR REPLACE INTO members VALUES (:chat, :person, :status)", chat=chat, person=person, status=status
        )

    def status(self, chat: int, person: int) -> str:
        """What someone is in a chat; `left` for strangers."""
        if chat > 0:
            return "member" if person in {chat, self.bot_id} else "left"
        sql = "SELECT status FROM members WHERE chat = :chat AND person = :person"
        return str(self._store.value(sql, chat=chat, person=person) or "left")

    def row(self, number: int) -> Json | None:
        """A person's row."""
        return self._store.one("SELECT * FROM people WHERE id = :id", id=number)

    def user(self, number: int) -> Json:
        """Someone as a User."""
        if number == self.bot_id:
            return self.bot()
        row = self.row(number)
        if row is None:
            raise bad("user not found")
        shown: Json = {"id": number, "is_bot": False, "first_name": row["first_name"]}
        return shown | {name: row[name] for name in ("last_name", "username", "language_code") if row[name]}

    def everyone(self) -> list[Json]:
        """Every person's row."""
        return self._store.all("SELECT * FROM people ORDER BY id")

    def chat_row(self, chat: int) -> Json | None:
        """A chat's row."""
        return self._store.one("SELECT * FROM chats WHERE id = :id", id=chat)

    def chat(self, chat: int) -> Json:
        """A chat as a Chat."""
        row = self.chat_row(chat)
        if row is None:
            raise bad("chat not found")
        if row["type"] == "supergroup":
            return {"id": chat, "title": row["title"], "type": "supergroup"}
        person = self.user(chat)
        names: Json = {name: person[name] for name in ("first_name", "last_name", "username") if name in person}
        return {"id": chat} | names | {"type": "private"}

    def members(self, chat: int) -> list[int]:
        """Ids of the people in a chat, without the bot."""
        if chat > 0:
            return [chat]
        sql = "SELECT person, status FROM members WHERE chat = :chat ORDER BY person"
        rows = self._store.all(sql, chat=chat)
        return [row["person"] for row in rows if row["status"] in INSIDE and row["person"] != self.bot_id]

    def chats_of(self, person: int) -> list[int]:
        """Ids of the chats a person is in, the private one first."""
        sql = "SELECT chat, status FROM members WHERE person = :person ORDER BY chat DESC"
        return [person] + [row["chat"] for row in self._store.all(sql, person=person) if row["status"] in INSIDE]

    def reach(self, chat: int) -> Json:
        """The Chat the bot may write to. Raises ApiError as Telegram does: unknown, blocked, not a member."""
        row = self.chat_row(chat)
        if row is None:
            raise bad("chat not found")
        if row["type"] == "supergroup":
            status = self.status(chat, self.bot_id)
            if status == "kicked":
                raise forbidden("bot was kicked from the supergroup chat")
            if status not in INSIDE:
                raise forbidden("bot is not a member of the supergroup chat")
            return self.chat(chat)
        person = self.row(chat) or {}
        if person["blocked"]:
            raise forbidden("bot was blocked by the user")
        if not person["started"]:
            met = "SELECT 1 FROM messages WHERE sender = :id"
            if self._store.value(met, id=chat):
                raise forbidden("bot can't initiate conversation with a user")
            raise bad("chat not found")
        return self.chat(chat)
