"""Windows that two cron lines bound: they begin at what the first names, and end at what the second names.

croniter reads the lines and finds their days; it is asked once for each line and month, and remembered. It never hears
of time zones: a line names times of the wall clock, and those become instants as those of all windows do.
"""

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from sleepwalker.core.instants import shorten
from sleepwalker.core.windows import FIRST_DAY, LAST_DAY, Edge, Stretch, clamped
from sleepwalker.core.zones import DAY, ScheduleError, instant, wall_minute

_FIELDS = 5
_LONGEST_LINE = 200
_LINE = re.compile(r"[0-9A-Z*,/#?-]+(?: [0-9A-Z*,/#?-]+)*", re.ASCII)
_RANDOM = re.compile(r"\b[HR]\b", re.ASCII)
_MONTHS = 50 * 12  # what comes less often than every 50 years does not come
_EMPTY = 60  # a window that a leap of the clock leaves empty as many times in a row is never open
_CYCLE = 400  # years after which the calendar repeats, weekdays included
_MARGIN = timedelta(hours=26)
_MARGINS = 2 * 26 * 60
_SAME = re.compile(r"\b(\w+)-\1\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class CronLine:
    """The minutes of the day, and the days, that a cron line names."""

    text: str
    times: tuple[int, ...]
    days: str
    months: frozenset[int]

    def first_from(self, minute: int) -> int | None:
        """Return the first wall minute that the line names, at or after this one."""
        day, of_day = divmod(minute, DAY)
        found = self._day_from(day)
        if found == day and of_day > self.times[-1]:
            found = self._day_from(day + 1)
        if found is None:
            return None
        return found * DAY + (self.times[bisect_left(self.times, of_day)] if found == day else self.times[0])

    def last_before(self, minute: int) -> int | None:
        """Return the last wall minute that the line names, before this one."""
        day, of_day = divmod(minute, DAY)
        found = self._day_to(day)
        if found == day and of_day <= self.times[0]:
            found = self._day_to(day - 1)
        if found is None:
            return None
        return found * DAY + (self.times[bisect_left(self.times, of_day) - 1] if found == day else self.times[-1])

    def within(self, other: Self) -> bool:
        """Say whether the other line names every time that this one names."""
        if not set(self.times) <= set(other.times):
            return False
        months = ((year, month) for year in range(2000, 2028) for month in range(1, 13))
        return all(set(self._days_of(*each)) <= set(other._days_of(*each)) for each in months)

    def _day_from(self, day: int) -> int | None:
        year, month, of_month = date.fromordinal(max(day, FIRST_DAY)).timetuple()[:3]
        for later in range(month - 1, month - 1 + _MONTHS):
            for each in self._days_of(year + later // 12, later % 12 + 1):
                if later >= month or each >= of_month:
                    found = date(year + later // 12, later % 12 + 1, each).toordinal()
                    return found if found <= LAST_DAY else None
        return None

    def _day_to(self, day: int) -> int | None:
        year, month, of_month = date.fromordinal(min(day, LAST_DAY)).timetuple()[:3]
        for earlier in range(month - 1, month - 1 - _MONTHS, -1):
            for each in reversed(self._days_of(year + earlier // 12, earlier % 12 + 1)):
                if earlier < month - 1 or each <= of_month:
                    found = date(year + earlier // 12, earlier % 12 + 1, each).toordinal()
                    return found if found >= FIRST_DAY else None
        return None

    def _days_of(self, year: int, month: int) -> tuple[int, ...]:
        if month not in self.months or not date.min.year <= year <= date.max.year:
            return ()
        return _days(self.days, _CYCLE * 5 + year % _CYCLE, month)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Cron:
    """Begins at what the first line names, ends at what the second names next."""

    begins: CronLine
    ends: CronLine
    zone: ZoneInfo

    def after(self, at: datetime) -> Stretch | None:
        """Return the first stretch that ends after `at`."""
        end = self.ends.first_from(self._wall(at) - self._doubt(at))
        empty: set[int] = set()
        while end is not None and len(empty) < _EMPTY:
            begin = self._begin_of(end)
            if begin is None or begin >= end:
                end = None if begin is None else self.ends.first_from(begin + 1)
                continue
            stretch = self._stretch(begin, end)
            if stretch.end > at and stretch.start < stretch.end:
                return stretch
            if stretch.start >= stretch.end:
                empty.add(end // DAY)
            end = self.ends.first_from(end + 1)
        return None

    def before(self, at: datetime) -> Stretch | None:
        """Return the last stretch that starts before `at`."""
        begin = self.begins.last_before(self._wall(at) + self._doubt(at) + 1)
        empty: set[int] = set()
        while begin is not None and len(empty) < _EMPTY:
            end = self.ends.first_from(begin + 1)
            first = None if end is None else self._begin_of(end)
            if end is None or first is None:
                return None
            stretch = self._stretch(first, end)
            if stretch.start < at and stretch.start < stretch.end:
                return stretch
            if stretch.start >= stretch.end:
                empty.add(first // DAY)
            begin = self.begins.last_before(first)
        return None

    def edges(self, first: int, last: int) -> Iterator[tuple[Edge, Edge]]:
        """Yield the edges of what starts from one day to another, both included."""
        begin = self.begins.first_from(max(first, FIRST_DAY) * DAY)
        while begin is not None and begin // DAY <= min(last, LAST_DAY):
            end = self.ends.first_from(begin + 1)
            if end is None:
                return
            yield Edge(begin, 0), Edge(end, 1)
            begin = self.begins.first_from(end)

    def _begin_of(self, end: int) -> int | None:
        """Return the first begin since the end before this one: of many begins in a row, the first counts."""
        last_end = self.ends.last_before(end)
        return self.begins.first_from(FIRST_DAY * DAY if last_end is None else last_end)

    def _stretch(self, begin: int, end: int) -> Stretch:
        return Stretch(instant(begin, self.zone, 0), instant(end, self.zone, 1))

    def _wall(self, at: datetime) -> int:
        return wall_minute(clamped(at), self.zone)

    def _doubt(self, at: datetime) -> int:
        """Return by how many minutes the wall clock may not tell before from after, around this instant."""
        at = clamped(at)
        return abs(wall_minute(at + _MARGIN, self.zone) - wall_minute(at - _MARGIN, self.zone) - _MARGINS)

    def __str__(self) -> str:
        return f"cron({self.begins} ; {self.ends}) {self.zone.key}"


def parse_line(text: str) -> CronLine:
    """Return what a cron line of five fields names."""
    line = " ".join(text.split()).upper()
    fields = line.split(" ")
    if len(fields) != _FIELDS or len(line) > _LONGEST_LINE:
        raise ScheduleError(f"{shorten(text.strip())} is not a cron line of five fields, such as '0 8 * * 1-5'")
    if not _LINE.fullmatch(line) or _RANDOM.search(line):
        raise ScheduleError(
            f"{shorten(line)} is not a cron line: its fields hold digits, names of months and days, and * , - / # ? L"
        )
    if same := _SAME.search(line):
        raise ScheduleError(f"{shorten(line)}: {same[0]!r} is a range from a value to itself; say {same[1]!r}")
    try:
        (minutes, hours, _, months, _), _ = croniter.expand(line)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ScheduleError(f"{shorten(line)} is not a cron line that croniter can read; try '0 8 * * 1-5'") from error
    return CronLine(
        text=line,
        times=tuple(hour * 60 + minute for hour in _all(hours, range(24)) for minute in _all(minutes, range(60))),
        days=" ".join(fields[2:]),
        months=frozenset(_all(months, range(1, 13))),
    )


def _all(field: list[Any], everything: range) -> list[int]:
    """Return what one of croniter's fields holds, in order."""
    return list(everything) if field == ["*"] else sorted(field)


@lru_cache(maxsize=8192)
def _days(days: str, year: int, month: int) -> tuple[int, ...]:
    """Return the days of a month that the last three fields of a line name."""
    last = monthrange(year, month)[1]
    line = croniter(f"0 0 {days}", datetime(year, month, 1) - timedelta(minutes=1), max_years_between_matches=1)  # noqa: DTZ001 - a wall clock
    found: list[int] = []
    while len(found) < last:
        try:
            day = line.get_next(datetime)
        except CroniterBadDateError:
            break
        if (day.year, day.month) != (year, month):
            break
        found.append(day.day)
    return tuple(found)
