"""Time zones by name, and the instant at which a wall clock shows a time.

Only names that the tz database lists are ever opened, so that no text can reach a file. A *wall minute* counts the
minutes that a wall clock has shown since the calendar began (`date.toordinal() * 1440 + minute of the day`): it is what
people write, and it becomes an instant in one place, here.
"""

import re
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from sleepwalker.core.instants import shorten

DAY: Final = 1440
BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
FOREVER: Final = datetime.max.replace(tzinfo=UTC)
TICK: Final = timedelta(microseconds=1)
_MIDDLE = 5000
_DAYS = FOREVER.toordinal()
_SHORTEST_CITY = 3

_NO_ZONES = {"factory", "localtime", "posixrules"}
_ABBREVIATIONS = {
    "America/Anchorage": ("akst", "akdt"),
    "America/Chicago": ("cst", "cdt", "ct"),
    "America/Denver": ("mst", "mdt", "mt"),
    "America/Halifax": ("ast", "adt"),
    "America/Los_Angeles": ("pst", "pdt", "pt"),
    "America/New_York": ("est", "edt", "et"),
    "America/Sao_Paulo": ("brt", "brst"),
    "America/St_Johns": ("nst", "ndt"),
    "Africa/Johannesburg": ("sast",),
    "Africa/Nairobi": ("eat",),
    "Asia/Hong_Kong": ("hkt",),
    "Asia/Jakarta": ("wib",),
    "Asia/Karachi": ("pkt",),
    "Asia/Kolkata": ("ist",),
    "Asia/Seoul": ("kst",),
    "Asia/Shanghai": ("beijing",),
    "Asia/Singapore": ("sgt",),
    "Asia/Tokyo": ("jst",),
    "Australia/Adelaide": ("acst", "acdt"),
    "Australia/Perth": ("awst",),
    "Australia/Sydney": ("aest", "aedt"),
    "Europe/Athens": ("eest",),
    "Europe/Berlin": ("cest", "mez", "mesz"),
    "Europe/Lisbon": ("west",),
    "Europe/London": ("bst",),
    "Europe/Moscow": ("msk",),
    "Pacific/Auckland": ("nzst", "nzdt"),
    "Pacific/Honolulu": ("hst",),
    "UTC": ("z",),
}
_MEANT = {short: zone for zone, shorts in _ABBREVIATIONS.items() for short in shorts}
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])0?([0-9]{1,2})(?::?00)?", re.ASCII)


class ScheduleError(ValueError):
    """Text that is no schedule, in a sentence: what was seen, and what would do."""


def zone_named(name: str) -> ZoneInfo:
    """Return the zone; case does not matter. The same name always gives the same object."""
    word = name.strip().casefold()
    if word in _MEANT or word not in _names():
        raise ScheduleError(f"{shorten(name)} is not a time zone{_instead(word)}")
    return _open(_names()[word])


@lru_cache(maxsize=32768)
def instant(minute: int, zone: ZoneInfo, fold: int) -> datetime:
    """Return when the wall clock shows this wall minute, as `instant_of` does."""
    day, of_day = divmod(minute, DAY)
    if day > _DAYS:
        return FOREVER
    return instant_of(datetime.fromordinal(day) + timedelta(minutes=of_day), zone, fold)


def instant_of(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    """Return when the wall clock shows `wall`: for the first time with `fold` 0, for the last time with `fold` 1.

    A time that the clock leaps over happens at the leap. Times outside the years 1 to 9999 are at their ends.
    """
    try:
        at = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None) == wall:
            return at
        return _leap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), wall.replace(tzinfo=zone).astimezone(UTC), zone)
    except OverflowError:
        return BEGINNING if wall.year < _MIDDLE else FOREVER


def utc(at: datetime) -> datetime:
    """Return the instant in UTC, and before FOREVER: nobody asks about the very end."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no zone; instants have")
    try:
        return min(at.astimezone(UTC), FOREVER - TICK)
    except OverflowError:
        return BEGINNING if at.year < _MIDDLE else FOREVER - TICK


def wall_minute(at: datetime, zone: ZoneInfo) -> int:
    """Return what the wall clock shows at this instant, to the minute."""
    local = at.astimezone(zone)
    return local.toordinal() * DAY + local.hour * 60 + local.minute


def turn(minute: int, zone: ZoneInfo) -> timedelta:
    """Return how far the clock leaps over this wall minute; negative where it shows it twice, else zero."""
    day, of_day = divmod(minute, DAY)
    wall = (datetime.fromordinal(day) + timedelta(minutes=of_day)).replace(tzinfo=zone)
    first, last = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    return last - first if first is not None and last is not None else timedelta()


def _leap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant in (before, after] with another offset than `before`. Leaps are at whole seconds."""
    low, high = before.replace(microsecond=0), after
    offset = low.astimezone(zone).utcoffset()
    while (seconds := (high - low) // timedelta(seconds=1)) > 1:
        middle = low + timedelta(seconds=seconds // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return (low + timedelta(seconds=1)).replace(microsecond=0)


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in sorted(available_timezones()) if name.casefold() not in _NO_ZONES}


@cache
def _open(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _cities() -> dict[str, str]:
    """Return zones by their last word; Europe/Dublin is not Eire, nor is it Etc's."""
    return {word.rpartition("/")[2]: name for word, name in _names().items() if "/" in word}


def _instead(word: str) -> str:
    """Return the nearest zone, as the end of a sentence."""
    if found := _MEANT.get(word):
        return f" (an abbreviation does not say which rules it follows); say {found!r}"
    if word in {"local", "localtime", "posixrules", "system"}:
        return " (whose clock would it be?); name one, such as 'Europe/Berlin' or 'UTC'"
    if (offset := _OFFSET.fullmatch(word)) and f"etc/gmt+{offset[2]}" in _names():
        return f"; say 'Etc/GMT{'-' if offset[1] == '+' else '+'}{offset[2]}' (its sign is the other way round)"
    city = word.rpartition("/")[2].replace(" ", "_")[:60]
    if found := _cities().get(city):
        return f"; say {found!r}"
    near = get_close_matches(word[:60], _names(), n=1) if len(city) >= _SHORTEST_CITY else []
    if near := near or get_close_matches(city, _cities(), n=1, cutoff=0.7):
        return f"; did you mean {_names().get(near[0]) or _cities()[near[0]]!r}?"
    return "; say for example 'Europe/Berlin' or 'UTC'"
