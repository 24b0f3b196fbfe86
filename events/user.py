"""What can happen to a person: masked facts only; secrets live in the vault."""

from __future__ import annotations

import msgspec


class UserFact(msgspec.Struct, frozen=True, tag_field="event", forbid_unknown_fields=True):
    """Something that happened to one person's record."""


class Registered(UserFact, frozen=True, tag="registered"):
    name: str


class Approved(UserFact, frozen=True, tag="approved"):
    by: str


class ContactSet(UserFact, frozen=True, tag="contact_set"):
    """`email` and `phone` are masked: `a•••@example.com`, `••••••3210`."""

    email: str
    phone: str


class CardAdded(UserFact, frozen=True, tag="card_added"):
    card_id: str
    last4: str
    label: str = ""


class CardRemoved(UserFact, frozen=True, tag="card_removed"):
    card_id: str


class SettingsChanged(UserFact, frozen=True, tag="settings_changed"):
    settings: dict[str, str]


class Forgotten(UserFact, frozen=True, tag="forgotten"):
    """The person's data key was destroyed."""


UserEvent = Registered | Approved | ContactSet | CardAdded | CardRemoved | SettingsChanged | Forgotten
