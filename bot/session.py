"""The connection to a Bot API server. A call that it says it did is done, however it words its answer.

Telegram adds to its answers at any time, and other makers' servers word them in their own ways. A message whose answer
cannot be decoded must not be sent once more for that: only its number is needed of it.
"""

from __future__ import annotations

from typing import Any

import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import ClientDecodeError
from aiogram.methods import GetMe, Response, SendDocument, SendMessage, SendPhoto, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Message, User

log = structlog.get_logger()
SENT = (SendMessage, SendPhoto, SendDocument)


class Session(AiohttpSession):
    """aiogram's own, which decodes every answer whole."""

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """See aiogram's BaseSession. Raises ClientDecodeError where what was asked for is in the answer itself."""
        try:
            response = super().check_response(bot, method, status_code, content)
            return response if response.result is not None else _answer(_done(method, {"ok": True}))
        except ClientDecodeError as wrong:
            done = _done(method, wrong.data)
            if done is None:
                raise
            log.warning("bot.answer_not_decoded", method=type(method).__name__)
            return _answer(done)


def _answer(result: Any) -> Response[Any]:
    return Response[Any].model_construct(ok=True, result=result)


def _done(method: TelegramMethod[Any], answer: Any) -> Any:
    """What is to be known of a call that was done; None where it was not, or where its answer is what matters."""
    if not isinstance(answer, dict) or answer.get("ok") is not True:
        return None
    result = answer.get("result")
    if isinstance(method, SENT):
        number = result.get("message_id") if isinstance(result, dict) else None
        return Message.model_construct(message_id=number) if isinstance(number, int) else None
    if isinstance(method, GetMe):  # every command in a group is compared with the bot's name
        return (
            User.model_construct(**{"is_bot": True, "first_name": "", **result}) if isinstance(result, dict) else None
        )
    returned = method.__returning__
    return True if returned is bool or bool in getattr(returned, "__args__", ()) else None
