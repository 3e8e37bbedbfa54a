"""Logs: one line an event, readable in a terminal, JSON elsewhere, secrets masked whatever put them there."""

import logging
import os
import re
import sys
from typing import Any

import structlog

# in a query string, and as an entry of a mapping, written as JSON (perhaps JSON within JSON) or by Python
IN_QUERY = re.compile(
    r"(?<![A-Za-z])((?:access_token|token|secret|session_key|key|js_code|code|signature|password)=)[^&\s\"'\\]+",
    re.IGNORECASE,
)
IN_MAPPING = re.compile(
    r"([\"'](?:\w*token|\w*secret|session_key|robot_key|password|authorization)\\*[\"']: *\\*[\"'])[^\"'\\]+",
    re.IGNORECASE,
)
BEARERS = re.compile(r"(Bearer )[^\s\"'\\]+", re.IGNORECASE)
PHONES = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def install_logging() -> None:
    """Configure structlog and the standard library's loggers alike."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if _terminal() else "iso", utc=not _terminal()),
    ]
    # the masks work on the finished line: nothing can get past them, however deep it was buried
    finish: list[Any] = [structlog.processors.format_exc_info, _renderer(), _mask_line]
    structlog.configure(
        processors=[*shared, *finish],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("urllib3", "peewee"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of every beat that is still at work


def _terminal() -> bool:
    return sys.stderr.isatty() or os.environ.get("DEMO") == "true"


def _renderer() -> Any:
    if _terminal():
        # the prettier tracebacks show local variables, and with them secrets
        return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def _mask_line(_logger: Any, _method: str, line: str) -> str:
    return masked(line)


def masked(text: str) -> str:
    """The text without tokens, secrets and middle digits of phone numbers."""
    for secrets in (IN_QUERY, IN_MAPPING, BEARERS):
        text = secrets.sub(r"\1***", text)
    return PHONES.sub(r"\1****\2", text)
