"""Switches that make the Bot API misbehave, for tests of whoever relies on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sandbox.telegram.errors import CONFLICT, ApiError, forbidden, too_many

NAMES = {
    "status_429": "refuse with 429; value: retry_after in seconds",
    "status_500": "refuse with 500 Internal Server Error",
    "status_502": "answer 502 with a proxy's HTML page",
    "status_409": "refuse with 409, as if another bot polled",
    "status_403": "refuse with 403, as if the user had blocked the bot",
    "status_401": "refuse with 401, as if the token were wrong",
    "status_400": "refuse with 400 `message to edit not found`",
    "migrated": "refuse with 400, as if the group had become a supergroup; value: its new id",
    "html_200": "answer 200 with a page that is no JSON",
    "drop_before": "close the connection; nothing is done",
    "drop_after": "do what was asked, then close the connection without an answer",
    "delay_before_ms": "wait, then do what was asked; value: milliseconds",
    "delay_ms": "do what was asked, answer later; value: milliseconds",
    "down": "close every connection, files included, until cleared",
    "malformed_update": "put an update that lacks required fields before the next ones (getUpdates)",
}
BUSY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
MALFORMED = {"message_id": 1, "date": 0, "text": "a message without its chat"}


@dataclass
class Fault:
    """One switch that is on. `method`: lower case or any; `count`: how many more calls it meets, None until cleared."""

    name: str
    method: str = "any"
    count: int | None = 1
    value: float = 0
    chat: int | None = None


class Faults:
    """The switches that are on."""

    def __init__(self) -> None:
        self.on: list[Fault] = []

    def add(
        self, name: str, method: str = "any", count: int | None = 1, value: float = 0, chat: int | None = None
    ) -> None:
        """Switch a fault on. Raises ValueError saying what is allowed."""
        if name not in NAMES:
            raise ValueError(f'no switch "{name}"; allowed: {", ".join(NAMES)}')
        if count is not None and count < 1:
            raise ValueError("count is a number from 1, or null for: until cleared")
        if name == "down":
            count = None
        if name == "malformed_update":
            method = "getupdates"
        self.on.append(Fault(name, method.lower(), count, value, chat))

    def clear(self, name: str = "") -> None:
        """Switch one kind of fault off, or all."""
        self.on = [fault for fault in self.on if name and fault.name != name]

    def take(self, method: str, chat: str, *names: str) -> Fault | None:
        """Use up one turn of the first of these faults that is on for this call."""
        for fault in self.on:
            if fault.name not in names or fault.method not in {"any", method.lower()}:
                continue
            # "any" spares polling, so that a broken send does not also deafen the bot; "down" spares nothing.
            if fault.method == "any" and method.lower() == "getupdates" and fault.name != "down":
                continue
            if fault.chat is not None and str(fault.chat) != chat:
                continue
            if fault.count is not None:
                fault.count -= 1
                if fault.count <= 0:
                    self.on.remove(fault)
            return fault
        return None

    def listed(self) -> dict[str, object]:
        """Every switch, what it does, and those that are on."""
        return {"switches": NAMES, "on": [asdict(fault) for fault in self.on]}


def refusal(fault: Fault) -> ApiError | None:
    """The refusal a fault stands for, if it is one."""
    match fault.name:
        case "status_429":
            return too_many(max(1, int(fault.value)))
        case "status_500":
            return ApiError(500, "Internal Server Error")
        case "status_409":
            return ApiError(409, CONFLICT)
        case "status_403":
            return forbidden("bot was blocked by the user")
        case "status_401":
            return ApiError(401, "Unauthorized")
        case "status_400":
            return ApiError(400, "Bad Request: message to edit not found")
        case "migrated":
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            return ApiError(400, text, migrate_to_chat_id=int(fault.value))
    return None
