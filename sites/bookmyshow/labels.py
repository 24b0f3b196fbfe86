"""Every label and selector of the pages, read once from selectors.toml."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_ALL: dict[str, dict[str, str]] = tomllib.loads(files("sites.bookmyshow").joinpath("selectors.toml").read_text())
SEAT, WAY, PAY, SHEET = _ALL["seat"], _ALL["way"], _ALL["pay"], _ALL["sheet"]
