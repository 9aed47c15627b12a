"""Durations as text: `15m`, `1h30m`, `90s`, `2d`, `1w`, `0`."""

import re
from datetime import timedelta
from typing import Final

from sleepwalker.core.instants import shorten

LONGEST: Final = timedelta(days=366)
_UNITS: Final = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_SHAPE = re.compile("".join(rf"(?:([0-9]{{1,9}}){unit} ?)?" for unit in _UNITS), re.ASCII)
_LONGEST_TEXT = 64


class DurationError(ValueError):
    """Text that is no duration, in a sentence."""


def parse_duration(text: str) -> timedelta:
    """Return the duration: whole numbers with units, from the largest to the smallest. Only zero needs no unit."""
    if not isinstance(text, str):
        raise DurationError(f"{shorten(text)} is not text like '1h30m'; put it in quotes")
    word = text[:_LONGEST_TEXT].strip().lower()
    if word in {"0", "00"}:
        return timedelta()
    found = _SHAPE.fullmatch(word)
    if not word or not found or len(text) > _LONGEST_TEXT:
        raise DurationError(f"{shorten(text)} is not a duration like '15m', '1h30m', '2d'{_instead(word)}")
    seconds = sum(int(number or 0) * unit for number, unit in zip(found.groups(), _UNITS.values(), strict=True))
    if seconds > LONGEST.total_seconds():
        raise DurationError(f"{shorten(text)} is longer than {LONGEST.days} days, which is the most that makes sense")
    return timedelta(seconds=seconds)


def show_duration(duration: timedelta) -> str:
    """Return `1h30m`, with days as the largest unit; what is less than a second is dropped."""
    if duration < timedelta():
        return f"-{show_duration(-duration)}"
    rest, parts = int(duration.total_seconds()), []
    for unit in ("d", "h", "m", "s"):
        number, rest = divmod(rest, _UNITS[unit])
        parts += [f"{number}{unit}"] if number else []
    return "".join(parts) or "0s"


def _instead(word: str) -> str:
    if word.startswith("-"):
        return "; it cannot be negative"
    if word.isascii() and word.isdigit():
        return f"; say {f'{word}s'!r} or {f'{word}m'!r}"
    return ""
