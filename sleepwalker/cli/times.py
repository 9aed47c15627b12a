"""Times as people type them → instants."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sleepwalker.core.duration import parse_duration
from sleepwalker.core.instants import EXAMPLE, InstantError, parse_instant, shorten
from sleepwalker.core.zones import instant_of, wall_minute

_WALL = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d?):(\d\d)(?::(\d\d))?)?", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(
    r"(?:(today|tomorrow|[a-z]{3,9})[ ,]+)?(?:at )?([01]?\d|2[0-3]):([0-5]\d)", re.ASCII | re.IGNORECASE
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST = 64
_FIRST = datetime(1, 1, 1)  # noqa: DTZ001 - a wall clock's
_ENDS = "the calendar begins with the year 1, and ends with the year 9999"
_WEEK = 7
_DAY = 1440


def read_time(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant that is meant. Clock times are those of `zone`, and the next such; raise InstantError."""
    try:
        return _read(text, text.strip(), now, zone)
    except OverflowError as error:
        raise InstantError(f"{shorten(text)}: {_ENDS}") from error


def later(at: datetime, span: timedelta) -> datetime:
    """Return the instant that much later; raise InstantError at the end of the calendar."""
    try:
        return at + span
    except OverflowError as error:
        raise InstantError(_ENDS) from error


def _read(text: str, word: str, now: datetime, zone: ZoneInfo) -> datetime:
    if word.casefold() == "now":
        return now
    if len(word) <= _LONGEST:
        if word.startswith("+"):
            return _later(now, word)
        if found := _WALL.fullmatch(word):
            return _wall(word, found, zone)
        if (found := _CLOCK.fullmatch(word)) and (day := _day(found[1], now, zone)) is not None:
            return _next(day, int(found[2]) * 60 + int(found[3]), now, zone, found[1])
    try:
        return parse_instant(word)
    except InstantError as error:
        raise InstantError(
            f"{shorten(text)} is not a time; say for example {EXAMPLE!r}, '2026-11-24 22:00', '22:00', "
            f"'tomorrow 06:00', 'Fri 18:00' or '+3h'"
        ) from error


def _later(now: datetime, word: str) -> datetime:
    return now + parse_duration(word[1:])


def _wall(word: str, found: re.Match[str], zone: ZoneInfo) -> datetime:
    try:
        wall = datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - a zone comes next
    except ValueError as error:
        raise InstantError(f"{shorten(word)} is no date: {error}") from error
    return instant_of(wall, zone, 0)


def _day(word: str | None, now: datetime, zone: ZoneInfo) -> int | None:
    """Return the ordinal of the day that is meant: `fri` is the next Friday, or today."""
    today = wall_minute(now, zone) // _DAY
    match (word or "today").casefold():
        case "today":
            return today
        case "tomorrow":
            return today + 1
        case name:
            days = [number for number, day in enumerate(_WEEKDAYS) if day.startswith(name)]
            return today + (days[0] - (today - 1)) % _WEEK if days else None


def _next(day: int, minute: int, now: datetime, zone: ZoneInfo, word: str | None) -> datetime:
    step = 1 if word is None else _WEEK
    for ordinal in (day, day + step):
        wall = _FIRST + timedelta(days=ordinal - 1, minutes=minute)
        at = instant_of(wall, zone, 0)
        if at > now or (word or "").casefold() in {"today", "tomorrow"}:
            return at
    return at
