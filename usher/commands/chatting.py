"""The demo's person: uses the local chat as people do, over the chat page's own HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from events.errors import UsherError
from sandbox.telegram.api import Telegram
from sandbox.telegram.person import Person
from usher.embedded import Running

SENDS = {"sendmessage", "sendphoto", "senddocument", "sendmediagroup"}
Message = dict[str, Any]


class Chatting:
    """One person in the private chat with the bot. Every step waits for what the bot shows."""

    def __init__(self, http: aiohttp.ClientSession, chat: Telegram) -> None:
        self._http, self._chat = http, chat
        self._person = Person(http, chat.url, chat.page_token)

    async def pair(self, code: str) -> None:
        """Become the owner. Raises TimeoutError, as every step does where the bot shows nothing that fits."""
        await self._person.say(f"/start {code}")
        await self._seen("Hello")

    async def add_card(self, number: str, pin: str) -> None:
        """Put a gift card into the wallet."""
        await self._person.say("/wallet")
        await self._person.press_label(await self._seen("Wallet"), "Add")
        await self._seen("Send number and PIN")
        await self._person.say(f"{number} {pin}")
        await self._seen(number[-4:])

    async def wish(self, sentence: str) -> None:
        """Say what to see, and agree to what the bot understood."""
        await self._person.say(sentence)
        await self._person.press_label(await self._seen("Is that right?"), "Watch and book")

    async def ticket(self) -> str:
        """The first line of the message that rings at the end."""
        told = await self._person.see(lambda m: m.get("photo") and "Booked" in _text(m))
        return _text(told).splitlines()[0]

    async def counts(self) -> dict[str, int]:
        """`chat_messages` the bot sent and `card_edits` it made, by the chat server's own log."""
        headers = {"Authorization": f"Bearer {self._chat.control_token}"}
        async with self._http.get(f"{self._chat.url}/_control/log", headers=headers) as answer:
            calls = [call for call in (await answer.json())["calls"] if call["ok"]]
        methods = [call["method"].lower() for call in calls]
        return {
            "chat_messages": sum(method in SENDS for method in methods),
            "card_edits": sum(method.startswith("editmessage") for method in methods),
        }

    async def _seen(self, words: str) -> Message:
        found: Message = await self._person.see(lambda m: m["from"]["is_bot"] and words in _text(m))
        return found


def _text(message: Message) -> str:
    return str(message.get("text") or message.get("caption") or "")


@asynccontextmanager
async def chatting(running: Running) -> AsyncIterator[Chatting]:
    """The person for as long as the block runs. Raises UsherError where no local chat runs."""
    if running.chat is None:
        raise UsherError("no local chat runs: unset USHER_BOT_TOKEN and USHER_CHAT for the demo")
    async with aiohttp.ClientSession() as http:
        yield Chatting(http, running.chat)
