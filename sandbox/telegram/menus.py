"""The bot's commands: kept by scope and language, resolved for a chat as Telegram's clients do."""

from __future__ import annotations

import re
from typing import Any

from sandbox.telegram.errors import bad
from sandbox.telegram.params import Params
from sandbox.telegram.store import Json, dumped, loaded
from sandbox.telegram.world import World

SCOPES = {
    "default": 0,
    "all_private_chats": 0,
    "all_group_chats": 0,
    "all_chat_administrators": 0,
    "chat": 1,
    "chat_administrators": 1,
    "chat_member": 2,
}
MOST = 100


def _scope(call: Params) -> str:
    scope = call.parsed("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in tuple(SCOPES):
        raise bad("can't parse BotCommandScope: Unsupported type specified")
    return _key(scope["type"], scope.get("chat_id", 0), scope.get("user_id", 0))


def _key(kind: str, chat: int | str = 0, user: int | str = 0) -> str:
    return ":".join([kind, str(chat), str(user)][: 1 + SCOPES[kind]])


def _command(value: Any) -> Json:
    if not isinstance(value, dict):
        raise bad("expected an Array of BotCommand")
    name, description = str(value.get("command", "")).lstrip("/"), str(value.get("description", "")).strip()
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


async def set_commands(world: World, call: Params) -> Any:
    given = call.parsed("commands", "commands")
    if not isinstance(given, list):
        raise bad("can't parse commands JSON object")
    if len(given) > MOST:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    commands = [_command(one) for one in given]
    _keep(world, _scope(call), call.text("language_code"), commands)
    return True


async def delete_commands(world: World, call: Params) -> Any:
    _keep(world, _scope(call), call.text("language_code"), [])
    return True


async def get_commands(world: World, call: Params) -> Any:
    return _of(world, _scope(call), call.text("language_code"))


def _keep(world: World, scope: str, language: str, commands: list[Json]) -> None:
    keep = {"scope": scope, "language": language}
    world.store.run("DELETE FROM commands WHERE scope = :scope AND language = :language", **keep)
    if commands:
        sql = "INSERT INTO commands VALUES (:scope, :language, :commands)"
        world.store.run(sql, commands=dumped(commands), **keep)
    world.live.emit("commands")


def _of(world: World, scope: str, language: str) -> list[Json]:
    sql = "SELECT commands FROM commands WHERE scope = :scope AND language = :language"
    found: list[Json] = loaded(world.store.value(sql, scope=scope, language=language)) or []
    return found


def commands_for(world: World, chat: int, person: int) -> list[Json]:
    """The commands a person sees in a chat: the narrowest scope that has any, their language first."""
    if chat > 0:
        scopes = [_key("chat", chat), _key("all_private_chats"), _key("default")]
    else:
        admin = world.people.status(chat, person) in {"administrator", "creator"}
        scopes = [
            _key("chat_member", chat, person),
            *([_key("chat_administrators", chat)] if admin else []),
            _key("chat", chat),
            *([_key("all_chat_administrators")] if admin else []),
            _key("all_group_chats"),
            _key("default"),
        ]
    language = (world.people.row(person) or {}).get("language_code") or ""
    for scope in scopes:
        for code in (language, ""):
            if found := _of(world, scope, code):
                return found
    return []


async def set_menu_button(world: World, call: Params) -> Any:
    button = call.parsed("menu_button", "MenuButton") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("default", "commands", "web_app"):
        raise bad("can't parse MenuButton: Unsupported type specified")
    world.store.keep(f"menu_button:{call.text('chat_id')}", dumped(button))
    return True


async def get_menu_button(world: World, call: Params) -> Any:
    for chat in (call.text("chat_id"), ""):
        kept = world.store.value("SELECT value FROM kept WHERE name = :name", name=f"menu_button:{chat}")
        if kept:
            return loaded(kept)
    return {"type": "default"}
