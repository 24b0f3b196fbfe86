"""Logs: readable on a terminal, JSON in services, never a secret."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_NAMES = re.compile(r"pin|password|token|secret|number|email|phone|cookie|session_cookies", re.I)
_VALUES = re.compile(r"\b[0-9]{12,20}\b|[\w.+-]+@[\w-]+\.[\w.]+")


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank fields with a secret's name, and card numbers and e-mails in any text."""
    for key, value in event.items():
        if _NAMES.fullmatch(key):
            event[key] = "•••"
        elif isinstance(value, str):
            event[key] = _VALUES.sub("•••", value)
    return event


def set_up_logs(as_json: bool, level: str = "info") -> None:
    """Configure structlog once, to standard error."""
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    number = {"debug": 10, "info": 20, "warning": 30, "error": 40}[level]
    render: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        # a traceback with local variables would show secrets
        else structlog.dev.ConsoleRenderer(colors=coloured, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if as_json else []),
            redact,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
