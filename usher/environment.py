"""The one secret that may come in the environment, taken out of it before anything is started that would inherit it."""

from __future__ import annotations

import os
from functools import cache

VARIABLE = "USHER_MASTER_KEY"


@cache
def master_key_given() -> str:
    """What USHER_MASTER_KEY held when it was first asked for; Chromium and nats-server do not get to see it."""
    return os.environ.pop(VARIABLE, "")
