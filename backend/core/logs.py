"""Logs: one line an event, readable in a terminal, JSON elsewhere, secrets masked whatever put them there."""

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRETS = re.compile(
    r"((?:access_token|secret|session_key|key|js_code|code|signature)=)[^&\s\"']+|(Bearer )\S+", re.IGNORECASE
)
PHONES = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def install_logging() -> None:
    """Configure structlog and the standard library's loggers alike."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if _terminal() else "iso", utc=not _terminal()),
    ]
    render: Any = (
        structlog.dev.ConsoleRenderer(colors=False)
        if _terminal()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, mask_secrets, render],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_secrets, render],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("apscheduler", "urllib3", "peewee"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _terminal() -> bool:
    return sys.stderr.isatty() or os.environ.get("DEMO") == "true"


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut tokens, secrets and phone numbers out of every value of a log line."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = masked(value)
    return event


def masked(text: str) -> str:
    """The text without tokens, secrets and middle digits of phone numbers."""
    return PHONES.sub(r"\1****\2", SECRETS.sub(lambda found: (found[1] or found[2]) + "***", text))
