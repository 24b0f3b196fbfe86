"""Class names that mean nothing and change at every start, as sites with generated styles have them: a reader that
leans on them breaks, and here it breaks at once."""

from __future__ import annotations

import hashlib
import re

_ATTRIBUTE = re.compile(r'(?<=class=)(["\'])([\w\- ]+)\1')
_SELECTOR = re.compile(r"\.([a-z][\w-]*)")


class Dress:
    """One start's names."""

    def __init__(self, salt: str) -> None:
        self._salt = salt

    def of(self, name: str) -> str:
        """The name that stands for `name` until the next start; a guard's own names are not the shop's to change."""
        if name.startswith("cf-"):
            return name
        return f"sc-{hashlib.blake2s(f'{self._salt}/{name}'.encode(), digest_size=4).hexdigest()}"

    def page(self, text: str) -> str:
        """A page with its class names changed."""
        return _ATTRIBUTE.sub(lambda found: found[1] + " ".join(map(self.of, found[2].split())) + found[1], text)

    def style(self, text: str) -> str:
        """A style sheet with its class names changed."""
        return _SELECTOR.sub(lambda found: "." + self.of(found[1]), text)
