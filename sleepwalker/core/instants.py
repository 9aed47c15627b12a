"""Instants as text: RFC 3339, always with an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
EXAMPLE = "2026-11-24T22:00:00+01:00"


class InstantError(ValueError):
    """Text that is no instant, in a sentence."""


def parse_instant(text: str) -> datetime:
    """Return the instant in UTC. Raise InstantError for anything but RFC 3339 with an offset."""
    text = text.strip()
    if not _RFC3339.fullmatch(text):
        raise InstantError(f"{shorten(text)} is not like {EXAMPLE!r}")
    try:
        return datetime.fromisoformat(text.upper().replace(" ", "T")).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InstantError(f"{shorten(text)} is no date: {error}") from error


@lru_cache(maxsize=1024)
def show_instant(at: datetime) -> str:
    """Return the instant as `2026-11-24T19:00:00Z`; microseconds are dropped."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def shorten(text: object, limit: int = 60) -> str:
    """Return a value quoted for a message: one line, escaped, bounded."""
    if isinstance(text, str) and len(text) > limit:
        return f"{text[:limit]!r}… ({len(text)} characters)"
    shown = repr(text)
    return shown if len(shown) <= limit * 2 else shown[: limit * 2] + "…"
