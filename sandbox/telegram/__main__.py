"""`python -m sandbox.telegram --port 8081 --data DIR`: the local Telegram alone, for a look by hand."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from sandbox.telegram.api import TelegramSettings, open_telegram


async def _run(port: int, data: Path, strict: bool) -> None:
    async with open_telegram(TelegramSettings(data, port=port, strict_limits=strict)) as telegram:
        lines = (
            f"chat page:     {telegram.page_url}",
            f"Bot API:       {telegram.url}",
            f"bot token:     {telegram.bot_token}",
            f"control token: {telegram.control_token}",
        )
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=8081)
parser.add_argument("--data", type=Path, default=Path(".usher/telegram"))
parser.add_argument("--no-limits", action="store_true", help="let the bot write as fast as it likes")
chosen = parser.parse_args()
try:
    asyncio.run(_run(chosen.port, chosen.data, not chosen.no_limits))
except KeyboardInterrupt:
    sys.exit(130)
except OSError as no:
    sys.exit(f"cannot listen on port {chosen.port}: {no.strerror or no}. Choose another with --port.")
