"""One JSON object a line, with the request's id, never with a post's text."""

import logging
import os
from collections.abc import Mapping
from contextvars import ContextVar
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

import orjson

#: The logger whose messages are lines of JSON already.
LINES = "serve_app.requests"

#: What a caller's own request id must be: fit for a header and a log line as it is.
REQUEST_ID_PATTERN = r"[A-Za-z0-9._:-]{1,128}"

#: The id of the request being answered, set where the request comes in.
request_id: ContextVar[str | None] = ContextVar("postlens_request_id", default=None)

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """time, level, logger, message, request_id, and whatever ``extra=`` gave."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        if record.name == LINES:
            return record.getMessage()
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
        }
        line |= {k: v for k, v in _extra(record).items() if k not in line}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def _extra(record: logging.LogRecord) -> Mapping[str, Any]:
    return {k: v for k, v in vars(record).items() if k not in _STANDARD}


def configure_from_environment() -> None:
    """Log into the file that ``POSTLENS_LOG_FILE`` names, else to standard error.

    Each process of a service does so first; so this module loads nothing of the application.
    """
    file = os.environ.get("POSTLENS_LOG_FILE")
    configure(Path(file) if file else None)


def configure(file: Path | None = None, level: int = logging.INFO) -> None:
    """Log both packages as JSON, to standard error or to the end of a file.

    All replicas of a machine may share the file: each line is one write.
    """
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
    # A "watched" file may be rotated from outside.
    handler = WatchedFileHandler(file) if file else logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    for package in ("deployments", "serve_app"):
        logger = logging.getLogger(package)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
