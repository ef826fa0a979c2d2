"""One line a log entry on stderr: time, level, words, values."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# What clients send is logged too; it shall neither begin lines nor move the cursor of whoever reads them. The renderer escapes new lines.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\n"}


def _without_control(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    return {name: value.translate(_CONTROL) if isinstance(value, str) else value for name, value in entry.items()}


def configure_logs(level: str) -> None:
    """Sets structlog up for this process; `level` is a name of the logging module, an unknown one counts as INFO."""
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_control,
    ]
    renderer = structlog.processors.LogfmtRenderer(key_order=("timestamp", "level", "event"), bool_as_flag=False)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    _take_in_others(threshold, shared, renderer)


def _take_in_others(threshold: int, shared: list[Processor], renderer: Processor) -> None:
    """What the store and libraries say by the standard library's logging looks the same; of libraries only warnings."""
    handler = logging.StreamHandler(sys.stderr)
    only_event = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[only_event, renderer]))
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)
    logging.getLogger("storage").setLevel(threshold)
