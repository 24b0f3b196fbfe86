"""The secrets that may come in the environment, taken out of it before anything is started that would inherit them."""

from __future__ import annotations

import os
import re
from functools import cache

from events.errors import BadInput

MASTER_KEY, STORE_KEY = "USHER_MASTER_KEY", "USHER_STORE_KEY"
_USABLE = re.compile(r"[\w.+/=-]{16,256}", re.ASCII)


@cache
def master_key_given() -> str:
    """What USHER_MASTER_KEY held when it was first asked for; Chromium and nats-server do not get to see it."""
    return os.environ.pop(MASTER_KEY, "")


@cache
def store_key_given() -> str:
    """What the embedded server encrypts its files with, "" for nothing. Only that server gets it. Raises BadInput."""
    key = os.environ.pop(STORE_KEY, "")
    if key and not _USABLE.fullmatch(key):
        raise BadInput(
            STORE_KEY, "it cannot be used", "16 to 256 letters, digits and . + / = _ -", "openssl rand -hex 32"
        )
    return key
