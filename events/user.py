"""What can happen to a person: masked facts only; secrets live in the vault."""

from __future__ import annotations

import msgspec


class UserFact(msgspec.Struct, frozen=True, tag_field="event", forbid_unknown_fields=True):
    """Something that happened to one person's record."""


class Registered(UserFact, frozen=True, tag="registered"):
    """Somebody asked to be served. `telegram` is their id there, `chat` the private chat they wrote from."""

    name: str
    telegram: int | None = None
    chat: int | None = None


class Approved(UserFact, frozen=True, tag="approved"):
    """They are served from now on; `by` is the owner, or says that the pairing code was known."""

    by: str


class Removed(UserFact, frozen=True, tag="removed"):
    """They are not served any more."""

    by: str


class ContactSet(UserFact, frozen=True, tag="contact_set"):
    """`email` and `phone` are masked: `a•••@example.com`, `••••••3210`."""

    email: str
    phone: str


class CardAdded(UserFact, frozen=True, tag="card_added"):
    card_id: str
    last4: str
    label: str = ""


class CardLabelled(UserFact, frozen=True, tag="card_labelled"):
    """The card is called otherwise from now on."""

    card_id: str
    label: str


class CardRemoved(UserFact, frozen=True, tag="card_removed"):
    card_id: str


class CardsOrdered(UserFact, frozen=True, tag="cards_ordered"):
    """The order in which the cards are used: every card's id, first one first."""

    cards: tuple[str, ...]


class SettingsChanged(UserFact, frozen=True, tag="settings_changed"):
    """Only the settings that changed; see events.people.SETTINGS."""

    settings: dict[str, str]


class Forgotten(UserFact, frozen=True, tag="forgotten"):
    """The person's secrets were destroyed and their record emptied."""


UserEvent = (
    Registered
    | Approved
    | Removed
    | ContactSet
    | CardAdded
    | CardLabelled
    | CardRemoved
    | CardsOrdered
    | SettingsChanged
    | Forgotten
)
