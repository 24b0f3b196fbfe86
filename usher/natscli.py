"""The `nats` CLI with usher's server: where it is, and the context that it reads."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from events.errors import UsherError
from events.settings import Settings
from usher.log import seeds_of, where_is_nats

INSTALL = "go install github.com/nats-io/natscli/nats@v0.5.0"
READER = "inspector"  # the NATS user that may look at everything and change nothing


def find_nats() -> str:
    """The CLI's path. Raises UsherError saying how to get one."""
    found = shutil.which("nats") or shutil.which("nats", path=str(Path("~/go/bin").expanduser()))
    if found is None:
        raise UsherError(
            f"the `nats` CLI is not in PATH. Get it: `{INSTALL}`, or from https://github.com/nats-io/natscli"
        )
    return found


def context_of(settings: Settings) -> dict[str, str]:
    """The CLI's settings for this usher: the reader's key where the server knows users. Raises Unavailable."""
    seed = seeds_of(settings) / f"{READER}.seed"
    context = {"description": f"usher in {settings.home.absolute()}", "url": where_is_nats(settings)}
    if seed.exists():
        context |= {"nkey": str(seed.absolute()), "inbox_prefix": f"_INBOX_{READER}"}
    return context


def write_context(settings: Settings, name: str) -> Path:
    """Write it where the CLI looks for contexts; its file. Raises UsherError."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path("~/.config").expanduser())
    file = Path(base) / "nats" / "context" / f"{name}.json"
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(json.dumps(context_of(settings), indent=2) + "\n")
    except OSError as wrong:
        raise UsherError(f"{file} cannot be written ({wrong.strerror})") from None
    return file


def words_for(settings: Settings) -> list[str]:
    """The options that point the CLI at this usher, without a context."""
    context = context_of(settings)
    words = ["--server", context["url"]]
    if "nkey" in context:
        words += ["--nkey", context["nkey"], "--inbox-prefix", context["inbox_prefix"]]
    return words
