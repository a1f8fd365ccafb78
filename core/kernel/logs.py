"""The log: structlog over the standard library, as text for people or JSON for collectors, without personal data."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from core.kernel.settings import LogSettings

MASK: Final = "***"

QUIET: Final = (
    "aiosqlite",
    "asyncio",
    "asyncpg",
    "httpcore",
    "httpx",
    "minio",
    "PIL",
    "pikepdf",
    "procrastinate",
    "psycopg",
    "python_multipart",
    "tortoise",
    "urllib3",
    "uvicorn.access",
)
"""Loggers whose lower levels print values, and with them personal data."""

_SECRET: Final = re.compile(
    r"authorization|cookie|token|password|passwd|secret|api[-_]?key|credential|access[-_]key", re.IGNORECASE
)
_CONTENT: Final = frozenset({"body", "content", "form", "json", "params", "payload", "query", "query_string"})
_URL_PASSWORD: Final = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@")
_QUERY: Final = re.compile(r"(?<=[\w/])\?[^\s\"')]+=[^\s\"')]*")
_HEADER: Final = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_OWN: Final = frozenset({"core", "plugins", "retention", "storage"})
_PLAIN: Final = (OSError, RuntimeError, TypeError, AttributeError, ImportError)
"""Exceptions whose messages speak of code and machines; others may quote the value they stumbled over."""

_HANDLER_NAME: Final = "deloteka"


def configure_logs(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send every log of this process to `stream` (standard error) in the form and from the level of `settings`.

    May be called again; the last call holds.
    """
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.set_name(_HANDLER_NAME)
    handler.setFormatter(_formatter(settings.form))
    root = logging.getLogger()
    for present in [present for present in root.handlers if present.get_name() == _HANDLER_NAME]:
        root.removeHandler(present)
    root.addHandler(handler)
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        # Their own handlers would say everything twice, and in a form of their own.
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        discreet_exceptions,
        redacted,
    ]


def _formatter(form: str) -> logging.Formatter:
    renderer: Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=False, pad_level=False, pad_event_to=0)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask secrets by the name of their key, contents altogether, and passwords and queries inside texts."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: object) -> object:
    if key.startswith("_"):
        return value
    if value is not None and (_SECRET.search(key) or key.lower() in _CONTENT):
        return MASK
    if isinstance(value, str):
        return _without_secrets(value)
    if isinstance(value, Mapping):
        return {str(name): _redacted(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", inner) for inner in value]
    return value


def _without_secrets(text: str) -> str:
    text = _URL_PASSWORD.sub(rf"\1:{MASK}@", text)
    text = _HEADER.sub(rf"\1 {MASK}", text)
    return _QUERY.sub(f"?{MASK}", text)


def discreet_exceptions(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> EventDict:
    """Replace `exc_info` by `exception`: where it happened, and its message unless its package quotes values."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = exception_text(error)
    return event


def exception_text(error: BaseException) -> str:
    """Return the traceback with its causes; no variables, and no message where it could quote a person's data."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = "".join(traceback.format_tb(current.__traceback__))
        parts.append(f"{frames}{_headline(current)}")
        hidden = current.__suppress_context__ and current.__cause__ is None
        current = None if hidden else current.__cause__ or current.__context__
    return "\n\ncaused:\n\n".join(reversed(parts))


def _headline(error: BaseException) -> str:
    package = type(error).__module__
    name = type(error).__qualname__ if package == "builtins" else f"{package}.{type(error).__qualname__}"
    if package.partition(".")[0] not in _OWN and not isinstance(error, _PLAIN):
        return f"{name} (message withheld: it may quote personal data)"
    message = str(error)
    return f"{name}: {message}" if message else name
