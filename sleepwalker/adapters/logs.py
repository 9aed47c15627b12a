"""Logging: JSON lines in a cluster, coloured lines in a terminal. Events with keys, never prose with values in it."""

from __future__ import annotations

import logging
import sys
from functools import lru_cache
from typing import Any, Literal, cast

import orjson
import structlog

from sleepwalker.adapters.clock import SystemClock

Format = Literal["auto", "json", "console"]
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_CLOCK = SystemClock()
_SECRET = ("token", "password", "secret", "authorization", "credential")


def configure(style: Format, level: str) -> None:
    """Set up logging for the process: to standard error."""
    as_json = style == "json" or (style == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.processors.add_log_level,
        _stamped,
        _without_secrets,
    ]
    last: list[Any] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(serializer=_dumps)]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer)
        if as_json
        else structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s %(message)s")


def logger() -> structlog.typing.FilteringBoundLogger:
    """Return the process's logger."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())


def _dumps(event: object, **_: object) -> bytes:
    return orjson.dumps(event, default=str)


def _stamped(_: object, __: str, event: dict[str, Any]) -> dict[str, Any]:
    event["timestamp"] = _CLOCK.now().isoformat().replace("+00:00", "Z")
    return event


def _without_secrets(_: object, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Whoever logs a secret by mistake logs that there was one, and no more."""
    return {key: "(hidden)" if _is_secret(key) else value for key, value in event.items()}


@lru_cache(maxsize=256)
def _is_secret(key: str) -> bool:
    return any(word in key.casefold() for word in _SECRET)
