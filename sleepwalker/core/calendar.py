"""Calendars: named sets of dates, and stretches of dates, without a zone. Christmas is Christmas everywhere."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from sleepwalker.core.hours import Hours
from sleepwalker.core.instants import shorten
from sleepwalker.core.schedule import Schedule
from sleepwalker.core.spans import Spans, first, last, merged
from sleepwalker.core.windows import Stretch
from sleepwalker.core.zones import BEGINNING, DAY, FOREVER, TICK, instant, utc, zone_named

_FULL_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])|(24):(00)", re.ASCII)
_HOPS: Final = 10_000
_PATIENCE: Final = timedelta(days=800)
_DAY: Final = timedelta(days=1)
_UTC: Final = zone_named("UTC")


class CalendarError(ValueError):
    """A calendar that cannot be, in a sentence."""


class Part(NamedTuple):
    """Part of a date, half-open: from `12:00` to `24:00`."""

    date: date
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Dates that are special as a whole, and parts of dates that are. Naming one twice does no harm."""

    name: str
    days: frozenset[date] = frozenset()
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        days = frozenset(each.date() if isinstance(each, datetime) else each for each in self.days)
        object.__setattr__(self, "days", days)
        object.__setattr__(self, "parts", tuple(sorted({self._part(*each) for each in self.parts})))

    def spans(self, zone: ZoneInfo) -> tuple[Stretch, ...]:
        """Return when the calendar's days are in a zone, in order; those that touch are one."""
        return _spans(self, zone)

    def part_spans(self, zone: ZoneInfo) -> tuple[Stretch, ...]:
        """Return when its parts of dates are in a zone, in order."""
        return merged(_span(each, zone) for each in self.parts)

    def _part(self, day: date, start: str, end: str) -> Part:
        if not (_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end)):
            wrong = end if _CLOCK.fullmatch(start) else start
            raise CalendarError(f"calendar {shorten(self.name)}: {shorten(wrong)} is not a time of day like '12:00'")
        if _minute(start) >= _minute(end):
            raise CalendarError(f"calendar {shorten(self.name)}: {day} from {start} to {end} ends before it begins")
        return Part(day, start.zfill(5), end.zfill(5))


@dataclass(frozen=True, slots=True)
class Like:
    """A date on which weekly windows start as on another weekday; Monday is 0."""

    weekday: int

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise CalendarError(f"{shorten(self.weekday)} is not a weekday from 0 (Monday) to 6 (Sunday)")

    def __str__(self) -> str:
        return f"like {_FULL_NAMES[self.weekday]}"


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """What the days of a calendar mean."""

    calendar: Calendar
    on: Literal["sleep", "awake"] | Like


