"""Logs: one JSON object a line on stderr, of keys that are allowed, so that no personal data can slip in."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import structlog

#: What may be logged: names, codes, figures and opaque ids. Anything else is dropped and its name is shown instead.
ALLOWED = frozenset(
    {"event", "level", "timestamp", "logger", "request_id", "correlation_id", "route", "method", "status", "ms",
     "error", "commands", "consumer", "consumers", "position", "effect", "name", "state", "leading", "channel",
     "process", "generation", "port", "file", "at", "entry", "count", "dropped"}
)  # fmt: skip
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def only_allowed(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list, and say which."""
    dropped = sorted(set(fields) - ALLOWED)
    for name in dropped:
        del fields[name]
    if dropped:
        fields["dropped"] = dropped
    return fields


#: What a line goes through before it is written; what is bound to a request or an effect (its ids) is in each of them.
PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    only_allowed,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class Libraries(logging.Handler):
    """Says of what a library logs where it was, how bad, and the kind of error: its words could hold anything.

    A library's error is a warning here: a job that is tried again, a connection that is opened anew. What calls for
    somebody, our own code says.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line."""
        kind = record.exc_info[0] if record.exc_info else None
        structlog.get_logger().log(
            min(record.levelno, logging.WARNING),
            "library.said",
            logger=record.name,
            at=f"{record.module}:{record.lineno}",
            error=kind.__name__ if kind else None,
        )


class Lines(structlog.PrintLogger):
    """Writes lines. One that cannot be written (the disk under it is full) is lost, and nobody's work fails for it."""

    def msg(self, message: str) -> None:
        """Write a line."""
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg


def configure(level: str) -> None:
    """Set up logging for this process."""
    logging.basicConfig(handlers=[Libraries()], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[*PROCESSORS, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: Lines(sys.stderr),
        cache_logger_on_first_use=True,
    )
