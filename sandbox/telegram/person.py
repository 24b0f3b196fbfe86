"""A person at the chat page, over the page's own HTTP API: for tests, the demo and scripts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import aiohttp

from sandbox.telegram.errors import Refused
from sandbox.telegram.store import Json

ASHA, RAVI, FILM_CLUB = 1001, 1002, -1001000000001


class Person:
    """Does what someone can do at the page, and waits for what they would see.

    `url` and `token` are Telegram.url and .page_token; `chat` defaults to the private chat with the bot everywhere.
    Every refusal is a Refused whose text says what was wrong.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, user: int = ASHA) -> None:
        self._session = session
        self._url = f"{url}/chat/api"
        self._headers = {"Authorization": f"Bearer {token}"}
        self.user = user

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        async with self._session.request(method, f"{self._url}/{path}", headers=self._headers, **more) as answer:
            body = await answer.json(content_type=None)
            if answer.status != 200:
                raise Refused(body["error"])
            return body

    async def _do(self, what: str, **body: Any) -> Any:
        return await self._ask("POST", what, json={"user": self.user} | body)

    async def say(self, text: str, chat: int | None = None, reply_to: int | None = None) -> Json:
        """Send a text; the message."""
        sent: Json = await self._do("send", text=text, chat=chat or self.user, reply_to=reply_to)
        return sent

    async def upload(self, data: bytes, name: str, chat: int | None = None, caption: str = "") -> Json:
        """Send a photo (.png, .jpg) or a document; the message."""
        kind = "photo" if name.lower().endswith((".png", ".jpg", ".jpeg")) else "document"
        where = {"user": self.user, "chat": chat or self.user, "kind": kind, "name": name, "caption": caption}
        sent: Json = await self._ask("POST", "upload", params=where, data=data)
        return sent

    async def press(self, message: int, data: str, chat: int | None = None, *, force: bool = False) -> str:
        """Press the button of this data; the callback's id. `force`: one of an old version or a deleted message too."""
        told = await self._do("press", message=message, data=data, chat=chat or self.user, force=force)
        return str(told["callback"])

    async def press_label(self, message: Json, label: str) -> str:
        """Press the first button whose label contains this text. Raises Refused naming the labels there are."""
        keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [button for row in keyboard for button in row]
        for button in buttons:
            if label in button["text"] and "callback_data" in button:
                return await self.press(message["message_id"], button["callback_data"], message["chat"]["id"])
        raise Refused(f'no button "{label}"; there are: {", ".join(button["text"] for button in buttons) or "none"}')

    async def edit(self, message: int, text: str, chat: int | None = None) -> Json:
        """Edit a text of one's own."""
        changed: Json = await self._do("edit", message=message, text=text, chat=chat or self.user)
        return changed

    async def delete(self, message: int, chat: int | None = None) -> None:
        """Delete a message for everybody."""
        await self._do("delete", message=message, chat=chat or self.user)

    async def block(self) -> None:
        """Block the bot."""
        await self._do("block")

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self._do("unblock")

    async def state(self) -> Json:
        """Bot, people and this person's chats."""
        found: Json = await self._ask("GET", "state", params={"user": self.user})
        return found

    async def messages(self, chat: int | None = None, limit: int = 200) -> list[Json]:
        """The newest messages of a chat, oldest first."""
        where = {"user": self.user, "chat": chat or self.user, "limit": limit}
        found: list[Json] = (await self._ask("GET", "messages", params=where))["messages"]
        return found

    async def file(self, file_id: str) -> bytes:
        """A photo's or document's bytes."""
        async with self._session.get(f"{self._url}/file/{file_id}", headers=self._headers) as answer:
            if answer.status != 200:
                raise Refused((await answer.json())["error"])
            return await answer.read()

    async def now(self) -> int:
        """The number of the last change, to be given to `changes`."""
        return int((await self.state())["now"])

    async def changes(self, after: int, timeout: float = 25) -> tuple[list[Json], int]:
        """What changed after a number, in any chat; waits for something. Also the number to go on from."""
        told = await self._ask("GET", "wait", params={"after": after, "timeout": timeout})
        return told["changes"], told["now"]

    async def see(self, fits: Callable[[Json], object], chat: int | None = None, timeout: float = 30) -> Json:
        """The newest message of the chat that fits, waited for: it may be there, arrive, or become so by an edit.

        Raises TimeoutError that shows what the chat holds instead.
        """
        end = time.monotonic() + timeout
        after = await self.now()
        while True:
            seen = await self.messages(chat, limit=50)
            for message in reversed(seen):
                if fits(message):
                    return message
            left = end - time.monotonic()
            if left <= 0:
                last = [message.get("text") or message.get("caption") or "(no text)" for message in seen[-5:]]
                raise TimeoutError(f"nothing fits in chat {chat or self.user}; its last texts: {last}")
            _, after = await self.changes(after, min(left, 10))

    async def answer(self, callback: str, timeout: float = 30) -> Json:
        """The bot's answer to a press, waited for: {text, alert, url}. Raises TimeoutError."""
        end = time.monotonic() + timeout
        after = await self.now()
        while True:
            told: Json = await self._ask("GET", f"callback/{callback}")
            if told["answer"] is not None:
                answer: Json = told["answer"]
                return answer
            if time.monotonic() > end:
                raise TimeoutError(f"the press of {told['data']!r} was not answered in {timeout} s")
            _, after = await self.changes(after, 5)
