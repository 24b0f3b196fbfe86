"""Secrets: gift cards, contact and site sessions. AES-256-GCM under a data key per user, wrapped by a master key.

`values` what is kept · `sealing` the cryptography · `master` where master keys lie · `records` the bucket's layout ·
`vault` the door for actors · `rotation` a new master key while everything runs.
"""

from services.vault.master import KeySource, WrongMasterKey, find_master_keys
from services.vault.sealing import MasterKeys
from services.vault.values import Secrets, check_card, check_contact, mask_contact
from services.vault.vault import Vault

__all__ = [
    "KeySource",
    "MasterKeys",
    "Secrets",
    "Vault",
    "WrongMasterKey",
    "check_card",
    "check_contact",
    "find_master_keys",
    "mask_contact",
]
