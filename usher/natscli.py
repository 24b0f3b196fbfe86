"""The `nats` CLI with usher's server: where it is, and the context that it reads."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from events.errors import BadInput, UsherError
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


def context_of(settings: Settings) -> dict[str, str | bool]:
    """The CLI's settings for this usher: the reader's key where the server knows users. Raises Unavailable."""
    seed = seeds_of(settings) / f"{READER}.seed"
    context: dict[str, str | bool] = {
        "description": f"usher in {settings.home.absolute()}",
        "url": where_is_nats(settings),
    }
    if seed.exists():
        context |= {"nkey": str(seed.absolute()), "inbox_prefix": f"_INBOX_{READER}"}
    if settings.nats_ca:
        context |= {"ca": str(Path(settings.nats_ca).absolute()), "tls_first": True}
    return context


def write_context(settings: Settings, name: str) -> Path:
    """Write it where the CLI looks for contexts; its file. Raises BadInput, UsherError."""
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise BadInput("name", f'"{name}" is no context\'s name', "letters, digits, `_`, `-` and `.`", "--name cinema")
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
    options = {"url": "--server", "nkey": "--nkey", "inbox_prefix": "--inbox-prefix", "ca": "--tlsca"}
    words = [word for key, option in options.items() if key in context for word in (option, str(context[key]))]
    return [*words, "--tlsfirst"] if "tls_first" in context else words
