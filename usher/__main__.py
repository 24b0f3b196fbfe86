"""`usher` and `python -m usher`: what a person can act on is said in one line, without a traceback."""

from __future__ import annotations

import os
import sys

from events.errors import UsherError
from usher.environment import master_key_given, store_key_given
from usher.quick import answered


def main() -> None:
    """The entry point."""
    master_key_given()
    try:
        store_key_given()
        code = answered(sys.argv[1:])
        if code is None:
            from usher.cli import app

            app()
        sys.exit(code)
    except UsherError as wrong:
        sys.stderr.write(f"usher: {wrong}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read us (`| head`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as defect:
        if os.environ.get("USHER_DEBUG"):
            raise
        told = f"usher: a defect of usher's own: {type(defect).__name__}: {defect}. Nothing that was written is lost."
        sys.stderr.write(f"{told} USHER_DEBUG=1 shows where it happened.\n")
        sys.exit(70)


if __name__ == "__main__":
    main()
