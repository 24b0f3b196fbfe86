"""`usher browser`: the first of an installed Chromium, Playwright's own download, the system's package manager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from events.errors import Unavailable
from events.settings import Settings
from sites.browser import MISSING, find_browser

WITHIN = 600  # s for one way of installing


def have_browser(settings: Settings) -> str:
    """The path of a Chromium, installed if need be. Raises Unavailable saying what to install."""
    for attempt in (None, _from_playwright, _from_packages):
        if attempt is not None:
            attempt()
        if found := find_browser(settings.chromium, settings.headless):
            return found
    raise Unavailable(MISSING)


def _from_playwright() -> None:
    sys.stderr.write("no Chromium found: asking Playwright for its own …\n")
    _quietly([sys.executable, "-m", "playwright", "install", "chromium"])


def _from_packages() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stderr.write("asking the package manager for chromium …\n")
        _quietly(["apt-get", "update", "-qq"])
        for package in ("chromium", "chromium-headless-shell"):
            _quietly(["apt-get", "install", "-y", "-qq", package])


def _quietly(command: list[str]) -> None:
    """Run an installer; whether it worked shows in what is found afterwards."""
    try:
        subprocess.run(command, check=False, capture_output=True, timeout=WITHIN, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as broken:
        sys.stderr.write(f"{command[0]}: {broken}\n")
