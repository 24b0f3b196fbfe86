"""One message to Telegram at a time: paced, and every refusal turned into what the caller can do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from aiogram import Bot
from aiogram import exceptions as refused
from aiogram.types import BufferedInputFile, LinkPreviewOptions, ReplyParameters

from bot.endings import File
from bot.pace import Pace
from bot.view import View
from events.errors import Unavailable
from services.runtime import Later

log = structlog.get_logger()
T = TypeVar("T")
WITHIN = 30  # s for one call
STRANGE = 3  # strange answers to uploads in a row that may be a passing trouble
PATIENCE = 1.0  # s that an urgent message waits here; a longer wait is the broker's
PLAIN = LinkPreviewOptions(is_disabled=True)
UNMODIFIED = ("message is not modified",)
GONE = ("message to edit not found", "message can't be edited", "message_id_invalid", "there is no text in the message")
NO_CHAT = ("chat not found", "user is deactivated", "bot was kicked", "not enough rights", "have no rights")


class Unreachable(Exception):
    """This chat takes no messages from us: blocked, left, deleted. Only the person can change that."""


class Moved(Exception):
    """The group became a supergroup: it lives on as `chat`."""

    def __init__(self, chat: int) -> None:
        self.chat = chat
        super().__init__(f"the group is now {chat}")


class NotTaken(Exception):
    """Telegram does not take this very message: a defect of ours. Sending it again changes nothing."""


class Sender:
    """Sends and edits. Raises Unavailable (a send may have arrived), Later, Unreachable, Moved, NotTaken."""

    def __init__(self, bot: Bot, pace: Pace) -> None:
        self._bot, self._pace = bot, pace
        self._strange = 0  # answers to uploads, one after the other, that nobody can read

    async def send(self, chat: int, view: View, *, silent: bool, reply_to: int = 0) -> int:
        """Send a message, with its picture where it has one; its id. `silent`: the phone stays quiet."""
        reply = ReplyParameters(message_id=reply_to, allow_sending_without_reply=True) if reply_to else None

        async def call() -> int:
            if view.picture is None:
                sent = await self._bot.send_message(
                    chat,
                    **view.text.as_kwargs(),
                    reply_markup=view.keyboard,
                    link_preview_options=PLAIN,
                    disable_notification=silent,
                    reply_parameters=reply,
                    request_timeout=WITHIN,
                )
                return sent.message_id
            sent = await self._bot.send_photo(
                chat,
                BufferedInputFile(view.picture, "picture.png"),
                **view.text.as_caption_kwargs(),
                reply_markup=view.keyboard,
                disable_notification=silent,
                reply_parameters=reply,
                request_timeout=WITHIN,
            )
            return sent.message_id

        return await (self._paced(chat, call, calm=False) if view.picture is None else self._upload(chat, call))

    async def send_file(self, chat: int, file: File, *, reply_to: int = 0) -> int:
        """Send a document, silently; its message's id."""
        reply = ReplyParameters(message_id=reply_to, allow_sending_without_reply=True) if reply_to else None

        async def call() -> int:
            sent = await self._bot.send_document(
                chat,
                BufferedInputFile(file.data, file.name),
                caption=file.caption,
                parse_mode=None,
                disable_notification=True,
                reply_parameters=reply,
                request_timeout=WITHIN,
            )
            return sent.message_id

        return await self._upload(chat, call)

    async def _upload(self, chat: int, call: Callable[[], Awaitable[int]]) -> int:
        """Send a picture or a document. A server that answers strangely again and again knows no uploads: what can be
        said without one must not wait for it for ever."""

        async def noted() -> int:
            try:
                sent = await call()
            except (refused.ClientDecodeError, refused.TelegramNotFound) as strange:
                self._strange += 1
                if self._strange > STRANGE:
                    raise NotTaken(f"the server takes no uploads ({type(strange).__name__})") from None
                raise
            self._strange = 0
            return sent

        return await self._paced(chat, noted, calm=False)

    async def edit(self, chat: int, message: int, view: View, *, photo: bool, calm: bool) -> bool:
        """Draw a message anew, its picture left as it is; False where it is not there any more.

        `calm`: not urgent, so it does not wait here but raises Later while the chat needs rest.
        """

        async def call() -> bool:
            if photo:
                await self._bot.edit_message_caption(
                    chat_id=chat,
                    message_id=message,
                    **view.text.as_caption_kwargs(),
                    reply_markup=view.keyboard,
                    request_timeout=WITHIN,
                )
            else:
                await self._bot.edit_message_text(
                    chat_id=chat,
                    message_id=message,
                    **view.text.as_kwargs(),
                    reply_markup=view.keyboard,
                    link_preview_options=PLAIN,
                    request_timeout=WITHIN,
                )
            return True

        try:
            return await self._paced(chat, call, calm=calm)
        except NotTaken as why:
            if _says(why, UNMODIFIED):
                return True
            if _says(why, GONE):
                return False
            raise

    async def _paced(self, chat: int, call: Callable[[], Awaitable[T]], *, calm: bool) -> T:
        while (wait := self._pace.wait(chat, calm)) > 0:
            if calm or wait > PATIENCE:
                raise Later(wait)
            await asyncio.sleep(wait)
        self._pace.spend(chat)
        try:
            return await call()
        except refused.TelegramRetryAfter as rest:
            self._pace.pause(chat, rest.retry_after)
            log.info("chat.rest", chat=chat, seconds=rest.retry_after)
            raise Later(rest.retry_after) from None
        except refused.TelegramForbiddenError as no:
            raise Unreachable(no.message) from None
        except refused.TelegramMigrateToChat as moved:
            raise Moved(moved.migrate_to_chat_id) from None
        except refused.TelegramUnauthorizedError:
            raise Unavailable("Telegram refuses the bot's token: check USHER_BOT_TOKEN") from None
        except (refused.TelegramBadRequest, refused.TelegramEntityTooLarge) as no:
            if _says(no, NO_CHAT):
                raise Unreachable(no.message) from None
            raise NotTaken(no.message) from None
        except (refused.TelegramAPIError, refused.ClientDecodeError) as broken:
            raise Unavailable(f"Telegram does not answer ({type(broken).__name__}): usher tries again") from None


def _says(refusal: Exception, texts: tuple[str, ...]) -> bool:
    return any(text in str(refusal).lower() for text in texts)