@dataclass(frozen=True, slots=True)
class Rule:
    """What one layer says. On a calendar's day `awake` beats `sleep`, which beats `like`; else the schedules speak.

    Where they do it is awake if, and only if, it is in uptime (if any is given) and not in downtime (if any is given).
    A rule of calendars alone has no opinion on other days. Of two calendars with a `like` for a date the first counts.
    """

    uptime: Schedule | None = None
    downtime: Schedule | None = None
    calendars: tuple[CalendarRule, ...] = ()
    zone: ZoneInfo = _UTC
    _awake: Spans = field(init=False, repr=False, compare=False)
    _asleep: Spans = field(init=False, repr=False, compare=False)
    _liked: Spans = field(init=False, repr=False, compare=False)
    _hours: Hours = field(init=False, repr=False, compare=False)
    _liked_hours: Hours = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, value in _read(self.uptime, self.downtime, self.calendars, self.zone).items():
            object.__setattr__(self, name, value)

    def opinion(self, at: datetime) -> bool | None:
        """Say whether it shall be awake (True), asleep (False), or nothing (None)."""
        return self._opinion(utc(at))

    def next_change(self, after: datetime) -> datetime | None:
        """Return the first instant after this one with another opinion; None if there is none."""
        at = calm = utc(after)
        opinion = self._opinion(at)
        for _ in range(_HOPS):
            dated, timed = self._next_edges(at)
            edge = first(dated, timed if at - calm < _PATIENCE else None)
            if edge is None or edge == FOREVER:
                return None
            if self._opinion(edge) != opinion:
                return edge
            at, calm = edge, edge if edge == dated else calm
        return None

    def previous_change(self, at: datetime) -> datetime | None:
        """Return when it began to say what it says at this instant; None if it always has."""
        at = calm = utc(at)
        opinion = self._opinion(at)
        for _ in range(_HOPS):
            dated, timed = self._last_edges(at)
            edge = last(dated, timed if calm - at < _PATIENCE else None)
            if edge is None or edge == BEGINNING:
                return None
            if self._opinion(edge - TICK) != opinion:
                return edge
            at, calm = edge - TICK, edge if edge == dated else calm
        return None

    def because(self, at: datetime) -> str:
        """Return what decides at this instant, in a few words."""
        at = utc(at)
        day = at.astimezone(self.zone).date() if BEGINNING + _DAY < at < FOREVER - _DAY else at.date()
        for meaning, spans in (("awake", self._awake), ("sleep", self._asleep)):
            if spans.holds(at):
                said = "awake" if meaning == "awake" else f"{day} sleeps"
                return f"calendar {self._speaker(meaning, at)}: {said}"
        return self._liking(at, day) + self._hours_at(at).because(at)

    def _opinion(self, at: datetime) -> bool | None:
        if self._awake.holds(at):
            return True
        if self._asleep.holds(at):
            return False
        return self._hours_at(at).awake(at)

    def _next_edges(self, at: datetime) -> tuple[datetime | None, datetime | None]:
        """Return the next edge of a calendar, and of the schedules, that may matter after an instant."""
        awake, asleep = self._awake.next_edge(at), self._asleep.next_edge(at)
        if self._awake.holds(at):
            return awake, None
        if self._asleep.holds(at):
            return first(awake, asleep), None
        return first(awake, asleep, self._liked.next_edge(at)), self._hours_at(at).next_edge(at)

    def _last_edges(self, at: datetime) -> tuple[datetime | None, datetime | None]:
        """Return the last edge of a calendar, and of the schedules, that may matter at or before an instant."""
        awake, asleep = self._awake.last_edge(at), self._asleep.last_edge(at)
        if self._awake.holds(at):
            return awake, None
        if self._asleep.holds(at):
            return last(awake, asleep), None
        return last(awake, asleep, self._liked.last_edge(at)), self._hours_at(at).last_edge(at)

    def _hours_at(self, at: datetime) -> Hours:
        return self._liked_hours if self._liked.holds(at) else self._hours

    def _speaker(self, meaning: str, at: datetime) -> str:
        """Return the name of the calendar that says so."""
        said = (each.calendar for each in self.calendars if each.on == meaning)
        return next(each.name for each in said if _spans_of((each,), self.zone).holds(at))

    def _liking(self, at: datetime, day: date) -> str:
        """Return which calendar makes this day like another, as the beginning of a sentence."""
        for each in self.calendars:
            if isinstance(each.on, Like) and (day in each.calendar.days or self._liked.holds(at)):
                return f"calendar {each.calendar.name}: {day} {each.on}; "
        return ""


@lru_cache(maxsize=1024)
def _read(
    uptime: Schedule | None, downtime: Schedule | None, calendars: tuple[CalendarRule, ...], zone: ZoneInfo
) -> dict[str, Spans | Hours]:
    """Return what a rule needs at hand; many rules say the same."""
    alike = [(each.calendar, each.on.weekday) for each in reversed(calendars) if isinstance(each.on, Like)]
    days = {day: weekday for calendar, weekday in alike for day in calendar.days}
    parts = {part.date: weekday for calendar, weekday in alike for part in calendar.parts}
    hours = Hours(uptime, downtime)
    return {
        "_awake": _spans_of(tuple(each.calendar for each in calendars if each.on == "awake"), zone),
        "_asleep": _spans_of(tuple(each.calendar for each in calendars if each.on == "sleep"), zone),
        "_liked": Spans.of(span for calendar, _ in alike for span in calendar.part_spans(zone)),
        "_hours": hours.like(days),
        "_liked_hours": hours.like(parts | days),
    }


@lru_cache(maxsize=1024)
def _spans_of(calendars: tuple[Calendar, ...], zone: ZoneInfo) -> Spans:
    return Spans.of(span for calendar in calendars for span in calendar.spans(zone))


@lru_cache(maxsize=1024)
def _spans(calendar: Calendar, zone: ZoneInfo) -> tuple[Stretch, ...]:
    whole = [Stretch(_at(day, 0, zone, 0), _at(day, DAY, zone, 1)) for day in calendar.days]
    return merged([*whole, *(_span(part, zone) for part in calendar.parts)])


def _span(part: Part, zone: ZoneInfo) -> Stretch:
    return Stretch(_at(part.date, _minute(part.start), zone, 0), _at(part.date, _minute(part.end), zone, 1))


def _at(day: date, minute: int, zone: ZoneInfo, fold: int) -> datetime:
    return instant(day.toordinal() * DAY + minute, zone, fold)


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
