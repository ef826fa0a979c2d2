"""One line a log entry on stderr: time, level, words, values."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

# What clients send is logged too; it shall neither begin lines nor move the cursor of whoever reads them. The renderer escapes new lines.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\n"}


def _without_control(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    return {name: value.translate(_CONTROL) if isinstance(value, str) else value for name, value in entry.items()}


def configure_logs(level: str) -> None:
    """Sets structlog up for this process; `level` is a name of the logging module, an unknown one counts as INFO."""
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_control,
            structlog.processors.LogfmtRenderer(key_order=("timestamp", "level", "event"), bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
